/** A seeded random generator for tests: the same seed gives the same run on every machine. Not for secrets. */
export class Random {
  #state: number;

  /** @param seed from 0 to 2³² − 1; print it, so that a failure can be run again */
  constructor(readonly seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 to 2³² − 1. (Mulberry32.) */
  u32(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** From 0 to `limit` − 1. */
  below(limit: number): number {
    return this.u32() % limit;
  }

  /** True once in `times`. */
  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  /** One of `items`, which must not be empty. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
}

/** The seed of this run: LANVID_FUZZ_SEED where it is set, so that a failure can be run again, else a new one. */
export function fuzzSeed(): number {
  const given = process.env["LANVID_FUZZ_SEED"];
  return given === undefined ? Date.now() >>> 0 : Number(given) >>> 0;
}
