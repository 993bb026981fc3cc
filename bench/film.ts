/** Ten minutes of the page's Media Source mode, then a minute in a hidden tab. See README.md. */

import { percentile, round } from "../src/units.ts";
import { type Tab, TabbedChromium } from "../test/support/tabs.ts";
import { endAfter } from "./support/cleanup.ts";
import { lineThrough, median } from "./support/figures.ts";
import { Others } from "./support/our-share.ts";
import { HD, MAX_DELAY_MS, pageUrl, serveArguments } from "./support/page-modes.ts";
import { Report } from "./support/report.ts";
import { StripScreen } from "./support/screen-strip.ts";
import { startServer } from "./support/server.ts";
import { type PageSight, STRIP_PROBE } from "./support/strip-probe.ts";

/** What is required: README.md. */
const MAX_SLOPE_MS = 1;
/** In less, the display's rhythm moves it more than what is looked for. */
const ENOUGH_MINUTES = 5;
const MAX_WAITS = 1;
const MAX_BUFFERED_SECONDS = 10;
const MAX_RETURN_MS = 500;

const isQuick = process.argv.includes("--quick");
const MINUTES = Number(argumentOf("--minutes") ?? (isQuick ? 1 : 10));
const HIDDEN_MS = isQuick ? 10_000 : 60_000;
/**
 * Not 30: at half of the display's rate, each picture waits for the display as long as the one before, and that wait
 * drifts with the two clocks, by up to 17 ms in some minutes. So it goes through all of its values each second.
 */
const FRAMES_PER_SECOND = 29;
/** The player finds its place. */
const WARM_UP_MS = 20_000;
const SPAN_MS = 10_000;
const AFTER_MS = 4000;

interface Span {
  /** The middle of it, minutes since the first began. */
  readonly minute: number;
  readonly frames: number;
  readonly medianMs: number | null;
  readonly p95Ms: number | null;
  readonly reportedMs: number | null;
  /** How much the browser held at its end, s and stretches. */
  readonly bufferedSeconds: number;
  readonly ranges: number;
}

endAfter(MINUTES * 60 + HIDDEN_MS / 1000 + 120);
const report = new Report("film", ["", "frames", "median ms", "95 % ms", "reported ms", "buffered s", "stretches"]);
await using screen = await StripScreen.open({ width: 1400, height: 1000 });
await using server = await startServer([...serveArguments("mse", HD), "--fps", String(FRAMES_PER_SECOND)]);
await using browser = await TabbedChromium.launch(screen.name);
const tab = await browser.open(pageUrl(`127.0.0.1:${server.http}`, "mse"));
await tab.becomesTrue("document.documentElement.dataset.state === 'live'", 20_000);
await tab.evaluate(STRIP_PROBE);
await Bun.sleep(WARM_UP_MS);
const waitsBefore = await waits(tab);
await restart(tab);

const spans: Span[] = [];
const others = new Others();
const startedAt = performance.now();
for (let index = 0; index < (MINUTES * 60_000) / SPAN_MS; index++) {
  await Bun.sleep(Math.max(0, startedAt + (index + 1) * SPAN_MS - performance.now()));
  spans.push(await readSpan(tab, ((index + 0.5) * SPAN_MS) / 60_000));
  if ((index + 1) % 6 === 0) {
    const minute = spans.slice(-6);
    const middle = median(minute.map(({ medianMs }) => medianMs));
    report.row(
      `minute ${(index + 1) / 6}`,
      minute.reduce((sum, { frames }) => sum + frames, 0),
      middle,
      median(minute.map(({ p95Ms }) => p95Ms)),
      median(minute.map(({ reportedMs }) => reportedMs)),
      Math.max(...minute.map(({ bufferedSeconds }) => bufferedSeconds)),
      Math.max(...minute.map(({ ranges }) => ranges)),
    );
    console.log(`minute ${(index + 1) / 6} of ${MINUTES}: ${middle?.toFixed(1)} ms`);
  }
}
const othersPercent = others.percent();
const waited = (await waits(tab)) - waitsBefore;
const line = lineThrough(spans.flatMap(({ minute, medianMs }) => (medianMs === null ? [] : [[minute, medianMs]])));
const buffered = Math.max(...spans.map(({ bufferedSeconds }) => bufferedSeconds));
const back = await hideAndShow();

