/** The longest time without a key frame: whoever joins waits for one, ms. */
export const MAX_KEY_INTERVAL_MS = 2000;

/** Notices key frames that come too seldom. */
export class KeyWatch {
  #lastKeyAt: number | null = null;

  /**
   * Takes note of a frame.
   * @param nowMs any clock that only goes forward
   * @returns whether a key frame has been missing for too long
   */
  isTooLong(isKey: boolean, nowMs: number): boolean {
    if (isKey || this.#lastKeyAt === null) {
      this.#lastKeyAt = nowMs;
    }
    return nowMs - this.#lastKeyAt > MAX_KEY_INTERVAL_MS;
  }
}
