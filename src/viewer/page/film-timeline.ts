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
  /** Where it is in the film: after a pause, where the frame before it ends, so that there is no gap. */
  readonly timeMicros: number;
  /** How long it is said to last. */
  readonly holdMicros: number;
  /** Where the player should be when the frame is as late as usual; after a pause, later than the frame begins. */
  readonly dueMicros: number;
}

/**
 * Where frames are in the film: as far apart as they were captured, but with nothing that a player would stop at, and what
 * is only decoded to begin with takes no time. A pause takes as much of the film as the player played meanwhile: one that ran on need
 * not go back, one that halted need not catch up.
 */
export class FilmTimeline {
  #last: Place | null = null;
  /** When the last frame was captured; null before the first of a connection or form. */
  #lastSentAt: number | null = null;
  #isJoining = true;
  #distanceMicros = FIRST_DISTANCE_MICROS;

  /** Frames of another sender or form follow. */
  restart(): void {
    this.#lastSentAt = null;
    this.#isJoining = true;
  }

  /**
   * Gives the next frame its place.
   * @param playedMicros where the player is: what begins anew begins there at the earliest
   */
  place({ sentAt, isPreroll }: Captured, playedMicros: number): Place {
    const dueMicros = this.#due(this.#passed(sentAt), playedMicros);
    const timeMicros = this.#last === null ? dueMicros : Math.min(dueMicros, endOf(this.#last));
    const usual = Math.max(SHORTEST_HOLD_MICROS, USUAL_DISTANCES * this.#distanceMicros);
    const holdMicros = dueMicros - timeMicros + Math.min(LONGEST_HOLD_MICROS, usual);
    this.#isJoining &&= isPreroll;
    this.#lastSentAt = sentAt;
    this.#last = { timeMicros, holdMicros, dueMicros };
    return this.#last;
  }

  /** @param passed µs since the frame before, null where that is of another sender */
  #due(passed: number | null, playedMicros: number): number {
    if (this.#last === null) {
      return 0;
    }
    const next = this.#last.dueMicros + Math.max(STEP_MICROS, passed ?? 0);
    if (passed === null) {
      return Math.max(next, playedMicros);
    }
    const end = endOf(this.#last);
    return next <= end ? next : Math.min(next, Math.max(end, playedMicros));
  }

  /** µs since the frame before, as far as that counts in the film. */
  #passed(sentAt: number): number | null {
    if (this.#lastSentAt === null) {
      return null;
    }
    const passed = Math.max(0, sentAt - this.#lastSentAt);
    this.#distanceMicros += WEIGHT * (Math.min(LONGEST_HOLD_MICROS, passed) - this.#distanceMicros);
    return this.#isJoining ? 0 : passed;
  }
}

function endOf({ timeMicros, holdMicros }: Place): number {
  return timeMicros + holdMicros;
}
