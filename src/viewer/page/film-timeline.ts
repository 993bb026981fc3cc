/** Frames are at least so far apart in the film, µs: what its timestamps can tell apart, and browsers too. */
const STEP_MICROS = 1000;
/** How long a frame is said to last, µs, as its successor is not known: it stays in sight until that comes. */
export const HOLD_MICROS = 1_000_000;

/** What a place in the film is given for. */
export interface Placed {
  /** When it was captured, µs on the sender's clock. */
  readonly sentAt: number;
  readonly isPreroll: boolean;
}

/**
 * Where frames are in the film: as far apart as they were captured, but with nothing that a player would stop at. A pause
 * is never longer than a frame is said to last, and what is only decoded to begin with takes no time.
 */
export class FilmTimeline {
  #last: number | null = null;
  /** When the last frame was captured; null before the first of a connection or form. */
  #lastSentAt: number | null = null;
  #isJoining = true;

  /** Frames of another sender or form follow. */
  restart(): void {
    this.#lastSentAt = null;
    this.#isJoining = true;
  }

  /**
   * Gives the next frame its place.
   * @param playedMicros where the player is: what begins anew begins there at the earliest
   * @returns µs from the film's beginning
   */
  place({ sentAt, isPreroll }: Placed, playedMicros: number): number {
    const last = this.#last;
    const isSqueezed = this.#isJoining && this.#lastSentAt !== null;
    const passed = this.#lastSentAt === null || isSqueezed ? 0 : sentAt - this.#lastSentAt;
    const step = Math.min(HOLD_MICROS, Math.max(STEP_MICROS, passed));
    const earliest = this.#lastSentAt === null ? playedMicros : 0;
    const time = last === null ? 0 : Math.max(last + step, earliest);
    this.#isJoining &&= isPreroll;
    this.#lastSentAt = sentAt;
    this.#last = time;
    return time;
  }
}
