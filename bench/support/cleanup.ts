const cleanups = new Set<() => void>();
let isArmed = false;

/** Runs `cleanup` (synchronous, idempotent) however this process ends but for SIGKILL. @returns the way to forget it */
export function atExit(cleanup: () => void): () => void {
  if (!isArmed) {
    isArmed = true;
    process.on("exit", () => {
      for (const run of [...cleanups].reverse()) {
        run();
      }
    });
    process.on("SIGINT", () => process.exit(130));
    process.on("SIGTERM", () => process.exit(143));
  }
  cleanups.add(cleanup);
  return () => cleanups.delete(cleanup);
}

/** Ends this process with exit code 1 when the bench takes longer than it may. */
export function endAfter(seconds: number): void {
  atExit(() => undefined);
  const timer = setTimeout(() => {
    console.error(`the bench did not end within ${seconds} s`);
    process.exit(1);
  }, seconds * 1000);
  timer.unref();
}
