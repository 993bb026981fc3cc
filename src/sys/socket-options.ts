import { FFIType, ptr } from "bun:ffi";
import { readdirSync } from "node:fs";
import { linuxLibc } from "./linux-libc.ts";

/** Linux: <asm-generic/socket.h>, <netinet/in.h>, <linux/tcp.h>. */
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_ACCEPTCONN = 30;
const IPPROTO_TCP = 6;
const TCP_NOTSENT_LOWAT = 25;

/** Bytes that the kernel takes from us and has not sent: below this a socket is writable again. */
const NOT_SENT_BYTES = 16 * 1024;
/** Bytes of send buffer, sent and unsent: 128 kB hold less than half a second of a video that the link can't carry. */
const SEND_BUFFER_BYTES = 128 * 1024;

interface Libc {
  setsockopt(fd: number, level: number, name: number, value: unknown, length: number): number;
  getsockopt(fd: number, level: number, name: number, value: unknown, length: unknown): number;
  getsockname(fd: number, address: unknown, length: unknown): number;
}

const { i32, ptr: pointer } = FFIType;
/** Without it the buffers stay as large as the kernel makes them. */
const loadLibc = linuxLibc<Libc>({
  setsockopt: { args: [i32, i32, i32, pointer, i32], returns: i32 },
  getsockopt: { args: [i32, i32, i32, pointer, pointer], returns: i32 },
  getsockname: { args: [i32, pointer, pointer], returns: i32 },
});

/**
 * Makes the sockets that a port's listener accepts from now on keep little unsent data, so that a viewer that
 * acknowledges nothing is not seconds behind. Linux only; elsewhere, and where libc can't be reached, false.
 * @param port a TCP port on which this process listens
 */
export function keepSendBufferSmall(port: number): boolean {
  const c = loadLibc();
  if (c === null) {
    return false;
  }
  const listeners = openDescriptors().filter((fd) => isListenerOn(c, fd, port));
  for (const fd of listeners) {
    limit(c, fd);
  }
  return listeners.length > 0;
}

/**
 * The same for one connected socket. Linux only; elsewhere, and where libc can't be reached, false.
 * @param fd the socket's descriptor
 */
export function keepUnsentSmall(fd: number): boolean {
  const c = loadLibc();
  if (c !== null) {
    limit(c, fd);
  }
  return c !== null;
}

function limit(c: Libc, fd: number): void {
  setInt(c, fd, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER_BYTES);
  setInt(c, fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, NOT_SENT_BYTES);
}

function setInt(c: Libc, fd: number, level: number, name: number, value: number): void {
  const bytes = new Uint8Array(new ArrayBuffer(4));
  new DataView(bytes.buffer).setInt32(0, value, true);
  c.setsockopt(fd, level, name, ptr(bytes), bytes.length);
}

function isListenerOn(c: Libc, fd: number, port: number): boolean {
  const value = new Uint8Array(new ArrayBuffer(4));
  const length = lengthOf(value);
  if (c.getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, ptr(value), ptr(length)) !== 0 || value[0] !== 1) {
    return false;
  }
  // sockaddr_in and sockaddr_in6 both have the port, big-endian, at byte 2.
  const address = new Uint8Array(new ArrayBuffer(28));
  const addressLength = lengthOf(address);
  const isNamed = c.getsockname(fd, ptr(address), ptr(addressLength)) === 0;
  return isNamed && (((address[2] as number) << 8) | (address[3] as number)) === port;
}

function lengthOf(bytes: Uint8Array): Uint8Array {
  const length = new Uint8Array(new ArrayBuffer(4));
  length[0] = bytes.length;
  return length;
}

function openDescriptors(): number[] {
  return readdirSync("/proc/self/fd").map(Number);
}
