/** What is that far ahead of the time that has passed is no live source: none has so much in store, ms. */
const FILM_LEAD_MS = 15_000;
/** After a long silence a live source may give all that it held back, ms. */
const LONGEST_SILENCE_MS = 60_000;
/** How long it is looked at before it is said to be live, ms. */
const WINDOW_MS = 1000;
/** A live source's speed at most. What counts pictures as 25 a second may give 120. */
const LIVE_SPEED = { own: 1.3, counted: 5 } as const;
/** What a clock may be wrong by, or a count. */
const LEAK = { own: 1.01, counted: 5 } as const;
/** Times that jump further begin anew, ms. */
const LONGEST_STEP_MS = 10_000;

/**
 * Tells a film from a live source, by the one thing that is seen of both: a film gives more than time passes, and goes on
 * so. A live source may begin with some seconds that it had in store (a pipe's, a server's), and is then no faster than
 * the clock.
 */
export class SpeedJudge {
  readonly #liveSpeed: number;
  readonly #leak: number;
  #isLive = false;
  #isFilm = false;
  /** What it gave more than time passed, ms. */
  #leadMs = 0;
  #last: { readonly ptsMs: number; readonly nowMs: number } | null = null;
  #windowMs = 0;
  #windowFrom = 0;

  /** @param hasOwnTimes the times are the source's own; else pictures were counted */
  constructor(hasOwnTimes: boolean) {
    const times = hasOwnTimes ? "own" : "counted";
    this.#liveSpeed = LIVE_SPEED[times];
    this.#leak = LEAK[times];
  }

  /** A picture came. */
  take(ptsMs: number, nowMs: number): void {
    if (this.#last === null) {
      this.#windowFrom = nowMs;
    } else {
      const stepMs = ptsMs - this.#last.ptsMs;
      const givenMs = stepMs > 0 && stepMs < LONGEST_STEP_MS ? stepMs : 0;
      const leadMs = this.#leadMs + givenMs - this.#leak * (nowMs - this.#last.nowMs);
      this.#leadMs = Math.max(-LONGEST_SILENCE_MS, leadMs);
      this.#windowMs += givenMs;
    }
    this.#last = { ptsMs, nowMs };
    this.#isFilm ||= this.#leadMs >= FILM_LEAD_MS;
  }

  /** What it is; a film remains one. */
  verdict(nowMs: number): "undecided" | "live" | "film" {
    if (this.#isFilm) {
      return "film";
    }
    const passedMs = nowMs - this.#windowFrom;
    if (!this.#isLive && this.#last !== null && passedMs >= WINDOW_MS) {
      this.#isLive = this.#windowMs < this.#liveSpeed * passedMs;
      this.#windowFrom = nowMs;
      this.#windowMs = 0;
    }
    return this.#isLive ? "live" : "undecided";
  }
}
