import { type Ffmpeg, type FfmpegExit, FfmpegProcess } from "../ffmpeg.ts";
import type { Log } from "../log.ts";
import type { PixelBuffer } from "../media.ts";
import { closePipe, createPipe, type PipeReader } from "../sys.ts";

export interface DecodingChildOptions {
  readonly ffmpeg: Ffmpeg;
  readonly args: readonly string[];
  /** Reads its output in another thread; null where there is no such way. */
  readonly reader: PipeReader | null;
  /** Where the next picture goes. */
  readonly takeBuffer: () => PixelBuffer;
  /** Owns the buffer. */
  readonly onPicture: (buffer: PixelBuffer) => void;
  /** A buffer that is not filled any more. */
  readonly onUnused: (buffer: PixelBuffer) => void;
  readonly onComplaint: () => void;
  /** It is gone, and nothing writes to a buffer any more. */
  readonly onEnd: (exit: FfmpegExit) => void;
  readonly log: Log;
}

/** One ffmpeg that puts pixels into memory which it is given. */
export class DecodingChild {
  readonly #options: DecodingChildOptions;
  readonly #process: FfmpegProcess;
  readonly #filling: Promise<void>;
  #partial: { readonly buffer: PixelBuffer; fill: number } | null = null;

  /** @throws Error when ffmpeg can't be started */
  constructor(options: DecodingChildOptions) {
    this.#options = options;
    const { ffmpeg, args, reader, onComplaint, log } = options;
    const pipe = reader === null ? null : createPipe();
    const { promise: exit, resolve: onExit } = Promise.withResolvers<FfmpegExit>();
    try {
      this.#process = new FfmpegProcess(ffmpeg.path, args, {
        stdin: "pipe",
        ...(pipe && { output: pipe.writeEnd }),
        onOutput: (chunk) => this.#copy(chunk),
        onComplaint,
        onExit,
        isIsolated: true,
        log,
      });
    } catch (error) {
      if (pipe !== null) {
        closePipe(pipe.readEnd);
      }
      throw error;
    } finally {
      if (pipe !== null) {
        closePipe(pipe.writeEnd);
      }
    }
    this.#filling = reader === null || pipe === null ? this.#process.finished : this.#fill(reader, pipe.readEnd);
    void this.#finish(exit);
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Settles when ffmpeg has taken it. */
  async write(parts: readonly Uint8Array[]): Promise<void> {
    for (const part of parts) {
      await this.#process.write(part);
    }
  }

  /** Ends it at once; `onEnd` follows. */
  kill(): void {
    this.#process.kill();
  }

  async #finish(exit: Promise<FfmpegExit>): Promise<void> {
    const [end] = await Promise.all([exit, this.#filling]);
    if (this.#partial !== null) {
      this.#options.onUnused(this.#partial.buffer);
      this.#partial = null;
    }
    this.#options.onEnd(end);
  }

  async #fill(reader: PipeReader, readEnd: number): Promise<void> {
    const { takeBuffer, onPicture, onUnused } = this.#options;
    for (;;) {
      const buffer = takeBuffer();
      const isFull = await reader.fill(readEnd, buffer.address, buffer.bytes.length);
      if (!isFull) {
        onUnused(buffer);
        break;
      }
      onPicture(buffer);
    }
    closePipe(readEnd);
  }

  #copy(chunk: Uint8Array): void {
    let rest = chunk;
    while (rest.length > 0) {
      this.#partial ??= { buffer: this.#options.takeBuffer(), fill: 0 };
      const { buffer, fill } = this.#partial;
      const part = rest.subarray(0, buffer.bytes.length - fill);
      buffer.bytes.set(part, fill);
      this.#partial.fill += part.length;
      rest = rest.subarray(part.length);
      if (this.#partial.fill === buffer.bytes.length) {
        this.#partial = null;
        this.#options.onPicture(buffer);
      }
    }
  }
}
