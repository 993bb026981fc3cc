/** Frames are at least so far apart in the film, µs: what its timestamps can tell apart, and browsers too. */
const STEP_MICROS = 1000;
/**
 * A frame is said to last so many times the usual distance, as its successor is not known; within these bounds, in µs.
 * With less, a player halts at each frame that is a little late. With more, Firefox shows frames that long after their
 * time when it decodes slowly.
 */
const USUAL_DISTANCES = 3;
const SHORTEST_HOLD_MICROS = 100_000;
const LONGEST_HOLD_MICROS = 1_000_000;
/** How much of a new distance goes into the usual one. */
const WEIGHT = 1 / 8;
const FIRST_DISTANCE_MICROS = 33_333;

/** What a place in the film is given for. */
export interface Captured {
  /** When it was captured, µs on the sender's clock. */
  readonly sentAt: number;
  readonly isPreroll: boolean;
}

/** A frame's place, µs. */
export interface Place {
  readonly timeMicros: number;
  /** How long it is said to last. */
  readonly holdMicros: number;
}

/**
 * Where frames are in the film: as far apart as they were captured, but with nothing that a player would stop at. A pause
 * is never longer than a frame is said to last, and what is only decoded takes no time.
 */
export class FilmTimeline {
  #last: Place | null = null;
  /** When the last frame was captured; null before the first of a connection or form. */
  #lastSentAt: number | null = null;
  #isBehindPreroll = true;
  #distanceMicros = FIRST_DISTANCE_MICROS;

  /** Frames of another sender or form follow. */
  restart(): void {
    this.#lastSentAt = null;
    this.#isBehindPreroll = true;
  }

  /**
   * Gives the next frame its place.
   * @param playedMicros where the player is: what begins anew begins there at the earliest
   */
  place({ sentAt, isPreroll }: Captured, playedMicros: number): Place {
    const last = this.#last;
    const passed = this.#passed(sentAt, isPreroll);
    const isAnew = this.#lastSentAt === null;
    const step = Math.min(last?.holdMicros ?? 0, Math.max(STEP_MICROS, passed));
    const timeMicros = last === null ? 0 : Math.max(last.timeMicros + step, isAnew ? playedMicros : 0);
    const hold = USUAL_DISTANCES * this.#distanceMicros;
    const holdMicros = Math.min(LONGEST_HOLD_MICROS, Math.max(SHORTEST_HOLD_MICROS, hold));
    this.#isBehindPreroll = isPreroll;
    this.#lastSentAt = sentAt;
    this.#last = { timeMicros, holdMicros };
    return this.#last;
  }

  /** µs since the frame before, as far as that counts in the film. */
  #passed(sentAt: number, isPreroll: boolean): number {
    if (this.#lastSentAt === null) {
      return 0;
    }
    const passed = Math.max(0, sentAt - this.#lastSentAt);
    this.#distanceMicros += WEIGHT * (Math.min(LONGEST_HOLD_MICROS, passed) - this.#distanceMicros);
    return isPreroll || this.#isBehindPreroll ? 0 : passed;
  }
}
