/** npm run bench:plots: docs/measurements.md and its pictures, of what is in bench/results. What was not measured is left out. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commandOf, measurementsPage, type Result, type Section } from "./support/measurements-page.ts";
import { type RangeRow, rangeChart, timeChart } from "./support/svg.ts";

const RESULTS = join(import.meta.dir, "results");
const DOCS = join(import.meta.dir, "../docs");
const PLOTS = join(DOCS, "plots");

/** What bench/links.ts writes of a link that changes. */
interface Change {
  readonly source: string;
  readonly marks: readonly number[];
  readonly pictures: readonly { readonly at: number; readonly ageMs: number }[];
}

const BENCHES: readonly {
  readonly name: string;
  readonly title: string;
  readonly plots: (result: Result) => string[];
}[] = [
  {
    name: "latency",
    title: "Pages: from drawn to read back",
    plots: (result) => [delays(result, () => true, "latency", "Pages, beside the least that can be done")],
  },
  {
    name: "first-picture",
    title: "Until the first picture",
    plots: (result) => [
      delays(result, () => true, "first-picture", "From opening the page or starting watch to a picture"),
    ],
  },
  {
    name: "film",
    title: "Ten minutes by Media Source",
    plots: (result) => [filmPlot(result)],
  },
  { name: "bits", title: "Bits and likeness", plots: () => [] },
  {
    name: "window",
    title: "On the screen, beside ffplay and mpv",
    plots: (result) => [delays(result, () => true, "window", "On the screen: from drawn to seen there")],
  },
  {
    name: "peers",
    title: "Over TCP, beside other programs",
    plots: (result) => [delays(result, () => true, "peers", "Over TCP: from drawn to seen on the screen")],
  },
  { name: "links", title: "Slow links", plots: linkPlots },
  {
    name: "viewers",
    title: "Many viewers",
    plots: (result) => [delays(result, () => true, "viewers", "Many viewers: until a frame's last byte was read")],
  },
  {
    name: "soak",
    title: "A long time, with viewers that come, go, stall and vanish",
    plots: (result) => [soakPlot(result)],
  },
  { name: "fanout", title: "Many viewers of large pictures, and one that is stopped", plots: () => [] },
  { name: "classic", title: "The classic Python programs", plots: () => [] },
  { name: "slow", title: "A viewer that takes a quarter of the stream", plots: () => [] },
];

mkdirSync(PLOTS, { recursive: true });
const sections: Section[] = BENCHES.flatMap(({ name, title, plots }) => {
  const path = join(RESULTS, `${name}.json`);
  if (!existsSync(path)) {
    return [];
  }
  const result = JSON.parse(readFileSync(path, "utf8")) as Result;
  return [{ title, result, plots: plots(result) }];
});
writeFileSync(join(DOCS, "measurements.md"), measurementsPage(sections));
console.log(`${sections.length} tables in ${join(DOCS, "measurements.md")}`);

function linkPlots(result: Result): string[] {
  const isPlain = (label: string) => /^watch, (JPEG|H\.264)$/.test(label);
  return [
    delays(result, isPlain, "links-watch", "watch on slow links: how old the pictures are"),
    delays(result, (label) => /^(page|\/stream|classic)/.test(label), "links-others", "Pages and others on slow links"),
    ...((result.details["changes"] ?? []) as readonly Change[]).map((change) => changePlot(result, change)),
  ];
}

function changePlot(result: Result, { source, marks, pictures }: Change): string {
  const start = marks[0] ?? 0;
  const end = pictures.at(-1)?.at ?? start;
  const borders = [...marks, end].map((at) => (at - start) / 1000);
  const zones = ["5 Mbit/s", "50 Mbit/s", "5 Mbit/s"].map((label, index) => ({
    from: borders[index] ?? 0,
    to: borders[index + 1] ?? 0,
    label,
  }));
  const dots = pictures
    .filter(({ at }) => at >= start)
    .map(({ at, ageMs }): readonly [number, number] => [(at - start) / 1000, ageMs]);
  const heading = { title: `${source} on a link that changes: each picture's age`, subtitle: made(result) };
  return plot(
    `links-changing-${source === "JPEG" ? "jpeg" : "h264"}`,
    timeChart(heading, { x: "s", y: "ms" }, { dots, zones }),
  );
}

function filmPlot(result: Result): string {
  const spans = (result.details["spans"] ?? []) as readonly {
    readonly minute: number;
    readonly medianMs: number | null;
  }[];
  const dots = spans.flatMap(({ minute, medianMs }) => (medianMs === null ? [] : [[minute, medianMs] as const]));
  const zones = [{ from: 0, to: Math.ceil(dots.at(-1)?.[0] ?? 1), label: "medians of 10 s each" }];
  const heading = { title: "Delay by Media Source, ten minutes", subtitle: made(result) };
  return plot("film", timeChart(heading, { x: "min", y: "ms" }, { dots, zones }));
}

function soakPlot(result: Result): string {
  const ebbs = (result.details["ebbs"] ?? []) as readonly { readonly at: number; readonly serverMiB: number }[];
  const dots = ebbs.map(({ at, serverMiB }) => [at / 60, serverMiB] as const);
  const zones = [{ from: 0, to: Math.ceil(dots.at(-1)?.[0] ?? 1), label: "when all but one viewer have left" }];
  const heading = { title: "The server's memory", subtitle: made(result) };
  return plot("soak", timeChart(heading, { x: "min", y: "MiB" }, { dots, zones }));
}

function delays(result: Result, accepts: (label: string) => boolean, name: string, title: string): string {
  return plot(name, rangeChart({ title, subtitle: made(result) }, "ms", ranges(result, accepts)));
}

/** Rows that have a median, a 95th percentile and a worst; with the limit where the bench has one. */
function ranges({ columns, rows }: Result, accepts: (label: string) => boolean): RangeRow[] {
  const cell = (row: Result["rows"][number], name: string) => row[columns.indexOf(name)] ?? null;
  return rows.flatMap((row) => {
    const label = String(row[0]);
    const [median, p95, worst] = ["median ms", "95 % ms", "worst ms"].map((name) => cell(row, name));
    if (!accepts(label) || typeof median !== "number" || typeof p95 !== "number" || typeof worst !== "number") {
      return [];
    }
    const limit = columns[columns.indexOf("worst ms") + 1] === "at most" ? cell(row, "at most") : null;
    const mbps = cell(row, "Mbit/s");
    const viewers = cell(row, "viewers");
    const more = [
      cell(row, "codec"),
      viewers === null ? null : `× ${viewers}`,
      mbps === null ? null : `${mbps} Mbit/s`,
    ].filter((word) => word !== null);
    return [
      { label: [label, ...more].join(", "), median, p95, worst, limit: typeof limit === "number" ? limit : null },
    ];
  });
}

function made(result: Result): string {
  return `${commandOf(result)}, ${result.startedAt.slice(0, 10)}`;
}

function plot(name: string, svg: string): string {
  writeFileSync(join(PLOTS, `${name}.svg`), svg);
  return name;
}
