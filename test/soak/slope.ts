/** How fast something grows, and how well that is known. Pure. */

/** A figure at a time. */
export interface Reading {
  /** Seconds since anything. */
  readonly at: number;
  readonly value: number;
}

/** A straight line through readings, by least squares. */
export interface Slope {
  /** In the readings' unit. */
  readonly perHour: number;
  /** Its standard error; infinite when there are too few readings to know it. */
  readonly errorPerHour: number;
}

/** Neighbouring readings are alike: that of many in a row no more is learned than of one, so means of so many groups count. */
const GROUPS = 20;

export function slopeOf(readings: readonly Reading[]): Slope {
  const points = groupMeans(readings);
  const atMean = mean(points.map(({ at }) => at));
  const valueMean = mean(points.map(({ value }) => value));
  const spread = sum(points.map(({ at }) => (at - atMean) ** 2));
  const perSecond = sum(points.map(({ at, value }) => (at - atMean) * (value - valueMean))) / spread;
  const residual = sum(points.map(({ at, value }) => (value - valueMean - perSecond * (at - atMean)) ** 2));
  const error = Math.sqrt(residual / (points.length - 2) / spread);
  return {
    perHour: perSecond * 3600,
    errorPerHour: points.length > 2 ? error * 3600 : Number.POSITIVE_INFINITY,
  };
}

/** As many groups of readings that follow each other as there can be, `GROUPS` at most, each as its mean. */
function groupMeans(readings: readonly Reading[]): Reading[] {
  const count = Math.min(GROUPS, readings.length);
  return Array.from({ length: count }, (_, index) => {
    const group = readings.slice(
      Math.floor((index * readings.length) / count),
      Math.floor(((index + 1) * readings.length) / count),
    );
    return { at: mean(group.map(({ at }) => at)), value: mean(group.map(({ value }) => value)) };
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}
