/** The distance of two pictures where nothing is known, ms. */
const USUAL_STEP_MS = 40;
/** A longer one between two pictures is no distance of pictures, but a pause, ms. */
const LONGEST_STEP_MS = 1000;
/** How long the last picture of a film may stay because the film says so, ms: it may be wrong. */
const LONGEST_LAST_MS = 10_000;

/**
 * When pictures are due that have times: the first at once, the others as far apart as their times are. What comes too
 * late is due at once, and all that follows is that much later.
 */
export class Schedule {
  /** A longer distance of live pictures is a new beginning of their times, ms. */
  readonly #longestPauseMs: number;
  #roundAt = 0;
  #lastDue: number | null = null;
  /** Of the picture before; null where times begin anew. */
  #lastPts: number | null = null;
  #stepMs = USUAL_STEP_MS;
  #catchesUp = false;

  /** @param longestPauseMs more between two pictures is an error in their times; a film may pause for any time */
  constructor(longestPauseMs = Number.POSITIVE_INFINITY) {
    this.#longestPauseMs = longestPauseMs;
  }

  /**
   * What comes first was due then already, as far as is known: what comes too late puts nothing off, until `follow`.
   * @param atMs on the clock of `due`
   */
  catchUp(atMs: number): void {
    this.#lastDue = atMs;
    this.#catchesUp = true;
  }

  /** What comes too late puts off what follows. */
  follow(): void {
    this.#catchesUp = false;
  }

  /**
   * Times begin anew: the film is over, and comes again.
   * @param durationMs of the film that is over; its last picture stays until then
   */
  turn(durationMs: number | null): void {
    this.#lastPts = null;
    if (this.#lastDue !== null && durationMs !== null) {
      const restMs = this.#roundAt + durationMs - this.#lastDue;
      this.#stepMs = restMs > 0 && restMs <= LONGEST_LAST_MS ? restMs : this.#stepMs;
    }
  }

  /** @returns when the next picture is due, on the clock of `nowMs` */
  due(ptsMs: number, nowMs: number): number {
    const isFirst = this.#lastPts === null;
    const stepMs = this.#lastPts === null ? 0 : ptsMs - this.#lastPts;
    const isStep = stepMs > 0 && stepMs <= this.#longestPauseMs;
    const planned = this.#lastDue === null ? nowMs : this.#lastDue + (isStep ? stepMs : this.#stepMs);
    const due = Math.max(nowMs, planned);
    if (isFirst) {
      this.#roundAt = due;
      this.#stepMs = USUAL_STEP_MS;
    } else if (isStep && stepMs <= LONGEST_STEP_MS) {
      this.#stepMs = stepMs;
    }
    this.#lastPts = ptsMs;
    this.#lastDue = this.#catchesUp ? planned : due;
    return due;
  }
}
