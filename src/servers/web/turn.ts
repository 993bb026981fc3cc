import { type Clock, type Ms, systemClock } from "../../time.ts";

/** A turn of the event loop in which requests have come for this long is too long for all else that waits. */
const LONG_MS = 20;

/**
 * The turns of the event loop in which requests come. The runtime accepts until nobody waits any more and reads each
 * connection's request at once: one that is closed meanwhile is followed by the same client's next, for as long as each
 * takes longer to answer than to ask, and no frame is sent until then.
 */
export class Turn {
  readonly #clock: Clock;
  #beganAt: Ms | null = null;

  constructor(clock = systemClock) {
    this.#clock = clock;
  }

  /** Settles when all that was ready has been heard: to be waited for before anything is done for a request. */
  next(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  /** Have requests come for too long in this one? To be asked of each. */
  isLong(): boolean {
    const now = this.#clock.now();
    if (this.#beganAt === null) {
      this.#beganAt = now;
      setImmediate(() => {
        this.#beganAt = null;
      });
    }
    return now - this.#beganAt > LONG_MS;
  }
}
