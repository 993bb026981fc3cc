/** Glass to glass, beside the bare pipeline; and the delay that lanvid reports, beside the strip's. See README.md. */

import { BenchBrowser } from "./support/browser.ts";
import { Child } from "./support/child.ts";
import { endAfter } from "./support/cleanup.ts";
import { distance, median, ratio, type Spread, spreadOf } from "./support/figures.ts";
import { Report } from "./support/report.ts";
import { startServer } from "./support/server.ts";
import { ShapedLink } from "./support/shaped-link.ts";
import { type PageSight, STRIP_PROBE, watchPage } from "./support/strip-probe.ts";
import { runWatch } from "./support/watcher.ts";

/** What is required: README.md. */
const MAX_RATIO = 1.3;
const MAX_REPORT_ERROR_MS = 20;

const isQuick = process.argv.includes("--quick");
const ROUNDS = isQuick ? 2 : 5;
const FRAMES = isQuick ? 90 : 300;
const WARM_UP_MS = 2000;
const WATCH_MS = isQuick ? 5000 : 15_000;
const LINK_RATE = "10mbit";

type Side = "lanvid" | "bare";

interface Round {
  readonly side: Side;
  readonly shown: Spread;
  readonly drawn: Spread;
  readonly composed: Spread;
  readonly reportedMs: number | null;
  readonly skipped: number;
}

endAfter(900);
const report = new Report("latency", ["", "frames", "median ms", "95 % ms", "worst ms", "reported ms"]);
const rounds: Round[] = [];
for (let index = 0; index < ROUNDS; index++) {
  const order: Side[] = index % 2 === 0 ? ["bare", "lanvid"] : ["lanvid", "bare"];
  for (const side of order) {
    const sight = side === "bare" ? await bareRound() : await lanvidRound();
    const round = {
      side,
      shown: spreadOf(sight.shownMs),
      drawn: spreadOf(sight.drawnMs),
      composed: spreadOf(sight.composedMs),
      reportedMs: median(sight.reportedMs),
      skipped: sight.skipped,
    };
    rounds.push(round);
    report.row(`${side}, round ${index + 1}`, ...cells(round.shown), round.reportedMs);
    console.log(`round ${index + 1} of ${ROUNDS}, ${side}: ${round.shown.median?.toFixed(1)} ms`);
  }
}

const bare = summary("bare");
const lanvid = summary("lanvid");
for (const [name, side] of [
  ["bare", bare],
  ["lanvid", lanvid],
] as const) {
  report.row(`${name}, all: read back from the canvas`, side.frames, side.median, side.p95, side.worst, side.reported);
  report.row(
    `${name}, all: at the next animation frame`,
    side.frames,
    side.composedMedian,
    side.composedP95,
    null,
    null,
  );
}

const loopbackPage = rounds.filter(({ side }) => side === "lanvid");
const loopbackPageError = distance(
  median(loopbackPage.map(({ drawn }) => drawn.median)),
  median(loopbackPage.map(({ reportedMs }) => reportedMs)),
);
const loopback = await loopbackWatch();
report.row("lanvid watch, loopback", ...cells(loopback.spread), loopback.reportedMs);
const link = await overLink();
report.row(`lanvid watch, ${LINK_RATE} link`, ...cells(link.watch.spread), link.watch.reportedMs);
report.row(`page, ${LINK_RATE} link: drawn`, ...cells(link.drawn), link.reportedMs);

report.note("Delay by the time strip, from drawing the pattern; worst: the median of the rounds' worst.");
report.note(
  "Reported: data-delay-ms of the page, delayMs of watch --json; compared with the strip's when drawn or received.\n",
);
report.atMost("glass to glass, median, lanvid / bare", ratio(lanvid.median, bare.median), MAX_RATIO);
report.atMost("glass to glass, 95th percentile, lanvid / bare", ratio(lanvid.p95, bare.p95), MAX_RATIO);
report.atMost("reported beside the strip, page, loopback", loopbackPageError, MAX_REPORT_ERROR_MS, " ms");
report.atMost("reported beside the strip, watch, loopback", loopback.error, MAX_REPORT_ERROR_MS, " ms");
report.atMost(`reported beside the strip, watch, ${LINK_RATE}`, link.watch.error, MAX_REPORT_ERROR_MS, " ms");
report.atMost(
  `reported beside the strip, page, ${LINK_RATE}`,
  distance(link.drawn.median, link.reportedMs),
  MAX_REPORT_ERROR_MS,
  " ms",
);
process.exit(report.finish({ rounds, loopback, link }));

async function bareRound(): Promise<PageSight> {
  await using server = new Child<{ event: "ready"; port: number }>("bare-pipeline.ts", []);
  const { port } = await server.line("ready");
  return await pageRound(`http://127.0.0.1:${port}/`);
}

async function lanvidRound(): Promise<PageSight> {
  await using server = await startServer([]);
  return await pageRound(`http://127.0.0.1:${server.http}/`);
}

async function pageRound(url: string, within: readonly string[] = []): Promise<PageSight> {
  await using browser = await BenchBrowser.launch(within);
  return await watchPage(await browser.open(url, STRIP_PROBE), FRAMES, WARM_UP_MS);
}

async function loopbackWatch() {
  await using server = await startServer([]);
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
  await using server = await startServer([], link.atServer);
  const watch = await watchFigures(`${link.serverAddress}:${server.port}`, link.atViewer);
  const sight = await pageRound(`http://${link.serverAddress}:${server.http}/`, link.atViewer);
  return {
    watch,
    drawn: spreadOf(sight.drawnMs),
    shown: spreadOf(sight.shownMs),
    reportedMs: median(sight.reportedMs),
  };
}

/** Each figure is the median of the rounds', so that one disturbed round does not decide. */
function summary(side: Side) {
  const own = rounds.filter((round) => round.side === side);
  return {
    frames: own.reduce((sum, { shown }) => sum + shown.count, 0),
    median: median(own.map(({ shown }) => shown.median)),
    p95: median(own.map(({ shown }) => shown.p95)),
    worst: median(own.map(({ shown }) => shown.worst)),
    composedMedian: median(own.map(({ composed }) => composed.median)),
    composedP95: median(own.map(({ composed }) => composed.p95)),
    reported: median(own.map(({ reportedMs }) => reportedMs)),
  };
}

function cells({ count, median: middle, p95, worst }: Spread) {
  return [count, middle, p95, worst] as const;
}
