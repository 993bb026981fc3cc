/** npm run bench:plots: docs/measurements.md and its pictures, of what is in bench/results. What was not measured is left out. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BENCHES } from "./list.ts";
import { measurementsPage, type Section } from "./plots/page.ts";
import { type RangeRow, rangeChart, timeChart, type Zone } from "./plots/svg.ts";
import { RESULTS, type Result } from "./runner/report.ts";

const DOCS = join(import.meta.dir, "../docs");
const PLOTS = join(DOCS, "plots");

/** By the result's name. Its rows with delays become a plot of ranges of that name unless there are others here. */
const OTHER_PLOTS: Readonly<Record<string, (result: Result) => string[]>> = {
  bits: () => [],
  classic: () => [],
  start: () => [],
  film: (result) => [
    overTime(result, "film", "Delay by Media Source, ten minutes", "ms", "medians of 10 s each", "spans", (span) => [
      Number(span["minute"]),
      Number(span["medianMs"]),
    ]),
  ],
  soak: (result) => [
    overTime(result, "soak", "The server's memory", "MiB", "when all but one viewer have left", "ebbs", (ebb) => [
      Number(ebb["at"]) / 60,
      Number(ebb["serverMiB"]),
    ]),
  ],
  links: (result) => [
    ranges(result, "links-watch", (label) => /^watch, (JPEG|H\.264)/.test(label)),
    ranges(result, "links-others", (label) => /^(page|\/stream|classic)/.test(label)),
    ...((result.details["changes"] ?? []) as readonly Change[]).map((change) => changePlot(result, change)),
  ],
};
const TITLES: Readonly<Record<string, string>> = {
  latency: "Pages, beside the least that can be done",
  "first-picture": "From opening the page or starting watch to a picture",
  window: "On the screen: from drawn to seen there",
  peers: "Over TCP: from drawn to seen on the screen",
  readers: "Other programs with lanvid's stream",
  viewers: "Many viewers: until a frame's last byte was read",
  "links-watch": "watch on slow links: how old the pictures are",
  "links-others": "Pages and others on slow links",
};

/** What bench/links.ts writes of a link that changes. */
interface Change {
  readonly source: string;
  readonly marks: readonly number[];
  readonly pictures: readonly { readonly at: number; readonly ageMs: number }[];
}

mkdirSync(PLOTS, { recursive: true });
const sections: Section[] = BENCHES.flatMap(({ tables }) => Object.entries(tables)).flatMap(([name, title]) => {
  const path = join(RESULTS, `${name}.json`);
  if (!existsSync(path)) {
    return [];
  }
  const result = JSON.parse(readFileSync(path, "utf8")) as Result;
  return [{ title, result, plots: OTHER_PLOTS[name]?.(result) ?? [ranges(result, name)] }];
});
writeFileSync(join(DOCS, "measurements.md"), measurementsPage(sections));
console.log(`${sections.length} tables in ${join(DOCS, "measurements.md")}`);

function changePlot(result: Result, { source, marks, pictures }: Change): string {
  const start = marks[0] ?? 0;
  const borders = [...marks, pictures.at(-1)?.at ?? start].map((at) => (at - start) / 1000);
  const zones = ["5 Mbit/s", "50 Mbit/s", "5 Mbit/s"].map((label, index) => ({
    ...{ from: borders[index] ?? 0, to: borders[index + 1] ?? 0, label },
  }));
  const dots = pictures
    .filter(({ at }) => at >= start)
    .map(({ at, ageMs }): readonly [number, number] => [(at - start) / 1000, ageMs]);
  const title = `${source} on a link that changes: each picture's age`;
  const name = `links-changing-${source === "JPEG" ? "jpeg" : "h264"}`;
  return plot(name, timeChart(heading(title, result), { x: "s", y: "ms" }, { dots, zones }));
}

/** Dots over minutes, of what the bench wrote under this key. */
function overTime(
  result: Result,
  ...[name, title, y, label, key, dotOf]: readonly [
    ...[name: string, title: string, y: string, label: string, key: string],
    (item: Record<string, unknown>) => readonly [minute: number, value: number],
  ]
): string {
  const dots = ((result.details[key] ?? []) as readonly Record<string, unknown>[]).map(dotOf);
  const zones: Zone[] = [{ from: 0, to: Math.ceil(dots.at(-1)?.[0] ?? 1), label }];
  return plot(name, timeChart(heading(title, result), { x: "min", y }, { dots, zones }));
}

/** Of rows that have a median, a 95th percentile and a worst; with the limit where the bench has one. */
function ranges(result: Result, name: string, accepts: (label: string) => boolean = () => true): string {
  const rows = result.rows.flatMap((row): RangeRow[] => {
    const numberIn = (column: string) => {
      const value = row[result.columns.indexOf(column)];
      return typeof value === "number" ? value : null;
    };
    const label = String(row[0]);
    const [median, p95, worst] = ["median ms", "95 % ms", "worst ms"].map(numberIn);
    return accepts(label) && typeof median === "number" && typeof p95 === "number" && typeof worst === "number"
      ? [{ label, median, p95, worst, limit: numberIn("at most") }]
      : [];
  });
  return plot(name, rangeChart(heading(TITLES[name] ?? name, result), "ms", rows));
}

function heading(title: string, { command, startedAt }: Result) {
  return { title, subtitle: `${command}, ${startedAt.slice(0, 10)}` };
}

function plot(name: string, svg: string): string {
  writeFileSync(join(PLOTS, `${name}.svg`), svg);
  return name;
}
