import type { Micros } from "../../time.ts";

/** Frames of a file are at least so far apart, µs: what all containers can tell apart. */
const STEP_MICROS = 1000;

/**
 * When frames are shown in a file: as far apart as they were captured, gaps included. What comes again after another
 * connection (the frames since the last key frame), or earlier than what is written, follows at once.
 */
export class Timeline {
  #first: number | null = null;
  #last = -STEP_MICROS;

  /** From the first frame to the last, µs. */
  get lastMicros(): number {
    return Math.max(0, this.#last);
  }

  /** @returns µs from the first frame @param nowMicros nothing was captured later than now */
  place(capturedAt: Micros, nowMicros: Micros): Micros {
    const captured = Math.min(capturedAt, nowMicros);
    this.#first ??= captured;
    this.#last = Math.max(captured - this.#first, this.#last + STEP_MICROS);
    return this.#last;
  }
}
