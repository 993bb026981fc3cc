import type { Frame } from "../media.ts";
import { MIB } from "../units.ts";

/** What is kept at most: two key intervals at the slowest, and a bound for whatever a source may claim. */
const MAX_AGE_MICROS = 2_000_000;
const MAX_BYTES = 16 * MIB;

/**
 * The last frames of a stream in which frames build on each other, for viewers who go in order and decoders that join:
 * at most 2 s and 16 MiB. A stream of key frames alone (JPEG) needs none but the newest, and keeps no more.
 */
export class RecentFrames {
  #frames: Frame[] = [];
  #bytes = 0;
  /** The newest key frame's place in `#frames`, or -1. */
  #key = -1;

  get newest(): Frame | null {
    return this.#frames.at(-1) ?? null;
  }

  /** The newest frame at which a decoder can begin, if all that follows it is here. */
  get newestKey(): Frame | null {
    return this.#frames[this.#key] ?? null;
  }

  /** @param standsAlone nothing before it will be asked for, nor builds anything on it */
  add(frame: Frame, standsAlone: boolean): void {
    if (standsAlone) {
      this.clear();
    }
    this.#frames.push(frame);
    this.#bytes += frame.bytes.length;
    if (frame.isKey) {
      this.#key = this.#frames.length - 1;
    }
    let dropped = 0;
    for (const old of this.#frames) {
      const isKept = this.#bytes <= MAX_BYTES && frame.capturedAt - old.capturedAt <= MAX_AGE_MICROS;
      if (isKept || old === frame) {
        break;
      }
      this.#bytes -= old.bytes.length;
      dropped += 1;
    }
    if (dropped > 0) {
      this.#frames.splice(0, dropped);
      this.#key = Math.max(-1, this.#key - dropped);
    }
  }

  clear(): void {
    this.#frames = [];
    this.#bytes = 0;
    this.#key = -1;
  }

  /** The frame with this number, or null when it is not here (any more). */
  at(sequence: number): Frame | null {
    const first = this.#frames[0];
    return first === undefined ? null : (this.#frames[sequence - first.sequence] ?? null);
  }
}
