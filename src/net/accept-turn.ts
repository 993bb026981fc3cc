import { LoopTurn } from "../loop-turn.ts";
import { systemClock } from "../time.ts";

/**
 * How long connections are accepted in one go, ms. The runtime goes on until nobody waits any more, which is never when
 * they come as fast as they are accepted, and viewers that there are wait meanwhile. Enough for all of the runtime's
 * queue, 512, on a machine that is not a slow one.
 */
const MAX_TURN_MS = 50;
/** At least this many are accepted: a machine that is busy with other things must let a household in. */
const LEAST = 128;

/** Says when accepting has gone on for too long for all else that waits. */
export class AcceptTurn {
  readonly #turn: LoopTurn;

  constructor(clock = systemClock) {
    this.#turn = new LoopTurn(clock);
  }

  /** One more connection is there: has it come too late in this turn? */
  isOver(): boolean {
    const { lastedMs, times } = this.#turn.ask();
    return times > LEAST && lastedMs > MAX_TURN_MS;
  }
}
