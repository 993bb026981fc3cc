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
