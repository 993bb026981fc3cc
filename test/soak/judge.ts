import { percentile } from "../../src/units.ts";
import { type Slope, slopeOf } from "./slope.ts";
import type { Sample, SoakFigures } from "./soak.ts";

/** Of the time, so much is left out at the beginning: programs take the memory that they work with. */
const WARM_UP = 0.25;
/** What may grow in an hour, and is not known to be more than its error twice. */
const MOST_MIB_PER_HOUR = 10;
const MOST_MS_PER_HOUR = 5;
/** Descriptors at an ebb may differ by what happens to be open in that moment. */
const MORE_DESCRIPTORS = 4;

/** How a figure went. */
export interface Trend {
  readonly name: string;
  /** Medians of the first and the last quarter after the warm-up. */
  readonly begin: number | null;
  readonly end: number | null;
  readonly slope: Slope;
}

/** `measured` must be `limit` at most. */
export interface Requirement {
  readonly name: string;
  readonly measured: number;
  readonly limit: number;
  readonly unit: string;
}

/** What a soak shows: how figures went, and what must hold after any time. Pure. */
export function judgeSoak(figures: SoakFigures): {
  readonly trends: readonly Trend[];
  readonly requirements: readonly Requirement[];
} {
  const { samples, ebbs } = figures;
  const trends = [
    trend("server, MiB", samples, ({ serverMiB }) => serverMiB),
    trend("watch, MiB", samples, ({ watchMiB }) => watchMiB),
    trend("delay by the strip, ms", samples, ({ delayMs }) => delayMs),
    trend("delay as told, ms", samples, ({ toldMs }) => toldMs),
    trend("descriptors", samples, ({ descriptors }) => descriptors),
  ];
  const [server, watch, delay] = trends as [Trend, Trend, Trend];
  const [first, ...others] = ebbs;
  const most = (pick: (ebb: (typeof ebbs)[number]) => number) => Math.max(...others.map(pick));
  return {
    trends,
    requirements: [
      grows("the server's memory", server, MOST_MIB_PER_HOUR, " MiB/h"),
      grows("the resident's memory", watch, MOST_MIB_PER_HOUR, " MiB/h"),
      grows("the delay", delay, MOST_MS_PER_HOUR, " ms/h"),
      ...exactly(figures),
      {
        name: "descriptors at the ebbs, above those before",
        measured: most(({ descriptors }) => descriptors) - (first?.descriptors ?? 0),
        limit: MORE_DESCRIPTORS,
        unit: "",
      },
      { name: "processes at the ebbs", measured: most(({ processes }) => processes), limit: 1, unit: "" },
      { name: "viewers at the ebbs", measured: most(({ viewers }) => viewers), limit: 1, unit: "" },
    ],
  };
}

/** What must not happen at all. */
function exactly({ reconnects, leftIdle, leftAtEnd, oddities, exitCode }: SoakFigures): Requirement[] {
  return [
    { name: "times that the resident had to connect again", measured: reconnects, limit: 0, unit: "" },
    { name: "processes after the last viewer", measured: leftIdle, limit: 0, unit: "" },
    { name: "processes after the server", measured: leftAtEnd, limit: 0, unit: "" },
    { name: "odd lines on the server's stderr", measured: oddities.length, limit: 0, unit: "" },
    { name: "the server's exit code", measured: exitCode ?? Number.NaN, limit: 0, unit: "" },
  ];
}

function trend(name: string, samples: readonly Sample[], pick: (sample: Sample) => number | null): Trend {
  const warm = samples.slice(Math.floor(samples.length * WARM_UP));
  const readings = warm.flatMap((sample) => {
    const value = pick(sample);
    return value === null ? [] : [{ at: sample.at, value }];
  });
  const quarter = Math.ceil(readings.length / 4);
  const middle = (some: typeof readings) =>
    percentile(
      some.map(({ value }) => value),
      0.5,
    );
  return {
    name,
    begin: middle(readings.slice(0, quarter)),
    end: middle(readings.slice(-quarter)),
    slope: slopeOf(readings),
  };
}

/** What is surely growth: the slope without twice its error. */
function grows(what: string, { slope }: Trend, limit: number, unit: string): Requirement {
  return { name: `what ${what} surely grows by`, measured: slope.perHour - 2 * slope.errorPerHour, limit, unit };
}
