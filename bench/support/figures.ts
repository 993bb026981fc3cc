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

/** Of those that are known; null when there are none. */
export function mean(values: readonly (number | null | undefined)[]): number | null {
  const all = known(values);
  return all.length === 0 ? null : all.reduce((sum, value) => sum + value, 0) / all.length;
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

/** A straight line through points. */
export interface Line {
  readonly slope: number;
  /** The slope's standard error; NaN for fewer than three points. */
  readonly error: number;
}

/** The line of least squares through points (x, y). */
export function lineThrough(points: readonly (readonly number[])[]): Line {
  const mean = (pick: (point: readonly number[]) => number) =>
    points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  const [x, y] = [mean(([at = 0]) => at), mean(([, value = 0]) => value)];
  const spread = points.reduce((sum, [at = 0]) => sum + (at - x) ** 2, 0);
  const slope = points.reduce((sum, [at = 0, value = 0]) => sum + (at - x) * (value - y), 0) / spread;
  const rest = points.reduce((sum, [at = 0, value = 0]) => sum + (value - y - slope * (at - x)) ** 2, 0);
  return { slope, error: Math.sqrt(rest / (points.length - 2) / spread) };
}
