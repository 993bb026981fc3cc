import { forPeers, heard, type PeerText } from "../errors.ts";
import { type Clock, systemClock, type Timer } from "../time.ts";
import { formatDuration } from "../units.ts";

/** Frames after which the rate is known: ffmpeg may give the first two at once, whatever the rate. */
const KNOWN_AFTER_FRAMES = 3;
const STALL_FRAMES = 5;
const TICK_MS = 100;
/** A source that is being opened, and says that something is done, may take this long altogether, ms. */
const OPENING_MS = 60_000;

/** How long nothing may come, ms. */
export interface Patience {
  /** For the first frame, and for the next ones while nothing is known of the rate yet. */
  readonly firstMs: number;
  /** From then on; longer where five frame times are. */
  readonly nextMs: number;
}

/** Devices, and what is made here: they give pictures at a steady rate. */
export const DEVICE_PATIENCE: Patience = { firstMs: 10_000, nextMs: 2000 };
/**
 * Others' cameras and pipes, and servers: ffmpeg looks at some seconds of them before it gives a picture, their rate may
 * vary, and the way to them may halt.
 */
export const OTHERS_PATIENCE: Patience = { firstMs: 30_000, nextMs: 10_000 };
/** What comes in segments comes when the next one is made. */
export const SEGMENTS_PATIENCE: Patience = { firstMs: 30_000, nextMs: 30_000 };

export interface StallWatchOptions {
  /** Whether a frame is waited for; else no time passes. */
  readonly isWanting?: () => boolean;
  readonly clock?: Clock;
}

/**
 * Notices that frames have stopped coming, while they are waited for. It counts its own ticks, not the clock: while this
 * process is suspended, frames wait in the pipe and nothing has stalled.
 */
export class StallWatch {
  readonly #timer: Timer;
  readonly #askedMs: number | null;
  #ticks = 0;
  #allTicks = 0;
  #frames = 0;
  #intervalMs = 0;
  #isTold = false;
  patience = DEVICE_PATIENCE;

  /**
   * @param fps the rate asked for; null when it is the source's own
   * @param onStall called with what happened, once until frames come again
   */
  constructor(
    fps: number | null,
    onStall: (reason: PeerText) => void,
    { isWanting = () => true, clock = systemClock }: StallWatchOptions = {},
  ) {
    this.#askedMs = fps === null ? null : 1000 / fps;
    this.#timer = clock.every(TICK_MS, () => {
      this.#ticks = isWanting() ? this.#ticks + 1 : 0;
      this.#allTicks += 1;
      if (!this.#isTold && this.#ticks * TICK_MS >= this.#limitMs()) {
        this.#isTold = true;
        const wait = heard(formatDuration(this.#limitMs()));
        onStall(this.#frames === 0 ? forPeers`gave no picture within ${wait}` : forPeers`gave no picture for ${wait}`);
      }
    });
  }

  /** A frame has come. */
  alive(): void {
    this.#frames += 1;
    if (this.#frames > 1) {
      const sinceLastMs = this.#ticks * TICK_MS;
      this.#intervalMs += (sinceLastMs - this.#intervalMs) / Math.min(this.#frames - 1, 8);
    }
    this.#ticks = 0;
    this.#isTold = false;
  }

  /** There is no frame yet, but something is done for it: ffmpeg says so. */
  isAtWork(): void {
    if (this.#frames === 0 && this.#allTicks * TICK_MS < OPENING_MS) {
      this.#ticks = 0;
    }
  }

  close(): void {
    this.#timer[Symbol.dispose]();
  }

  #limitMs(): number {
    const isRateKnown = this.#frames >= KNOWN_AFTER_FRAMES || (this.#frames > 0 && this.#askedMs !== null);
    if (!isRateKnown) {
      return this.patience.firstMs;
    }
    return Math.max(this.patience.nextMs, STALL_FRAMES * Math.max(this.#askedMs ?? 0, this.#intervalMs));
  }
}
