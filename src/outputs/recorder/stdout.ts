import type { Codec, NewPacket } from "../../media.ts";
import type { Output } from "./output.ts";
import { outputError } from "./output-error.ts";

/**
 * Frames one after the other on standard output, in the codec of the first one. Whoever reads slowly is not given old
 * ones: the next frame may come when this one was taken.
 */
export class Stdout implements Output {
  readonly recorded = null;
  #codec: Codec | null = null;
  #sink: ReturnType<typeof Bun.stdout.writer> | undefined;

  get codecs(): readonly Codec[] {
    return this.#codec === null ? ["h264", "mjpeg"] : [this.#codec];
  }

  async write(frame: NewPacket, codec: Codec): Promise<void> {
    if (this.#codec === null && !frame.isKey) {
      return;
    }
    this.#codec ??= codec;
    try {
      if (codec !== this.#codec) {
        throw new Error(`what comes is ${codec}, no longer ${this.#codec}`);
      }
      this.#sink ??= Bun.stdout.writer();
      // Both may fail, and both must be waited for.
      await this.#sink.write(frame.bytes);
      await this.#sink.flush();
    } catch (cause) {
      throw outputError("standard output", cause);
    }
  }

  async close(): Promise<void> {
    // It is not ours to close.
  }
}
