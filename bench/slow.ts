/** How old is what a viewer sees that can take a quarter of the stream. See README.md. */

import { BenchBrowser } from "./support/browser.ts";
import { endAfter } from "./support/cleanup.ts";
import { type Spread, spreadOf } from "./support/figures.ts";
import { Report } from "./support/report.ts";
import { startServer } from "./support/server.ts";
import { ShapedLink } from "./support/shaped-link.ts";
import { runPacedSession, runPacedStream, runStreamOverLink, type SlowRun } from "./support/slow-viewers.ts";
import { missing, rateOf } from "./support/strip-pictures.ts";
import { STRIP_PROBE, watchPage } from "./support/strip-probe.ts";
import { runWatch } from "./support/watcher.ts";

const isQuick = process.argv.includes("--quick");
const DURATION_MS = isQuick ? 8000 : 30_000;
const MAX_DELAY_MS = 250;
/** Some 120 kB a frame, 3.6 MB/s. */
const PICTURE = ["--size", "1600x900", "--quality", "92", "--fps", "30", "--max-delay", String(MAX_DELAY_MS)];
const LINK_RATE = "8mbit";
const BYTES_PER_SECOND = 1_000_000;
/** Ethernet, IP and TCP headers: 1514 bytes carry 1448. */
const HEADERS = 1514 / 1448;

endAfter(600);
const report = new Report("slow", [
  "",
  "median ms",
  "95 % ms",
  "worst ms",
  "frames/s",
  "dropped",
  "kB/frame",
  "limit ms",
]);
const details: Record<string, unknown> = {};

{
  await using link = new ShapedLink(LINK_RATE);
  await using server = await startServer(PICTURE, link.atServer);
  const http = `http://${link.serverAddress}:${server.http}`;
  const watch = await runWatch(`${link.serverAddress}:${server.port}`, DURATION_MS, { within: link.atViewer });
  const limitMs = add(`watch, ${LINK_RATE} link`, watch, HEADERS);
  details["watch"] = { end: watch.end };
  require("watch", watch.sightings.map(({ ageMs }) => ageMs), limitMs);
  await page(http, link, watch.bytesPerFrame, limitMs);
  add(`/stream, ${LINK_RATE} link`, await runStreamOverLink(`${http}/stream`, DURATION_MS, link.atViewer), null);
}
{
  await using server = await startServer(PICTURE);
  const paced = await runPacedSession(server.port, BYTES_PER_SECOND, DURATION_MS);
  const limitMs = add("lanvid session read at 1 MB/s", paced, 1);
  require("session read at 1 MB/s", paced.sightings.map(({ ageMs }) => ageMs), limitMs);
  add("/stream read at 1 MB/s", await runPacedStream(server.http, BYTES_PER_SECOND, DURATION_MS), null);
}

report.note(
  "Age of each picture by its time strip, when its last byte was there (page: when it was drawn), from the first one on.",
);
report.note(
  "Limit: --max-delay plus the time that one frame takes on that link. /stream acknowledges nothing: reported only.\n",
);
process.exit(report.finish(details));

/** Adds a row. @returns the limit in ms, which is infinite when there is none */
function add(name: string, run: SlowRun, overhead: number | null): number {
  const ages = spreadOf(run.sightings.map(({ ageMs }) => ageMs));
  const limitMs = overhead === null ? null : MAX_DELAY_MS + (run.bytesPerFrame * overhead * 1000) / BYTES_PER_SECOND;
  const counters = run.sightings.map(({ counter }) => counter);
  row(name, ages, rateOf(run.sightings), missing(counters), run.bytesPerFrame, limitMs);
  details[name] = { ages, sightings: run.sightings };
  return limitMs ?? Number.POSITIVE_INFINITY;
}

async function page(http: string, link: ShapedLink, bytesPerFrame: number, limitMs: number): Promise<void> {
  await using browser = await BenchBrowser.launch(link.atViewer);
  const startedAt = performance.now();
  const sight = await watchPage(await browser.open(`${http}/`, STRIP_PROBE), (DURATION_MS / 1000) * 6, 0);
  const fps = (sight.drawnMs.length * 1000) / (performance.now() - startedAt);
  const name = `page, ${LINK_RATE} link`;
  row(name, spreadOf(sight.drawnMs), fps, missing(sight.counters), bytesPerFrame, limitMs);
  details[name] = { sight };
  require("page", sight.drawnMs, limitMs);
}

function row(
  name: string,
  ages: Spread,
  fps: number | null,
  dropped: number,
  bytes: number,
  limitMs: number | null,
): void {
  report.row(name, ages.median, ages.p95, ages.worst, fps, dropped, bytes / 1000, limitMs);
}

function require(name: string, ages: readonly number[], limitMs: number): void {
  report.atMost(`${name}: the oldest picture`, spreadOf(ages).worst, limitMs, " ms");
}
