/**
 * A number that says what it counts: µs are not taken where ms are asked for. A plain number fits both, so that what was
 * calculated needs no cast.
 */
type Counted<Unit extends string> = number & { readonly unit?: Unit };

/** A point in time in ms, or a time that passes. Points are on the clock that was read: compare only those of one. */
export type Ms = Counted<"ms">;
/** A point in time in µs, on the clock of captures (`Clock.micros`). */
export type Micros = Counted<"µs">;

/** What was asked of a clock; disposing of it calls it off, also when it has been done. */
export type Timer = Disposable;

/**
 * Time, as a part of the program is given it: the machine's own, or in tests one that goes on by hand. Nothing below the
 * command line reads time by other means (test/architecture.test.ts).
 */
export interface Clock {
  /** ms since some beginning; it never goes back, and never jumps when somebody sets the system's clock. */
  now(): Ms;
  /**
   * The clock that capture times are on: µs since the Unix epoch as they were when the process began, advancing like `now`.
   * A safe integer until the year 2255.
   */
  micros(): Micros;
  /** ms since the Unix epoch as the system's clock has it at this moment: it may jump. For people, and for what they read. */
  unixMs(): Ms;
  /** Runs once, `ms` from now at the earliest. */
  after(ms: Ms, run: () => void): Timer;
  /** Runs every `ms`, until it is called off. */
  every(ms: Ms, run: () => void): Timer;
}

const ORIGIN_MS = performance.timeOrigin;

/** The machine's own time. A browser without `Symbol.dispose` names the method "undefined" here, and where it is called. */
export const systemClock: Clock = {
  now: () => performance.now(),
  micros: () => Math.round((ORIGIN_MS + performance.now()) * 1000),
  unixMs: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
  every(ms, run) {
    const timer = setInterval(run, ms);
    return { [Symbol.dispose]: () => clearInterval(timer) };
  },
};

/** Waits, or until `signal` is aborted. */
export function sleep(ms: Ms, signal: AbortSignal, clock = systemClock): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) {
    resolve();
    return promise;
  }
  const finish = () => {
    timer[Symbol.dispose]();
    signal.removeEventListener("abort", finish);
    resolve();
  };
  const timer = clock.after(ms, finish);
  signal.addEventListener("abort", finish);
  return promise;
}

/** Waits until `signal` is aborted, from now on. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

/** Waits until `what` settles, but no longer than this; what it settles with is not told. @throws what it rejects with */
export async function atMost(ms: Ms, what: Promise<unknown> | null, clock = systemClock): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  using _timer = clock.after(ms, resolve);
  await Promise.race([what, over]);
}

/** A timer that is later than this was held up with all of this process: what others said meanwhile is still to be read; ms. */
const HELD_UP_MS = 50;
/** How often in a row it is waited on: a process that is held up all the time, be it by peers, must judge as well. */
const MOST_HELD_UP = 10;

/**
 * Waits for what somebody else is to say, and judges after `ms`. Where this process itself was held up (stopped, or by a
 * busy machine), what they said meanwhile is read first: it judges a moment later, and `judge` looks at what came.
 * @returns the way to call it off; idempotent
 */
export function patience(ms: Ms, judge: () => void, clock = systemClock): () => void {
  let timer: Timer;
  const wait = (waitMs: number, heldUp: number) => {
    const dueAt = clock.now() + waitMs;
    timer = clock.after(waitMs, () => {
      if (clock.now() - dueAt <= HELD_UP_MS || heldUp === MOST_HELD_UP) {
        judge();
      } else {
        wait(HELD_UP_MS, heldUp + 1);
      }
    });
  };
  wait(ms, 0);
  return () => timer[Symbol.dispose]();
}
