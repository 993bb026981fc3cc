const WINDOW_MS = 1000;
/** Addresses that are counted one by one; those beyond are counted as one. */
const MAX_ADDRESSES = 4096;
const OTHERS = "";

/** Counts what each address asks for within a second. */
export class RequestRate {
  readonly #max: number;
  readonly #counts = new Map<string, number>();
  #since = Number.NEGATIVE_INFINITY;

  /** @param max requests of one address per second */
  constructor(max: number) {
    this.#max = max;
  }

  /** One more request. @returns whether it is within the limit */
  allows(address: string, nowMs: number): boolean {
    if (nowMs - this.#since >= WINDOW_MS) {
      this.#since = nowMs;
      this.#counts.clear();
    }
    const isCounted = this.#counts.has(address) || this.#counts.size < MAX_ADDRESSES;
    const key = isCounted ? address : OTHERS;
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count <= this.#max;
  }
}
