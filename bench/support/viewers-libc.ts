/**
 * Sockets by libc and epoll, for the load generator: one that reads a gigabyte per second must not copy it. What it
 * need not see is discarded in the kernel (tcp(7), MSG_TRUNC). Linux on x64 and arm64.
 */

import { dlopen, FFIType, type Pointer, ptr } from "bun:ffi";

/** <asm-generic/socket.h>, <sys/epoll.h>, <netinet/tcp.h> */
const AF_INET = 2;
const SOCK_STREAM = 1;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const EPOLL_CTL_ADD = 1;
const EPOLLIN = 1;
/** `struct epoll_event` is packed on x64. */
const EVENT_BYTES = process.arch === "x64" ? 12 : 16;
const EVENT_DATA_AT = EVENT_BYTES - 8;
const MAX_EVENTS = 256;

const { symbols: libc } = dlopen("libc.so.6", {
  socket: { args: [FFIType.i32, FFIType.i32, FFIType.i32], returns: FFIType.i32 },
  connect: { args: [FFIType.i32, FFIType.ptr, FFIType.u32], returns: FFIType.i32 },
  setsockopt: { args: [FFIType.i32, FFIType.i32, FFIType.i32, FFIType.ptr, FFIType.u32], returns: FFIType.i32 },
  recv: { args: [FFIType.i32, FFIType.ptr, FFIType.u64_fast, FFIType.i32], returns: FFIType.i32 },
  send: { args: [FFIType.i32, FFIType.ptr, FFIType.u64_fast, FFIType.i32], returns: FFIType.i32 },
  close: { args: [FFIType.i32], returns: FFIType.i32 },
  epoll_create1: { args: [FFIType.i32], returns: FFIType.i32 },
  epoll_ctl: { args: [FFIType.i32, FFIType.i32, FFIType.i32, FFIType.ptr], returns: FFIType.i32 },
  epoll_wait: { args: [FFIType.i32, FFIType.ptr, FFIType.i32, FFIType.i32], returns: FFIType.i32 },
});

/** A connection to a port on loopback. Waits until it is made. @returns its descriptor */
export function connectTo(port: number): number {
  const address = new Uint8Array(16);
  new DataView(address.buffer).setUint16(0, AF_INET, true);
  new DataView(address.buffer).setUint16(2, port, false);
  address.set([127, 0, 0, 1], 4);
  const fd = libc.socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || libc.connect(fd, address, address.length) !== 0) {
    throw new Error(`cannot connect to port ${port}: is the limit of descriptors too low?`);
  }
  libc.setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, Int32Array.of(1), 4);
  return fd;
}

export function disconnect(fd: number): void {
  libc.close(fd);
}

/** Waits for the first bytes. */
export function readSome(fd: number): Uint8Array {
  const bytes = new Uint8Array(4096);
  return bytes.subarray(0, Math.max(0, libc.recv(fd, bytes, bytes.length, 0)));
}

/** Where `bytes` are, for `readInto`; they must be kept by the caller, and have a buffer of their own. */
export function addressOf(bytes: Uint8Array): Pointer {
  return ptr(bytes);
}

/** Reads what is there, `length` bytes at most. @returns how many; 0 at the end, -1 when there is nothing now */
export function readInto(fd: number, address: number, length: number): number {
  return libc.recv(fd, address as Pointer, length, MSG_DONTWAIT);
}

const nowhere = new Uint8Array(1024 * 1024);
const nowhereAt = ptr(nowhere);

/** The same, for bytes that nobody looks at. */
export function discard(fd: number, length: number): number {
  return libc.recv(fd, nowhereAt, Math.min(length, nowhere.length), MSG_DONTWAIT | MSG_TRUNC);
}

const outgoing = new Uint8Array(64 * 1024);
const outgoingAt = ptr(outgoing);

/** Writes a message of at most 64 KiB. @returns whether the kernel took all of it */
export function write(fd: number, bytes: Uint8Array): boolean {
  outgoing.set(bytes);
  return libc.send(fd, outgoingAt, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL) === bytes.length;
}

/** Which of many descriptors can be read. */
export class ReadableSet {
  readonly #epoll = libc.epoll_create1(0);
  readonly #events = new Uint8Array(MAX_EVENTS * EVENT_BYTES);
  readonly #view = new DataView(this.#events.buffer);

  /** @param id what `wait` gives for it */
  add(fd: number, id: number): void {
    const event = new Uint8Array(EVENT_BYTES);
    const view = new DataView(event.buffer);
    view.setUint32(0, EPOLLIN, true);
    view.setUint32(EVENT_DATA_AT, id, true);
    if (libc.epoll_ctl(this.#epoll, EPOLL_CTL_ADD, fd, event) !== 0) {
      throw new Error("cannot watch a socket with epoll");
    }
  }

  /** Waits, and tells of some that can be read. @returns how many */
  wait(timeoutMs: number, take: (id: number) => void): number {
    const count = libc.epoll_wait(this.#epoll, this.#events, MAX_EVENTS, timeoutMs);
    for (let index = 0; index < count; index++) {
      take(this.#view.getUint32(index * EVENT_BYTES + EVENT_DATA_AT, true));
    }
    return count;
  }
}