report.note(
  `Delay by the strip, ${MINUTES} minutes; slope ${round(line.slope, 3)} ± ${round(line.error, 3)} ms per minute (standard error, of ${spans.length} medians of ${SPAN_MS / 1000} s).`,
);
report.note(
  `The player waited ${waited} times, and ${waitsBefore} times in the ${WARM_UP_MS / 1000} s before; other programs took ${round(othersPercent, 0)} % of a core meanwhile.`,
);
report.note(
  `Hidden for ${HIDDEN_MS / 1000} s, then shown: the first one of at most ${MAX_DELAY_MS} ms after ${back.firstMs === null ? "?" : round(back.firstMs, 0)} ms; of ${back.agesMs.length} pictures, the first ones were ${back.agesMs
    .slice(0, 5)
    .map((age) => round(age, 0))
    .join(", ")} ms old.\n`,
);
if (MINUTES >= ENOUGH_MINUTES) {
  report.atMost("delay: slope, either way, per minute", Math.abs(line.slope), MAX_SLOPE_MS, " ms");
}
report.atMost("halts of the player (waiting)", waited, MAX_WAITS);
report.atMost("buffered, at most", buffered, MAX_BUFFERED_SECONDS, " s");
report.atMost("shown again: first live picture", back.firstMs, MAX_RETURN_MS, " ms");
report.atMost("shown again: oldest picture from then on", percentile(back.liveAgesMs, 1), MAX_DELAY_MS, " ms");
const code = report.finish({ spans, line, waited, waitsBefore, othersPercent, back });
await browser[Symbol.asyncDispose]();
await server[Symbol.asyncDispose]();
await screen[Symbol.asyncDispose]();
process.exit(code);

async function readSpan(page: Tab, minute: number): Promise<Span> {
  const sight = await page.evaluate<PageSight>("lanvidBench.take()");
  await restart(page);
  const buffered = await page.evaluate<{ readonly seconds: number; readonly ranges: number }>(`(() => {
    const { buffered } = document.querySelector("#film");
    const ranges = buffered.length;
    return { ranges, seconds: ranges > 0 ? buffered.end(ranges - 1) - buffered.start(0) : 0 };
  })()`);
  return {
    minute,
    frames: sight.shownMs.length,
    medianMs: median(sight.shownMs),
    p95Ms: percentile(sight.shownMs, 0.95),
    reportedMs: median(sight.reportedMs),
    bufferedSeconds: buffered.seconds,
    ranges: buffered.ranges,
  };
}

/** Puts another tab in front for a while. @returns what the page shows when it is seen again */
async function hideAndShow() {
  await tab.evaluate(`addEventListener("visibilitychange", () => {
    if (!document.hidden) {
      globalThis.seenAgainAt = performance.timeOrigin + performance.now();
      lanvidBench.restart();
    }
  }, true)`);
  await browser.open("about:blank");
  await tab.becomesTrue("document.hidden");
  await Bun.sleep(HIDDEN_MS);
  await tab.bringToFront();
  await tab.becomesTrue("!document.hidden");
  await Bun.sleep(AFTER_MS);
  const { shownMs, drawnAt } = await tab.evaluate<PageSight>("lanvidBench.take()");
  const seenAgainAt = await tab.evaluate<number>("seenAgainAt");
  // A film shows where it stopped until it has jumped.
  const firstLive = shownMs.findIndex((age) => age <= MAX_DELAY_MS);
  const liveAt = drawnAt[firstLive];
  return {
    firstMs: liveAt === undefined ? null : Math.max(0, liveAt - seenAgainAt),
    agesMs: shownMs,
    liveAgesMs: firstLive < 0 ? [] : shownMs.slice(firstLive),
  };
}

async function waits(page: Tab): Promise<number> {
  return Number(await page.evaluate<string>("document.documentElement.dataset.waiting"));
}

async function restart(page: Tab): Promise<void> {
  await page.evaluate("lanvidBench.restart()");
}

function argumentOf(option: string): string | undefined {
  const at = process.argv.indexOf(option);
  return at < 0 ? undefined : process.argv[at + 1];
}
