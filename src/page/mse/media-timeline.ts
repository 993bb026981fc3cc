import type { Micros } from "../../time.ts";

/** Frames are at least this far apart on the timeline, µs: what its timestamps can tell apart, and browsers too. */
const STEP_MICROS = 1000;
/**
 * A frame is said to last this many times the usual distance, as its successor is not known; within these bounds, in µs.
 * With less, a player halts at each frame that is a little late. With more, Firefox shows frames that long after their
 * time when it decodes slowly.
 */
const USUAL_DISTANCES = 3;
const SHORTEST_HOLD_MICROS = 100_000;
const LONGEST_HOLD_MICROS = 1_000_000;
/** How much of a new distance goes into the usual one. */
const WEIGHT = 1 / 8;
const FIRST_DISTANCE_MICROS = 33_333;

/** What a position on the timeline is given for. */
export interface Captured {
  /** When it was captured, on the sender's clock. */
  readonly sentAt: Micros;
  readonly isPreroll: boolean;
}

/** A frame's position, µs. */
export interface Place {
  /** Where it is on the timeline: after a pause, where the frame before it ends, so that there is no gap. */
  readonly timeMicros: number;
  /** How long it is said to last. */
  readonly holdMicros: number;
  /** Where the player should be when the frame is as late as usual; after a pause, later than the frame begins. */
  readonly dueMicros: number;
}

/**
 * Where frames are on the timeline: as far apart as they were captured, but with nothing that a player would stop at. A pause
 * takes as much of it as the player played meanwhile: one that ran on need not go back, one that halted need not catch
 * up. What is only decoded is right behind the frame before it, where it is not seen; to begin with, it takes no time at all.
 */
export class MediaTimeline {
  #last: (Place & Captured) | null = null;
  /** Up to here there is something to show. */
  #endMicros = 0;
  /** The next frame is of another sender or variant. */
  #isAnew = true;
  #isJoining = true;
  #distanceMicros = FIRST_DISTANCE_MICROS;

  /** Frames of another sender or variant follow. */
  restart(): void {
    this.#isAnew = true;
    this.#isJoining = true;
  }

  /**
   * Gives the next frame its position.
   * @param playedMicros where the player is: what begins anew begins there at the earliest
   */
  place({ sentAt, isPreroll }: Captured, playedMicros: number): Place {
    const dueMicros = this.#due(sentAt, playedMicros);
    const timeMicros = Math.min(dueMicros, this.#earliest(isPreroll));
    const usual = Math.max(SHORTEST_HOLD_MICROS, USUAL_DISTANCES * this.#distanceMicros);
    const holdMicros = isPreroll ? STEP_MICROS : dueMicros - timeMicros + Math.min(LONGEST_HOLD_MICROS, usual);
    this.#isAnew = false;
    this.#isJoining &&= isPreroll;
    this.#endMicros = Math.max(this.#endMicros, timeMicros + holdMicros);
    this.#last = { sentAt, isPreroll, timeMicros, holdMicros, dueMicros };
    return this.#last;
  }

  #due(sentAt: number, playedMicros: number): number {
    if (this.#last === null) {
      return 0;
    }
    if (this.#isAnew) {
      return Math.max(this.#last.dueMicros + STEP_MICROS, playedMicros);
    }
    const passed = Math.max(0, sentAt - this.#last.sentAt);
    this.#distanceMicros += WEIGHT * (Math.min(LONGEST_HOLD_MICROS, passed) - this.#distanceMicros);
    const next = this.#last.dueMicros + Math.max(STEP_MICROS, this.#isJoining ? 0 : passed);
    return next <= this.#endMicros ? next : Math.min(next, Math.max(this.#endMicros, playedMicros));
  }

  #earliest(isPreroll: boolean): number {
    if (this.#last === null) {
      return 0;
    }
    const isHidden = !this.#isAnew && (isPreroll || this.#last.isPreroll);
    return isHidden ? this.#last.timeMicros + STEP_MICROS : this.#endMicros;
  }
}
