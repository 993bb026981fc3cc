import { percentile } from "../../src/units.ts";

/** Median, 95th percentile and worst of some delays, in the samples' unit. */
export interface Spread {
  readonly count: number;
  readonly median: number | null;
  readonly p95: number | null;
  readonly worst: number | null;
}

/** The spread of some samples; null figures for none. */
export function spreadOf(samples: readonly number[]): Spread {
  return {
    count: samples.length,
    median: percentile(samples, 0.5),
    p95: percentile(samples, 0.95),
    worst: percentile(samples, 1),
  };
}

/** As the columns of a table are called, after the number of `frames`. */
export const DELAYS = ["median ms", "95 % ms", "worst ms"] as const;

/** A spread of ms under the names of its columns. */
export function delays({ count, median, p95, worst }: Spread) {
  return { frames: count, "median ms": median, "95 % ms": p95, "worst ms": worst };
}

/** The median of the values that are known; null for none. */
export function median(values: readonly unknown[]): number | null {
  return percentile(values.filter(isKnown), 0.5);
}

/** Of those that are known; null when there are none. */
export function mean(values: readonly unknown[]): number | null {
  const known = values.filter(isKnown);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** How often the second goes into the first; null when either is unknown. */
export function ratio(value: number | null, base: number | null): number | null {
  return value === null || base === null || base === 0 ? null : value / base;
}

/** How far apart two values are; null when either is unknown. */
export function distance(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.abs(a - b);
}

function isKnown(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
