import type { Arrival } from "./strip-pictures.ts";
import { unixMs } from "./strip-pictures.ts";

const END_OF_IMAGE = Buffer.from([0xff, 0xd9]);
const START_OF_IMAGE = Buffer.from([0xff, 0xd8]);

/**
 * Cuts a stream of JPEGs, with or without something between them (multipart headers), into pictures with the time at
 * which each was complete. ffmpeg's JPEGs hold no thumbnails, so that the first end mark is the picture's.
 */
export class JpegSplitter {
  readonly arrivals: Arrival[] = [];
  #rest: Buffer = Buffer.alloc(0);
  #searched = 0;

  push(chunk: Uint8Array): void {
    const at = unixMs();
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const end = this.#rest.indexOf(END_OF_IMAGE, Math.max(0, this.#searched - 1));
      if (end < 0) {
        this.#searched = this.#rest.length;
        return;
      }
      const start = this.#rest.indexOf(START_OF_IMAGE);
      if (start >= 0 && start < end) {
        this.arrivals.push({ jpeg: Uint8Array.from(this.#rest.subarray(start, end + 2)), at });
      }
      this.#rest = this.#rest.subarray(end + 2);
      this.#searched = 0;
    }
  }
}
