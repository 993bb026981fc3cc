/** Width of a bin, ms. */
const BIN_MS = 0.5;
/** Delays of 10 s and more share the last bin. */
const BINS = 20_000;

/** Percentiles of any number of delays in fixed memory, to 0.5 ms; the largest exactly. */
export class DelayHistogram {
  readonly #bins = new Uint32Array(BINS + 1);
  #count = 0;
  #max: number | null = null;

  add(delayMs: number): void {
    const bin = Math.min(BINS, Math.max(0, Math.floor(delayMs / BIN_MS)));
    this.#bins[bin] = (this.#bins[bin] as number) + 1;
    this.#count += 1;
    this.#max = Math.max(this.#max ?? delayMs, delayMs);
  }

  get max(): number | null {
    return this.#max;
  }

  /** The middle of the bin below which `fraction` of the delays lie; null when there are none. */
  percentile(fraction: number): number | null {
    if (this.#count === 0) {
      return null;
    }
    const rank = Math.max(1, Math.ceil(fraction * this.#count));
    let seen = 0;
    let bin = 0;
    while (bin < BINS && seen + (this.#bins[bin] as number) < rank) {
      seen += this.#bins[bin] as number;
      bin += 1;
    }
    return Math.min((bin + 0.5) * BIN_MS, this.#max ?? 0);
  }
}
