/** Glass to glass by each way of the page, beside bare pipelines; and the delay that lanvid reports. See README.md. */

import type { Size } from "../src/units.ts";
import { endAfter } from "./support/cleanup.ts";
import { distance, mean, median, ratio, type Spread, spreadOf } from "./support/figures.ts";
import { FULL_HD, HD, PAGE_MODES, type PageMode, pageUrl, serveArguments } from "./support/page-modes.ts";
import { type PageRound, pageRound, type Side, startSide } from "./support/page-round.ts";
import { Report } from "./support/report.ts";
import { startServer } from "./support/server.ts";
import { ShapedLink } from "./support/shaped-link.ts";
import { runWatch } from "./support/watcher.ts";

/** What is required: README.md. */
const MAX_RATIO = 1.3;
const MAX_REPORT_ERROR_MS = 20;

const isQuick = process.argv.includes("--quick");
const ROUNDS = isQuick ? 1 : 3;
const LENGTH = isQuick ? { warmUpMs: 2000, frames: 60 } : { warmUpMs: 3000, frames: 120 };
/**
 * A film keeps to the display's rhythm: how long pictures wait for that, up to 17 ms, is the same for all of a round at
 * half of the display's rate, and another with each start. So there are more rounds, and shorter ones.
 */
const FILM_ROUNDS = isQuick ? 2 : 9;
const FILM_LENGTH = { warmUpMs: 2500, frames: 60 };
const WATCH_MS = isQuick ? 4000 : 10_000;
const LINK_RATE = "10mbit";
/** A round beside which others take more of a core is measured again, once, if all rounds still end within the time. */
const MAX_OTHERS_PERCENT = 15;
const ROUNDS_MS = 330_000;

interface Case {
  readonly mode: PageMode;
  readonly size: Size;
}

const CASES: readonly Case[] = [HD, FULL_HD].flatMap((size) => PAGE_MODES.map((mode) => ({ mode, size })));
const nameOf = ({ mode, size }: Case) => `${size.height}p30 ${mode}`;

endAfter(900);
const report = new Report("latency", [
  "",
  "frames",
  "median ms",
  "95 % ms",
  "worst ms",
  "drawn ms",
  "reported ms",
  "of offered",
  "others' CPU %",
]);
let repeated = 0;
const rounds: (PageRound & Case & { readonly side: Side })[] = [];
for (let index = 0; index < FILM_ROUNDS; index++) {
  for (const one of CASES.filter(({ mode }) => index < roundsOf(mode))) {
    const order: Side[] = index % 2 === 0 ? ["bare", "lanvid"] : ["lanvid", "bare"];
    for (const side of order) {
      const round = await quietRound(side, one);
      rounds.push({ ...one, side, ...round });
      const { median: middle, p95 } = round.shown;
      console.log(
        `round ${index + 1} of ${roundsOf(one.mode)}, ${nameOf(one)}, ${side}: ${middle?.toFixed(1)} / ${p95?.toFixed(1)} ms`,
      );
    }
  }
}
for (const one of CASES) {
  for (const side of ["bare", "lanvid"] as const) {
    const { frames, shown, drawn, reported, part, others } = summary(side, one);
    report.row(`${nameOf(one)}, ${side}`, frames, shown.median, shown.p95, shown.worst, drawn, reported, part, others);
  }
}

const loopback = await loopbackWatch();
report.row("watch, loopback", ...cells(loopback.spread), null, loopback.reportedMs);
const link = await overLink();
report.row(`watch, ${LINK_RATE} link`, ...cells(link.watch.spread), null, link.watch.reportedMs);
for (const { mode, round } of link.pages) {
  const { shown, drawn, reportedMs, offered, othersPercent } = round;
  const part = shown.count / offered;
  report.row(`720p30 ${mode}, ${LINK_RATE} link`, ...cells(shown), drawn.median, reportedMs, part, othersPercent);
}

