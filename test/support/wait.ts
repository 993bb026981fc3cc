/**
 * The deadlines of those that wait for a condition measure nothing: they are there to say what was waited for, and lie
 * below a test's own of 180 s, where a busy machine gets to what a quiet one does in one.
 */
export const DEADLINE_MS = 40_000;

/**
 * Settles when `condition` is true (or gives anything but false, null and undefined), and gives what it gave.
 * @throws Error that names what was waited for when it isn't so within `deadlineMs`
 */
export async function waitFor<T>(
  what: string | (() => string),
  condition: () => T,
  deadlineMs = DEADLINE_MS,
): Promise<Exclude<Awaited<T>, false | null | undefined>> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const value = await condition();
    if (value !== false && value !== null && value !== undefined) {
      return value as Exclude<Awaited<T>, false | null | undefined>;
    }
    if (performance.now() > deadline) {
      throw new Error(`waited ${deadlineMs} ms for ${typeof what === "string" ? what : what()}`);
    }
    await Bun.sleep(2);
  }
}
