import { formatElapsed, percentile } from "../units.ts";

/** What a picture may be late, beside what was promised and what is usual, before it is missed; ms. */
const PATIENCE_MS = 1000;
/** The usual distance of pictures is the median of so many. */
const DISTANCES = 9;
/** A stream whose pictures are rarer than this stands still between two; ms. */
const LONGEST_DISTANCE_MS = 10_000;

/**
 * Tells when what is shown stands still: no picture was shown for the delay that is promised, a second, and the usual
 * distance between two. Until then it may be as live as any.
 */
export class Stillness {
  readonly #distances: number[] = [];
  #shownAtMs: number | null = null;

  /** A picture is on the screen. @param atMs any monotonic time in ms, the same for all calls */
  shown(atMs: number): void {
    if (this.#shownAtMs !== null) {
      this.#distances.push(Math.min(atMs - this.#shownAtMs, LONGEST_DISTANCE_MS));
      this.#distances.splice(0, this.#distances.length - DISTANCES);
    }
    this.#shownAtMs = atMs;
  }

  /** Another stream, or the same one anew: what was shown is not missed. */
  reset(): void {
    this.#distances.length = 0;
    this.#shownAtMs = null;
  }

  /**
   * For how long what is shown has stood still, ms; null while it is as live as any, and before the first picture.
   * @param maxDelayMs what is promised; Infinity where nothing is
   */
  stillMs(nowMs: number, maxDelayMs: number): number | null {
    if (this.#shownAtMs === null) {
      return null;
    }
    const stillMs = nowMs - this.#shownAtMs;
    return stillMs > maxDelayMs + PATIENCE_MS + (percentile(this.#distances, 0.5) ?? 0) ? stillMs : null;
  }
}

/** "no new picture for 2 s", counting. */
export function noNewPicture(stillMs: number): string {
  return `no new picture for ${formatElapsed(stillMs)}`;
}
