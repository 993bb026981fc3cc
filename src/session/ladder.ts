/** A viewer that gets less than this share of the frames cannot carry what it is given. */
const CARRIED = 0.8;
/** For this long, ms. */
const DOWN_AFTER_MS = 2000;
/** A viewer that gets nearly all of them for this long may climb, ms. */
const UP_AFTER_MS = 10_000;
const CALM = 0.97;
/** A climb that fails doubles the wait up to this, ms; one that holds for this long makes it short again. */
const LONGEST_WAIT_MS = 320_000;
const HELD_MS = 30_000;
/** What the link must be known to carry, as a multiple of what is to be carried. */
const HEADROOM = 1.3;
/** H.264 at full size has about this many times the bits of half size: a guess for what never ran. */
const GUESSED_STEP = 4;

/** What a viewer got since the last look, and what its link is known to carry. */
export interface Carriage {
  readonly nowMs: number;
  /** Frames per second that there were, and that it took. */
  readonly offeredFps: number;
  readonly takenFps: number;
  /** Mbit/s that its link carried of large frames; null when not known. */
  readonly linkMbps: number | null;
  /** Mbit/s of the variant that it has, and of the one above; null when that is not running. */
  readonly mbps: number;
  readonly mbpsAbove: number | null;
}

/**
 * Decides when a viewer goes on with a lighter variant of the stream, and when it climbs again: down when it got less than
 * 80 % of the frames for 2 s; up when it got all for 10 s, on a link that is known to carry 1.3 times what the
 * variant above needs.
 */
export class Ladder {
  #belowSince: number | null = null;
  #calmSince: number | null = null;
  #waitMs = UP_AFTER_MS;
  #climbedAt: number | null = null;

  /** Looks at the last second. To be asked a few times per second while frames flow. */
  look({ nowMs, offeredFps, takenFps, linkMbps, mbps, mbpsAbove }: Carriage): "down" | "up" | "stay" {
    if (offeredFps < 1) {
      this.#belowSince = null;
      this.#calmSince = null;
      return "stay";
    }
    const isBelow = takenFps < CARRIED * offeredFps;
    // One frame may be on its way from being offered to being taken.
    const isCalm = takenFps >= CALM * offeredFps - 1;
    this.#belowSince = isBelow ? (this.#belowSince ?? nowMs) : null;
    this.#calmSince = isCalm ? (this.#calmSince ?? nowMs) : null;
    if (this.#belowSince !== null && nowMs - this.#belowSince >= DOWN_AFTER_MS) {
      return "down";
    }
    if (this.#climbedAt !== null && nowMs - this.#climbedAt >= HELD_MS) {
      this.#climbedAt = null;
      this.#waitMs = UP_AFTER_MS;
    }
    const needed = HEADROOM * (mbpsAbove ?? mbps * GUESSED_STEP);
    const isLongCalm = this.#calmSince !== null && nowMs - this.#calmSince >= this.#waitMs;
    return isLongCalm && linkMbps !== null && linkMbps >= needed ? "up" : "stay";
  }

  /** The viewer was given another variant. */
  moved(direction: "down" | "up", nowMs: number): void {
    this.#belowSince = null;
    this.#calmSince = null;
    if (direction === "up") {
      this.#climbedAt = nowMs;
    } else if (this.#climbedAt !== null) {
      this.#climbedAt = null;
      this.#waitMs = Math.min(2 * this.#waitMs, LONGEST_WAIT_MS);
    }
  }
}
