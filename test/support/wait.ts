/**
 * Settles when `condition` is true (or gives anything but false, null and undefined), and gives what it gave.
 * @throws Error that names what was waited for when it isn't so within `deadlineMs`
 */
export async function waitFor<T>(
  what: string | (() => string),
  condition: () => T,
  deadlineMs = 5000,
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
