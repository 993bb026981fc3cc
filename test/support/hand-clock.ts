import type { Clock, Micros, Ms, Timer } from "../../src/time.ts";

/** What hand clocks begin with; any numbers would do. */
const BEGIN_MS = 1000;
const BEGIN_UNIX_MS = Date.UTC(2020, 0, 1);

interface Due {
  at: number;
  readonly everyMs: number | null;
  readonly run: () => void;
}

/** A clock that goes on when it is told to, and runs what is due on the way, each at its time. */
export class HandClock implements Clock {
  #now = BEGIN_MS;
  readonly #timers = new Set<Due>();

  now(): Ms {
    return this.#now;
  }

  micros(): Micros {
    return Math.round((BEGIN_UNIX_MS + this.#now - BEGIN_MS) * 1000);
  }

  unixMs(): Ms {
    return BEGIN_UNIX_MS + this.#now - BEGIN_MS;
  }

  after(ms: Ms, run: () => void): Timer {
    return this.#add({ at: this.#now + Math.max(0, ms), everyMs: null, run });
  }

  every(ms: Ms, run: () => void): Timer {
    return this.#add({ at: this.#now + ms, everyMs: ms, run });
  }

  /** How many timers are waiting: none may be left by what has ended. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** Goes on at once: what is due runs at its time, in order, and then it is `ms` later. */
  advance(ms: Ms): void {
    const until = this.#now + ms;
    for (let due = this.#next(until); due !== undefined; due = this.#next(until)) {
      this.#run(due);
    }
    this.#now = until;
  }

  /** The same, where promises settle between what is due, and after it. */
  async pass(ms: Ms): Promise<void> {
    const until = this.#now + ms;
    await settled();
    for (let due = this.#next(until); due !== undefined; due = this.#next(until)) {
      this.#run(due);
      await settled();
    }
    this.#now = until;
  }

  /** Time passes in which nothing runs, as when a process is stopped: what was due runs with the next step, late. */
  stall(ms: Ms): void {
    this.#now += ms;
  }

  #add(due: Due): Timer {
    this.#timers.add(due);
    return { [Symbol.dispose]: () => this.#timers.delete(due) };
  }

  #next(until: number): Due | undefined {
    let next: Due | undefined;
    for (const due of this.#timers) {
      if (due.at <= until && (next === undefined || due.at < next.at)) {
        next = due;
      }
    }
    return next;
  }

  #run(due: Due): void {
    this.#now = Math.max(this.#now, due.at);
    if (due.everyMs === null) {
      this.#timers.delete(due);
    } else {
      due.at = this.#now + due.everyMs;
    }
    due.run();
  }
}

/** A turn of the event loop: what was settled has been heard by those who waited for it. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
