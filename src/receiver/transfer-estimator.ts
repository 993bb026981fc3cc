import { RecentPeak } from "../media.ts";

/** How fast the slowest time is forgotten, per large frame. */
const FORGET = 0.9;
/** This many times what is usual is the link's. */
const TOLERANCE = 1.1;

/**
 * How long frames take on the link: from a frame's first byte to its last, but not what a link that was down for a while
 * adds to that.
 */
export class TransferEstimator {
  /** Of the slowest of recent large frames, where two in a row took as much; null until there were two. */
  #microsPerByte: number | null = null;
  /** Of the latest large frame; the first one's is usual until there are two. */
  #lastPerByte: number | null = null;
  readonly #largest = new RecentPeak();

  /** @param tookMicros from its first byte to its last */
  of(byteCount: number, tookMicros: number): number {
    const known = this.#microsPerByte ?? this.#lastPerByte;
    this.#largest.add(byteCount);
    if (this.#largest.isLarge(byteCount)) {
      const perByte = tookMicros / byteCount;
      if (this.#lastPerByte !== null) {
        this.#microsPerByte = Math.max((this.#microsPerByte ?? 0) * FORGET, Math.min(perByte, this.#lastPerByte));
      }
      this.#lastPerByte = perByte;
    }
    return known === null ? tookMicros : Math.min(tookMicros, TOLERANCE * known * byteCount);
  }
}
