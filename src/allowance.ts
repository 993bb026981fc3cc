/** So much at once, and so much per second after that: for what others can ask of us without end. */
export class Allowance {
  readonly #atOnce: number;
  readonly #perSecond: number;
  #left: number;
  #countedAt: number;

  /** @param nowMs on any clock that goes on, which `take` is given too */
  constructor(atOnce: number, perSecond: number, nowMs: number) {
    this.#atOnce = atOnce;
    this.#perSecond = perSecond;
    this.#left = atOnce;
    this.#countedAt = nowMs;
  }

  /**
   * Takes as much, if it is there.
   * @param amount at most what there is at once
   * @returns 0 when it was taken; else how long to wait until it could be, ms
   */
  take(amount: number, nowMs: number): number {
    const earned = (Math.max(0, nowMs - this.#countedAt) * this.#perSecond) / 1000;
    this.#countedAt = nowMs;
    this.#left = Math.min(this.#atOnce, this.#left + earned);
    if (this.#left < amount) {
      return Math.ceil(((amount - this.#left) * 1000) / this.#perSecond);
    }
    this.#left -= amount;
    return 0;
  }
}
