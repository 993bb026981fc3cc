/** Pictures of figures as SVG, by hand: readable on light and on dark, without a script. Pure. */

const WIDTH = 860;
const FONT = "font-family: system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif";
const STYLE = `
  text { ${FONT}; font-size: 13px; fill: #1f2328 }
  .title { font-size: 16px; font-weight: 600 }
  .muted { fill: #59636e; font-size: 12px }
  .grid { stroke: #d1d9e0; stroke-width: 1 }
  .range { stroke: #8fb4f5; stroke-width: 10 }
  .tail { stroke: #8fb4f5; stroke-width: 2 }
  .median { fill: #1f5fd0 }
  .limit { stroke: #cf222e; stroke-width: 2 }
  .zone { fill: #59636e; fill-opacity: 0.08 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .muted { fill: #9198a1 }
    .grid { stroke: #3d444d }
    .range, .tail { stroke: #33548c }
    .median { fill: #7fb0ff }
    .limit { stroke: #ff7b72 }
    .zone { fill: #9198a1; fill-opacity: 0.12 }
  }`;

export interface Heading {
  readonly title: string;
  /** What is shown, and which command made it. */
  readonly subtitle: string;
}

/** A row of a chart of ranges; figures in the chart's unit. */
export interface RangeRow {
  readonly label: string;
  readonly median: number;
  readonly p95: number;
  readonly worst: number;
  /** What the worst may be. */
  readonly limit: number | null;
}

const LABEL_WIDTH = 250;
const RIGHT = 30;
const ROW = 24;
const TOP = 74;

/** One row each: a dot at the median, a bar to the 95th percentile, a line to the worst, a mark at the limit. */
export function rangeChart(heading: Heading, unit: string, rows: readonly RangeRow[]): string {
  const most = Math.max(1, ...rows.flatMap(({ worst, limit }) => [worst, limit ?? 0]));
  const scale = scaleOf(most, LABEL_WIDTH, WIDTH - RIGHT);
  const bottom = TOP + rows.length * ROW;
  const body = rows.map(({ label, median, p95, worst, limit }, index) => {
    const y = TOP + index * ROW + ROW / 2;
    const mark = limit === null ? "" : line("limit", scale.x(limit), y - 8, scale.x(limit), y + 8);
    return [
      `<text x="${LABEL_WIDTH - 10}" y="${y + 4}" text-anchor="end">${escaped(label)}</text>`,
      line("tail", scale.x(median), y, scale.x(worst), y),
      line("range", scale.x(median), y, scale.x(p95), y),
      `<circle class="median" cx="${scale.x(median)}" cy="${y}" r="5"/>`,
      mark,
    ].join("");
  });
  const hasLimits = rows.some(({ limit }) => limit !== null);
  const key = `dot: median; bar: to the 95th percentile; line: to the worst${hasLimits ? "; red: what the worst may be" : ""}`;
  return picture(heading, bottom + 50, [...gridX(scale, TOP - 6, bottom, unit), ...body, muted(20, bottom + 42, key)]);
}

export interface Zone {
  readonly from: number;
  readonly to: number;
  readonly label: string;
}

/** Dots over time; zones are shaded in turn and named. */
export function timeChart(
  heading: Heading,
  units: { readonly x: string; readonly y: string },
  { dots, zones }: { readonly dots: readonly (readonly [number, number])[]; readonly zones: readonly Zone[] },
): string {
  const bottom = 330;
  const left = 60;
  const across = scaleOf(Math.max(1, ...zones.map(({ to }) => to)), left, WIDTH - RIGHT, false);
  const up = scaleOf(Math.max(1, ...dots.map(([, y]) => y)), bottom, TOP + 20);
  const shades = zones.map(({ from, to, label }, index) => {
    const x = across.x(from);
    const box = `<rect class="zone" x="${x}" y="${TOP}" width="${round(across.x(to) - x)}" height="${bottom - TOP}"/>`;
    return `${index % 2 === 0 ? box : ""}${muted(round((x + across.x(to)) / 2), TOP + 14, label, "middle")}`;
  });
  const grid = up.ticks.flatMap((tick) => [
    line("grid", left, up.x(tick), WIDTH - RIGHT, up.x(tick)),
    muted(left - 8, up.x(tick) + 4, String(tick), "end"),
  ]);
  const marks = dots.map(([x, y]) => `<circle class="median" cx="${across.x(x)}" cy="${up.x(y)}" r="1.8"/>`);
  const below = across.ticks.map((tick) => muted(across.x(tick), bottom + 18, `${tick} ${units.x}`, "middle"));
  return picture(heading, bottom + 34, [...shades, ...grid, ...marks, ...below, muted(8, TOP + 2, units.y)]);
}

interface Scale {
  readonly ticks: readonly number[];
  x(value: number): number;
}

/** From 0 at `start` to a round number at `end`. */
function scaleOf(most: number, start: number, end: number, isRounded = true): Scale {
  const rough = most / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const top = isRounded ? Math.ceil(most / step) * step : most;
  const ticks = Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, index) => round(index * step));
  return { ticks, x: (value) => round(start + (value / top) * (end - start)) };
}

function gridX({ ticks, x }: Scale, top: number, bottom: number, unit: string): string[] {
  return ticks.flatMap((tick) => [
    line("grid", x(tick), top, x(tick), bottom),
    muted(x(tick), bottom + 18, `${tick} ${unit}`, "middle"),
  ]);
}

function picture({ title, subtitle }: Heading, height: number, body: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}\n</style>`,
    `<text class="title" x="20" y="28">${escaped(title)}</text>`,
    muted(20, 48, subtitle),
    ...body,
    "</svg>\n",
  ].join("\n");
}

function line(kind: string, x1: number, y1: number, x2: number, y2: number): string {
  return `<line class="${kind}" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/>`;
}

function muted(x: number, y: number, text: string, anchor: "start" | "middle" | "end" = "start"): string {
  return `<text class="muted" x="${x}" y="${y}" text-anchor="${anchor}">${escaped(text)}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
