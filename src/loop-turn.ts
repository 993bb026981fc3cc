import { type Clock, type Ms, systemClock } from "./time.ts";

/** A turn of the event loop, as far as it has been asked about. */
export interface TurnSoFar {
  /** Since it was first asked about. */
  readonly lastedMs: Ms;
  /** How often it has been asked about, this time included. */
  readonly times: number;
}

/** The turns of the event loop in which something comes that the runtime hands over until there is no more of it. */
export class LoopTurn {
  readonly #clock: Clock;
  #beganAt: Ms | null = null;
  #times = 0;

  constructor(clock = systemClock) {
    this.#clock = clock;
  }

  /** Another one has come. */
  ask(): TurnSoFar {
    const now = this.#clock.now();
    if (this.#beganAt === null) {
      this.#beganAt = now;
      this.#times = 0;
      // Called when the runtime has handed over all.
      setImmediate(() => {
        this.#beganAt = null;
      });
    }
    this.#times += 1;
    return { lastedMs: now - this.#beganAt, times: this.#times };
  }
}
