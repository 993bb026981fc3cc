import { type Clock, systemClock } from "../time.ts";

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
  readonly #clock: Clock;
  #endsAt: number | undefined;
  #count = 0;

  constructor(clock = systemClock) {
    this.#clock = clock;
  }

  /** One more connection is there: has it come too late in this turn? */
  isOver(): boolean {
    const now = this.#clock.now();
    if (this.#endsAt === undefined) {
      this.#endsAt = now + MAX_TURN_MS;
      this.#count = 0;
      // Called when the runtime has accepted them all.
      setImmediate(() => {
        this.#endsAt = undefined;
      });
    }
    this.#count += 1;
    return this.#count > LEAST && now > this.#endsAt;
  }
}
