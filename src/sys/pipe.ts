import { FFIType, ptr } from "bun:ffi";
import { workerText } from "../worker-text.ts" with { type: "macro" };
import { linuxLibc } from "./linux-libc.ts";

/** <fcntl.h> */
const O_CLOEXEC = 0o2_000_000;
const F_SETPIPE_SZ = 1031;
/** What the kernel lets a user have without asking; a picture is a few times as large. */
const PIPE_BYTES = 1024 * 1024;

interface Libc {
  pipe2(ends: unknown, flags: number): number;
  fcntl(fd: number, command: number, value: number): number;
  close(fd: number): number;
}

const { i32, ptr: pointer } = FFIType;
const loadLibc = linuxLibc<Libc>({
  pipe2: { args: [pointer, i32], returns: i32 },
  fcntl: { args: [i32, i32, i32], returns: i32 },
  close: { args: [i32], returns: i32 },
});
/** The worker's program, made once: what such an address stands for is never freed. */
let workerUrl: string | undefined;

/** A pipe that a child writes to. */
export interface Pipe {
  readonly readEnd: number;
  readonly writeEnd: number;
}

/** A pipe with much room; null where it can't be made by hand (not Linux). Its ends are the caller's to close. */
export function createPipe(): Pipe | null {
  const c = loadLibc();
  const ends = new Uint8Array(new ArrayBuffer(8));
  if (c === null || c.pipe2(ptr(ends), O_CLOEXEC) !== 0) {
    return null;
  }
  const view = new DataView(ends.buffer);
  const pipe = { readEnd: view.getInt32(0, true), writeEnd: view.getInt32(4, true) };
  c.fcntl(pipe.readEnd, F_SETPIPE_SZ, PIPE_BYTES);
  return pipe;
}

/** Closes one end. */
export function closePipe(end: number): void {
  loadLibc()?.close(end);
}

/** Reads pipes in a thread of its own, straight into the memory that is named: this thread copies nothing. */
export class PipeReader {
  readonly #worker: Worker;
  #resolve: ((isFull: boolean) => void) | null = null;
  #isBroken = false;

  constructor() {
    workerUrl ??= URL.createObjectURL(new Blob([workerText("sys/pipe-worker.ts")], { type: "text/javascript" }));
    this.#worker = new Worker(workerUrl);
    this.#worker.onmessage = ({ data }: MessageEvent<boolean>) => this.#answer(data);
    this.#worker.onerror = () => {
      this.#isBroken = true;
      this.#answer(false);
    };
  }

  /**
   * Fills this memory from a pipe; one at a time. The memory must stay until it settles.
   * @param address where it is
   * @returns false when the pipe ended before, or can't be read
   */
  fill(readEnd: number, address: number, length: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    if (this.#isBroken) {
      return Promise.resolve(false);
    }
    this.#resolve = resolve;
    this.#worker.postMessage({ fd: readEnd, address, length });
    return promise;
  }

  #answer(isFull: boolean): void {
    const resolve = this.#resolve;
    this.#resolve = null;
    resolve?.(isFull);
  }

  /** Nothing may be on its way: a pipe that is still open would hold the thread. */
  close(): void {
    this.#worker.terminate();
  }
}
