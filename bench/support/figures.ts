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

/** The median of the values that are known; null for none. */
export function median(values: readonly (number | null | undefined)[]): number | null {
  return percentile(known(values), 0.5);
}

/** How often the second goes into the first; null when either is unknown. */
export function ratio(value: number | null, base: number | null): number | null {
  return value === null || base === null || base === 0 ? null : value / base;
}

/** How far apart two values are; null when either is unknown. */
export function distance(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.abs(a - b);
}

function known(values: readonly (number | null | undefined)[]): number[] {
  return values.filter((value): value is number => typeof value === "number" && Number.isFinite(value));
}
