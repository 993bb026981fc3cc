import { LargestOfLate } from "../media.ts";

/** How fast the slowest time is forgotten, per large frame. */
const FORGET = 0.9;
/** A link may become so many times slower from one frame to the next. */
const SLOWER = 2;

/**
 * How long frames take on the link: from a frame's first byte to its last, but not what a link that was down for a while
 * adds to that.
 */
export class LinkTime {
  /** Of the slowest of large frames of late. */
  #microsPerByte = 0;
  readonly #largest = new LargestOfLate();

  /**
   * @param tookMicros from its first byte to its last
   * @param spareMicros how much more than twice what was usual of late is still the link's
   */
  of(byteCount: number, tookMicros: number, spareMicros: number): number {
    const known = this.#microsPerByte;
    const micros = known === 0 ? tookMicros : Math.min(tookMicros, SLOWER * known * byteCount + spareMicros);
    this.#largest.add(byteCount);
    if (this.#largest.isLarge(byteCount)) {
      this.#microsPerByte = Math.max(known * FORGET, micros / byteCount);
    }
    return micros;
  }
}
