import { forPeers, heard, type PeerText } from "../errors.ts";
import { formatDuration } from "../units.ts";

/** Time for the first frame, and for the next ones while nothing is known of the rate yet, ms. */
const FIRST_FRAME_MS = 10_000;
/** Frames after which the rate is known: ffmpeg may give the first two at once, whatever the rate. */
const KNOWN_AFTER_FRAMES = 3;
/** No frame for this long, or for five frame times if that is longer, is a stall, ms. */
const STALL_MS = 2000;
const STALL_FRAMES = 5;
const TICK_MS = 100;

/**
 * Notices that frames have stopped coming. It counts its own ticks, not the clock: while this process is suspended,
 * frames wait in the pipe and nothing has stalled.
 */
export class StallWatch {
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #askedMs: number | null;
  #ticks = 0;
  #frames = 0;
  #intervalMs = 0;

  /**
   * @param fps the rate asked for; null when it is the source's own
   * @param onStall called once, with what happened
   */
  constructor(fps: number | null, onStall: (reason: PeerText) => void) {
    this.#askedMs = fps === null ? null : 1000 / fps;
    this.#timer = setInterval(() => {
      this.#ticks += 1;
      if (this.#ticks * TICK_MS >= this.#limitMs()) {
        clearInterval(this.#timer);
        const wait = heard(formatDuration(this.#limitMs()));
        onStall(this.#frames === 0 ? forPeers`gave no picture within ${wait}` : forPeers`gave no picture for ${wait}`);
      }
    }, TICK_MS);
  }

  /** A frame has come. */
  alive(): void {
    this.#frames += 1;
    if (this.#frames > 1) {
      const sinceLastMs = this.#ticks * TICK_MS;
      this.#intervalMs += (sinceLastMs - this.#intervalMs) / Math.min(this.#frames - 1, 8);
    }
    this.#ticks = 0;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #limitMs(): number {
    const isRateKnown = this.#frames >= KNOWN_AFTER_FRAMES || (this.#frames > 0 && this.#askedMs !== null);
    if (!isRateKnown) {
      return FIRST_FRAME_MS;
    }
    return Math.max(STALL_MS, STALL_FRAMES * Math.max(this.#askedMs ?? 0, this.#intervalMs));
  }
}
