import { FFIType, type Pointer, ptr } from "bun:ffi";
import ipaddr from "ipaddr.js";
import { linuxLibc } from "./linux-libc.ts";

/** Linux: <bits/socket.h>. */
const AF_INET = 2;
const SHUT_RDWR = 2;
/** Of a sockaddr_in6, the longer one. */
const ADDRESS_BYTES = 28;
const MAPPED_PREFIX = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
/** New descriptors take the lowest free number: so far above the highest known one none is looked for. */
const GAP = 1024;

/** A connection that this process has accepted. */
export interface PortConnection {
  readonly fd: number;
  /** The peer's address and port, as `peerKey` gives it. */
  readonly peer: string;
}

interface Libc {
  getsockname(fd: number, address: Pointer, length: Pointer): number;
  getpeername(fd: number, address: Pointer, length: Pointer): number;
  shutdown(fd: number, how: number): number;
}

const { i32, ptr: pointer } = FFIType;
const loadLibc = linuxLibc<Libc>({
  getsockname: { args: [i32, pointer, pointer], returns: i32 },
  getpeername: { args: [i32, pointer, pointer], returns: i32 },
  shutdown: { args: [i32, i32], returns: i32 },
});
/** The highest descriptor that was open when it was last looked. */
let highest = 0;
/** Kept here, since a pointer keeps nothing alive. */
const address = new Uint8Array(new ArrayBuffer(ADDRESS_BYTES));
const length = new Uint8Array(new ArrayBuffer(4));
const addressPointer = ptr(address);
const lengthPointer = ptr(length);

/**
 * The connections that this process has accepted on one of its ports, also those that whoever accepted them says
 * nothing of: `Bun.serve` knows requests only. Linux only; elsewhere, and where libc can't be reached, null.
 */
export function connectionsOn(port: number): PortConnection[] | null {
  const c = loadLibc();
  if (c === null) {
    return null;
  }
  const found: PortConnection[] = [];
  let newest = 0;
  for (let fd = 3; fd < Math.max(highest, newest) + GAP; fd++) {
    if (!read(c.getsockname, fd)) {
      continue;
    }
    newest = fd;
    if (portOf(address) === port && read(c.getpeername, fd)) {
      found.push({ fd, peer: keyOf(address) });
    }
  }
  highest = newest;
  return found;
}

/** Ends a connection of `connectionsOn`, in the same turn: who accepted it sees it closed by the peer. */
export function cutConnection(fd: number): void {
  loadLibc()?.shutdown(fd, SHUT_RDWR);
}

/** An address and port as a short key: the port's two bytes and the address's four or sixteen. */
export function peerKey(text: string, port: number): string {
  const bytes = ipaddr.process(text.replace(/%.*$/, "")).toByteArray();
  return String.fromCharCode(port >> 8, port & 0xff, ...bytes);
}

/** The address in such a key, as people write it. */
export function addressOfPeer(key: string): string {
  return ipaddr.fromByteArray(Array.from(key.slice(2), (byte) => byte.charCodeAt(0))).toString();
}

function keyOf(bytes: Uint8Array): string {
  const isShort = bytes[0] === AF_INET;
  const long = bytes.subarray(8, 24);
  const isMapped = !isShort && MAPPED_PREFIX.every((byte, index) => long[index] === byte);
  const own = isShort ? bytes.subarray(4, 8) : long.subarray(isMapped ? 12 : 0);
  return String.fromCharCode(bytes[2] as number, bytes[3] as number, ...own);
}

function portOf(bytes: Uint8Array): number {
  return ((bytes[2] as number) << 8) | (bytes[3] as number);
}

function read(call: Libc["getsockname"], fd: number): boolean {
  length[0] = ADDRESS_BYTES;
  return call(fd, addressPointer, lengthPointer) === 0;
}
