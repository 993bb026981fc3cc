import { LoopTurn } from "../../loop-turn.ts";
import { systemClock } from "../../time.ts";

/** A turn of the event loop in which requests have come for this long is too long for all else that waits. */
const LONG_MS = 20;

/**
 * The turns of the event loop in which requests come. The runtime accepts until nobody waits any more and reads each
 * connection's request at once: one that is closed meanwhile is followed by the same client's next, for as long as each
 * takes longer to answer than to ask, and no frame is sent until then.
 */
export class Turn {
  readonly #turn: LoopTurn;

  constructor(clock = systemClock) {
    this.#turn = new LoopTurn(clock);
  }

  /** Settles when all that was ready has been heard: to be waited for before anything is done for a request. */
  next(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  /** Have requests come for too long in this one? To be asked of each. */
  isLong(): boolean {
    return this.#turn.ask().lastedMs > LONG_MS;
  }
}
