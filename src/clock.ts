const ORIGIN_MS = performance.timeOrigin;

/**
 * The clock that capture times are on: microseconds since the Unix epoch as they were when the process began,
 * advancing monotonically. It never jumps when somebody sets the system's clock. A safe integer until the year 2255.
 */
export function nowMicros(): number {
  return Math.round((ORIGIN_MS + performance.now()) * 1000);
}

/** Waits, or until `signal` is aborted. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) {
    resolve();
    return promise;
  }
  const finish = () => {
    clearTimeout(timer);
    signal.removeEventListener("abort", finish);
    resolve();
  };
  const timer = setTimeout(finish, ms);
  signal.addEventListener("abort", finish);
  return promise;
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
export function patience(ms: number, judge: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const wait = (waitMs: number, heldUp: number) => {
    const dueAt = performance.now() + waitMs;
    timer = setTimeout(() => {
      if (performance.now() - dueAt <= HELD_UP_MS || heldUp === MOST_HELD_UP) {
        judge();
      } else {
        wait(HELD_UP_MS, heldUp + 1);
      }
    }, waitMs);
  };
  wait(ms, 0);
  return () => clearTimeout(timer);
}
