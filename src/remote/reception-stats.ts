import { LanvidError } from "../errors.ts";
import { RateMeter, Stillness, type ViewingState } from "../media.ts";
import type { Recorded } from "../outputs/recorder.ts";
import { type Clock, type Ms, systemClock } from "../time.ts";
import { percentile, round } from "../units.ts";
import { DelayHistogram } from "./histogram.ts";

/** Delay of frames from being captured to being shown here, ms; null where unknown. */
export interface DelayStats {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly max: number | null;
}

/** A receiver's figures, as in the `stats` and `end` events of `watch` and `receive`. */
export interface ReceptionFigures {
  readonly state: ViewingState;
  /** Why there is no picture, or no connection, in words for the person here. */
  readonly error: string | null;
  readonly codec: string | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly frames: number;
  readonly fps: number;
  readonly mbps: number;
  readonly dropped: number;
  readonly delayMs: DelayStats;
  readonly clockErrorMs: number | null;
  readonly gapMs: number | null;
  /** For how long what is shown has stood still; null unless the state is `stale`. */
  readonly stillMs: number | null;
  readonly reconnects: number;
  /** Messages of a classic sender that held no picture (None). */
  readonly noPictures: number;
  /** What is in the file that is recorded; null where none is, or as long as there is nothing in it. */
  readonly recorded: Recorded | null;
}

interface Picture {
  readonly codec: string | null;
  readonly width: number | null;
  readonly height: number | null;
}

/** Counts what a receiver gets. Fixed memory, however long it runs. */
export class ReceptionStats {
  readonly #clock: Clock;
  readonly #meter = new RateMeter();
  readonly #delays = new DelayHistogram();
  readonly #stillness = new Stillness();
  #recent: { at: Ms; gapMs: number | null }[] = [];
  #recentDelays: { at: Ms; delayMs: number }[] = [];
  #firstAt: Ms | null = null;
  #lastAt: Ms | null = null;
  #longestGapMs: number | null = null;
  dropped = 0;
  /** Messages of a classic sender that held no picture. */
  noPictures = 0;
  reconnects = 0;
  /** As far as the connection knows: what stands still is told of by the figures. */
  state: ViewingState = "connecting";
  /** Why there is no picture, or no connection. */
  error: string | null = null;
  /** What the sender and this side have agreed on, ms; Infinity where nothing is promised. */
  maxDelayMs = Number.POSITIVE_INFINITY;
  clockErrorMicros: number | null = null;
  /** Where it is recorded. */
  output: { readonly recorded: Recorded | null } | null = null;
  picture: Picture = { codec: null, width: null, height: null };

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** A frame has come. */
  frame(byteCount: number): void {
    const at = this.#clock.now();
    const gapMs = this.#lastAt === null ? null : at - this.#lastAt;
    this.#meter.add(byteCount, at);
    this.#recent = this.#recent.filter((entry) => at - entry.at < 1000);
    this.#recent.push({ at, gapMs });
    this.#firstAt ??= at;
    this.#lastAt = at;
    if (gapMs !== null) {
      this.#longestGapMs = Math.max(this.#longestGapMs ?? 0, gapMs);
    }
  }

  /** Another sender, or the same one again. */
  greeted(maxDelayMs: number): void {
    this.state = "waiting";
    this.error = null;
    this.maxDelayMs = maxDelayMs;
    this.#stillness.reset();
  }

  /** The sender has no picture. @param error why, where that is known */
  waits(error: string | null): void {
    this.state = "waiting";
    this.error = error;
    this.#stillness.reset();
  }

  /** A frame was not shown because the person has frozen the picture: what stands still, stands so by their wish. */
  frozen(): void {
    this.state = "live";
    this.error = null;
    this.#stillness.shown(this.#clock.now());
  }

  /**
   * A frame was shown, or taken where nothing is shown.
   * @param delayMicros so long after it was captured; null where that is not known
   */
  shown(delayMicros: number | null): void {
    const at = this.#clock.now();
    this.state = "live";
    this.error = null;
    this.#stillness.shown(at);
    if (delayMicros === null) {
      return;
    }
    const delayMs = delayMicros / 1000;
    this.#recentDelays = this.#recentDelays.filter((entry) => at - entry.at < 1000);
    this.#recentDelays.push({ at, delayMs });
    this.#delays.add(delayMs);
  }

  get frames(): number {
    return this.#meter.totalFrames;
  }

  /** Over the last second; `frames`, `dropped` and `reconnects` are totals. */
  lastSecond(): ReceptionFigures {
    const now = this.#clock.now();
    const recent = this.#recent.filter((entry) => now - entry.at < 1000);
    const delays = this.#recentDelays.filter((entry) => now - entry.at < 1000).map(({ delayMs }) => delayMs);
    const gaps = recent.flatMap(({ gapMs }) => (gapMs === null ? [] : [gapMs]));
    const { fps, mbps } = this.#meter.rates(now);
    const stillMs = this.state === "live" ? this.#stillness.stillMs(now, this.maxDelayMs) : null;
    return this.#figures({
      state: stillMs === null ? this.state : "stale",
      stillMs: stillMs === null ? null : Math.round(stillMs),
      fps,
      mbps,
      delayMs: { p50: percentile(delays, 0.5), p95: percentile(delays, 0.95), max: percentile(delays, 1) },
      gapMs: percentile(gaps, 1),
    });
  }

  /**
   * Over the whole run, when it is over.
   * @param error why it could not go on; null when it ended as it should
   */
  wholeRun(error: unknown = null): ReceptionFigures {
    const { totalFrames, totalBytes } = this.#meter;
    const seconds = ((this.#lastAt ?? 0) - (this.#firstAt ?? 0)) / 1000;
    const isRefused = error instanceof LanvidError && error.kind === "refused";
    const failed = isRefused ? "refused" : this.state;
    return this.#figures({
      state: error === null ? "ended" : failed,
      stillMs: null,
      fps: seconds > 0 ? (totalFrames - 1) / seconds : 0,
      mbps: seconds > 0 ? (totalBytes * 8) / seconds / 1e6 : 0,
      delayMs: { p50: this.#delays.percentile(0.5), p95: this.#delays.percentile(0.95), max: this.#delays.max },
      gapMs: this.#longestGapMs,
    });
  }

  #figures(
    measured: Pick<ReceptionFigures, "state" | "stillMs" | "fps" | "mbps" | "delayMs" | "gapMs">,
  ): ReceptionFigures {
    const tenths = (value: number | null) => (value === null ? null : round(value, 1));
    const { p50, p95, max } = measured.delayMs;
    return {
      state: measured.state,
      error: this.error,
      ...this.picture,
      frames: this.frames,
      fps: round(measured.fps, 2),
      mbps: round(measured.mbps, 3),
      dropped: this.dropped,
      delayMs: { p50: tenths(p50), p95: tenths(p95), max: tenths(max) },
      clockErrorMs: this.clockErrorMicros === null ? null : round(this.clockErrorMicros / 1000, 2),
      gapMs: tenths(measured.gapMs),
      stillMs: measured.stillMs,
      reconnects: this.reconnects,
      noPictures: this.noPictures,
      recorded: this.output?.recorded ?? null,
    };
  }
}