report.note(
  "Delay by the time strip, from drawing the pattern until its pixels are read back; each figure: median of the rounds', of films (mse) their mean.",
);
report.note("drawn: until it was drawn or presented, which is what the page's data-delay-ms (reported) says.");
report.note(`${repeated} rounds were measured again, since the machine was busy.\n`);
for (const one of CASES) {
  const [bare, lanvid] = [summary("bare", one), summary("lanvid", one)];
  const name = nameOf(one);
  report.atMost(`${name}: median, lanvid / bare`, ratio(lanvid.shown.median, bare.shown.median), MAX_RATIO);
  report.atMost(`${name}: 95th percentile, lanvid / bare`, ratio(lanvid.shown.p95, bare.shown.p95), MAX_RATIO);
}
for (const one of CASES) {
  reportedAtMost(`${nameOf(one)}, page, loopback`, summary("lanvid", one).error);
}
for (const { mode, round } of link.pages) {
  reportedAtMost(`720p30 ${mode}, page, ${LINK_RATE}`, distance(round.drawn.median, round.reportedMs));
}
reportedAtMost("watch, loopback", loopback.error);
reportedAtMost(`watch, ${LINK_RATE}`, link.watch.error);
process.exit(report.finish({ rounds, loopback, link }));

function roundsOf(mode: PageMode): number {
  return mode === "mse" ? FILM_ROUNDS : ROUNDS;
}

function reportedAtMost(where: string, error: number | null): void {
  report.atMost(`reported beside the strip: ${where}`, error, MAX_REPORT_ERROR_MS, " ms");
}

/** Measures; once more when the machine was busy, and then the quieter of both counts. */
async function quietRound(side: Side, one: Case): Promise<PageRound> {
  const first = await freshRound(side, one);
  const done = rounds.length + 1;
  const passedMs = performance.now();
  const all = CASES.reduce((sum, { mode }) => sum + 2 * roundsOf(mode), 0);
  const expectedMs = passedMs + (all - done + 1) * (passedMs / (done + repeated));
  if (isQuick || first.othersPercent <= MAX_OTHERS_PERCENT || expectedMs > ROUNDS_MS) {
    return first;
  }
  repeated += 1;
  const second = await freshRound(side, one);
  return second.othersPercent < first.othersPercent ? second : first;
}

async function freshRound(side: Side, { mode, size }: Case): Promise<PageRound> {
  await using server = await startSide(side, mode, size);
  return await pageRound(server.url, mode, mode === "mse" ? FILM_LENGTH : LENGTH);
}

async function loopbackWatch() {
  await using server = await startServer(serveArguments("jpeg", HD));
  return await watchFigures(`127.0.0.1:${server.port}`);
}

async function watchFigures(address: string, within: readonly string[] = []) {
  const run = await runWatch(address, WATCH_MS, { within });
  const spread = spreadOf(run.sightings.map(({ ageMs }) => ageMs));
  const reportedMs = (run.end["delayMs"] as { readonly p50: number | null }).p50;
  return { spread, reportedMs, error: distance(spread.median, reportedMs), clockErrorMs: run.end["clockErrorMs"] };
}

async function overLink() {
  await using link = new ShapedLink(LINK_RATE);
  const pages: { readonly mode: PageMode; readonly round: PageRound }[] = [];
  for (const mode of PAGE_MODES) {
    await using server = await startServer(serveArguments(mode, HD), link.atServer);
    const url = pageUrl(`${link.serverAddress}:${server.http}`, mode);
    pages.push({ mode, round: await pageRound(url, mode, LENGTH, link.atViewer) });
  }
  await using server = await startServer(serveArguments("jpeg", HD), link.atServer);
  const watch = await watchFigures(`${link.serverAddress}:${server.port}`, link.atViewer);
  return { watch, pages };
}

/**
 * Each figure is the median of the rounds', so that one disturbed round does not decide. Of films it is the mean: the
 * rounds' figures lie around two values, a rhythm of the display apart, of which a median would pick one by chance.
 */
function summary(side: Side, { mode, size }: Case) {
  const own = rounds.filter((round) => round.side === side && round.mode === mode && round.size === size);
  const middle = mode === "mse" ? mean : median;
  const of = (pick: (round: PageRound) => number | null) => middle(own.map(pick));
  return {
    frames: own.reduce((sum, { shown }) => sum + shown.count, 0),
    shown: {
      median: of(({ shown }) => shown.median),
      p95: of(({ shown }) => shown.p95),
      worst: of(({ shown }) => shown.worst),
    },
    drawn: of(({ drawn }) => drawn.median),
    reported: of(({ reportedMs }) => reportedMs),
    error: of(({ drawn, reportedMs }) => distance(drawn.median, reportedMs)),
    part: of(({ shown, offered }) => shown.count / offered),
    others: of(({ othersPercent }) => othersPercent),
  };
}

function cells({ count, median: middle, p95, worst }: Spread) {
  return [count, middle, p95, worst] as const;
}
