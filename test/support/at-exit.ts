const cleanups = new Set<() => void>();

process.on("exit", () => {
  for (const run of [...cleanups].reverse()) {
    run();
  }
});

/** Runs `cleanup` (synchronous, idempotent) when this process exits. @returns the way to forget it */
export function atExit(cleanup: () => void): () => void {
  cleanups.add(cleanup);
  return () => cleanups.delete(cleanup);
}
