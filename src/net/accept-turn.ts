/**
 * How long connections are accepted in one go, ms. The runtime goes on until nobody waits any more, which is never when
 * they come as fast as they are accepted: viewers that there are must not wait longer for that than for a frame.
 */
const MAX_TURN_MS = 25;

/** Says when accepting has gone on for too long for all else that waits. */
export class AcceptTurn {
  #endsAt: number | undefined;

  /** One more connection is there: has it come too late in this turn? */
  isOver(): boolean {
    const now = performance.now();
    if (this.#endsAt === undefined) {
      this.#endsAt = now + MAX_TURN_MS;
      // Called when the runtime has accepted them all.
      setImmediate(() => {
        this.#endsAt = undefined;
      });
    }
    return now > this.#endsAt;
  }
}
