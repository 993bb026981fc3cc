/** Reads pipes into memory, each time as much as is asked for, and blocks meanwhile: it is a thread of its own. */

import { dlopen, FFIType, type Pointer, read } from "bun:ffi";

declare const self: Worker;

const EINTR = 4;
const { i32, u64, i64, ptr: pointer } = FFIType;
const { symbols: libc } = dlopen("libc.so.6", {
  read: { args: [i32, pointer, u64], returns: i64 },
  __errno_location: { args: [], returns: pointer },
});

/** True when all of it came; false when the pipe ended before. */
function fill(fd: number, address: number, length: number): boolean {
  let rest = length;
  while (rest > 0) {
    const count = Number(libc.read(fd, (address + length - rest) as Pointer, rest));
    if (count <= 0 && !(count < 0 && wasInterrupted())) {
      return false;
    }
    rest -= Math.max(0, count);
  }
  return true;
}

function wasInterrupted(): boolean {
  return read.i32(libc.__errno_location() as Pointer, 0) === EINTR;
}

self.onmessage = ({ data }: MessageEvent<{ fd: number; address: number; length: number }>) => {
  self.postMessage(fill(data.fd, data.address, data.length));
};
