import type { Explanation } from "../ffmpeg.ts";
import type { Log } from "../log.ts";
import { WarnOnce } from "../rate-limited-log.ts";
import { Backoff } from "../retry.ts";
import { formatDuration } from "../units.ts";

/** Between tries, ms. */
const PAUSES = { firstMs: 100, lastMs: 5000 };
/** The last pause while each try gives pictures for a moment: viewers must not miss more than it takes, ms. */
const LAST_LIVE_PAUSE_MS = 1000;
/** Frames for this long mean that the source is well again: the next pause is the first one, ms. */
const SETTLED_MS = 2000;

/** The tries of a source that fails: how far apart they are, and what is said of them. */
export class Retries {
  readonly #faults: WarnOnce;
  readonly #backoff = new Backoff(PAUSES);

  constructor(log: Log) {
    this.#faults = new WarnOnce(log);
  }

  /**
   * A try has failed. The same fault is said to the person once.
   * @param liveMs how long it gave pictures before
   * @returns how long to wait before the next, ms
   */
  pauseAfter({ message, hint }: Explanation, liveMs: number): number {
    if (liveMs >= SETTLED_MS) {
      this.#backoff.reset();
      this.#faults.forget();
    }
    const pauseMs = this.#backoff.next(liveMs > 0 ? LAST_LIVE_PAUSE_MS : undefined);
    const wait = pauseMs < 1000 ? "" : ` in ${formatDuration(pauseMs)}`;
    this.#faults.warn(message, { line: `${message}; trying again${wait}`, hint });
    return pauseMs;
  }
}
