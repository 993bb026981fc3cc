import { RateMeter } from "../media.ts";
import { type Clock, type Micros, type Ms, systemClock } from "../time.ts";
import { percentile } from "../units.ts";

/** The delay is taken over this span, in ms. */
const SPAN_MS = 1000;

/** What the page counts: pictures shown, those that were not, and how old they were. */
export class Figures {
  readonly #clock: Clock;
  readonly #shown = new RateMeter();
  #delays: { readonly atMs: Ms; readonly delayMs: Ms }[] = [];
  dropped = 0;
  corrupt = 0;
  waiting = 0;

  constructor(clock = systemClock) {
    this.#clock = clock;
  }

  /**
   * A picture was shown, `delayMicros` after it was captured as far as the clocks are known: before that it can't have been,
   * whatever they say.
   */
  addShown(byteCount: number, delayMicros: Micros | null): void {
    const atMs = this.#clock.now();
    this.#shown.add(byteCount, atMs);
    if (delayMicros !== null) {
      this.#delays.push({ atMs, delayMs: Math.max(0, delayMicros) / 1000 });
    }
    this.#forget(atMs);
  }

  /** Pictures shown since the page was opened. */
  get frames(): number {
    return this.#shown.totalFrames;
  }

  /** Of the last second. */
  rates(): { readonly fps: number; readonly mbps: number } {
    return this.#shown.rates(this.#clock.now());
  }

  /** The delay below which `fraction` of the last second's pictures were, in ms; null when there is none. */
  delayMs(fraction: number): Ms | null {
    this.#forget(this.#clock.now());
    const delays = this.#delays.map(({ delayMs }) => delayMs);
    return percentile(delays, fraction);
  }

  #forget(nowMs: Ms): void {
    this.#delays = this.#delays.filter(({ atMs }) => nowMs - atMs <= SPAN_MS);
  }
}
