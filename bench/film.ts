/** Ten minutes of the page's Media Source mode, then a minute in a hidden tab. See README.md. */

import { percentile } from "../src/units.ts";
import { slopeOf } from "../test/soak/slope.ts";
import { type Tab, TabbedChromium } from "../test/support/tabs.ts";
import { Others } from "../test/support/usage.ts";
import { startXvfb } from "../test/support/xvfb.ts";
import { endAfter } from "./runner/bench.ts";
import { median } from "./runner/figures.ts";
import { byLength, OPTIONS } from "./runner/options.ts";
import { Report } from "./runner/report.ts";
import { judged } from "./runner/scenario.ts";
import { HD, MAX_DELAY_MS, pageUrl, serveArguments } from "./support/page-modes.ts";
import { startServer } from "./support/server.ts";
import { type PageSight, STRIP_PROBE } from "./support/strip-probe.ts";

const MAX_SLOPE_MS = 1;
/** In less, the display's rhythm moves the slope more than what is looked for. */
const ENOUGH_MINUTES = 5;
const MAX_WAITS = 1;
const MAX_BUFFERED_SECONDS = 10;
const MAX_RETURN_MS = 500;

const MINUTES = OPTIONS.minutes ?? byLength(10, 1);
const HIDDEN_MS = byLength(60_000, 10_000);
/**
 * Not 30: at half of the display's rate, each picture waits for the display as long as the one before, and that wait
 * drifts with the two clocks, by up to 17 ms in some minutes. So it goes through all of its values each second.
 */
const FRAMES_PER_SECOND = 29;
/** The player finds its place. */
const WARM_UP_MS = 20_000;
const SPAN_MS = 10_000;
const SPANS_PER_MINUTE = 60_000 / SPAN_MS;
const AFTER_MS = 4000;

/** What the page showed in a span, and how much the browser held at its end, s and stretches. */
async function readSpan(tab: Tab, minute: number) {
  const sight = await tab.evaluate<PageSight>("lanvidBench.take()");
  await tab.evaluate("lanvidBench.restart()");
  const buffered = await tab.evaluate<{ readonly seconds: number; readonly ranges: number }>(`(() => {
    const { buffered } = document.querySelector("#film");
    const ranges = buffered.length;
    return { ranges, seconds: ranges > 0 ? buffered.end(ranges - 1) - buffered.start(0) : 0 };
  })()`);
  const [medianMs, p95Ms] = [median(sight.shownMs), percentile(sight.shownMs, 0.95)];
  return { minute, frames: sight.shownMs.length, medianMs, p95Ms, reportedMs: median(sight.reportedMs), ...buffered };
}

/** Puts another tab in front for a while. @returns what the page shows when it is seen again */
async function hideAndShow(browser: TabbedChromium, tab: Tab) {
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
    oldestMs: firstLive < 0 ? null : percentile(shownMs.slice(firstLive), 1),
  };
}

async function film(report: Report): Promise<void> {
  await using screen = await startXvfb({ width: 1400, height: 1000 });
  await using server = await startServer([...serveArguments("mse", HD), "--fps", String(FRAMES_PER_SECOND)]);
  await using browser = await TabbedChromium.launch(screen.name);
  const tab = await browser.open(pageUrl(`127.0.0.1:${server.http}`, "mse"));
  const waits = async () => Number(await tab.evaluate<string>("document.documentElement.dataset.waiting"));
  await tab.becomesTrue("document.documentElement.dataset.state === 'live'", 20_000);
  await tab.evaluate(STRIP_PROBE);
  await Bun.sleep(WARM_UP_MS);
  const waitsBefore = await waits();
  await tab.evaluate("lanvidBench.restart()");

  const spans: Awaited<ReturnType<typeof readSpan>>[] = [];
  const others = new Others();
  const startedAt = performance.now();
  while (spans.length < MINUTES * SPANS_PER_MINUTE) {
    await Bun.sleep(Math.max(0, startedAt + (spans.length + 1) * SPAN_MS - performance.now()));
    spans.push(await readSpan(tab, (spans.length + 0.5) / SPANS_PER_MINUTE));
    if (spans.length % SPANS_PER_MINUTE === 0) {
      const minute = spans.slice(-SPANS_PER_MINUTE);
      const of = (key: keyof (typeof minute)[number]) => minute.map((span) => Number(span[key]));
      const frames = of("frames").reduce((sum, count) => sum + count, 0);
      const middles = [median(of("medianMs")), median(of("p95Ms")), median(of("reportedMs"))];
      report.row(
        `minute ${spans.length / SPANS_PER_MINUTE}`,
        ...[frames, ...middles, Math.max(...of("seconds")), Math.max(...of("ranges"))],
      );
      console.log(`minute ${spans.length / SPANS_PER_MINUTE} of ${MINUTES}: ${middles[0]?.toFixed(1)} ms`);
    }
  }
  const othersPercent = others.percent();
  const waited = (await waits()) - waitsBefore;
  const known = spans.flatMap(({ minute, medianMs }) => (medianMs === null ? [] : [{ at: minute, value: medianMs }]));
  // Of readings by the minute, not by the second.
  const { perHour, errorPerHour } = slopeOf(known);
  const [slope, error] = [perHour / 3600, errorPerHour / 3600];
  const back = await hideAndShow(browser, tab);

  const [said, before] = [`${slope.toFixed(3)} ± ${error.toFixed(3)} ms per minute`, WARM_UP_MS / 1000];
  report.note(`Delay by the strip, ${MINUTES} minutes; slope ${said} (standard error, of 20 means at most).`);
  report.note(
    `The player waited ${waited} times, and ${waitsBefore} times in the ${before} s before; other programs took`,
  );
  report.note(
    `${othersPercent.toFixed(0)} % of a core meanwhile. Hidden for ${HIDDEN_MS / 1000} s, then shown: the first`,
  );
  const first = back.agesMs.slice(0, 5).map((age) => age.toFixed(0));
  report.note(
    `one of at most ${MAX_DELAY_MS} ms after ${back.firstMs?.toFixed(0) ?? "?"} ms; the first: ${first.join(", ")} ms.\n`,
  );
  if (MINUTES >= ENOUGH_MINUTES) {
    report.require("delay: slope, either way, per minute", judged(Math.abs(slope), MAX_SLOPE_MS, " ms"));
  }
  report.require("halts of the player (waiting)", judged(waited, MAX_WAITS));
  const buffered = Math.max(...spans.map(({ seconds }) => seconds));
  report.require("buffered, at most", judged(buffered, MAX_BUFFERED_SECONDS, " s"));
  report.require("shown again: first live picture", judged(back.firstMs, MAX_RETURN_MS, " ms"));
  report.require("shown again: oldest picture from then on", judged(back.oldestMs, MAX_DELAY_MS, " ms"));
  Object.assign(report.result.details, { spans, slope, error, waited, waitsBefore, othersPercent, back });
}

endAfter(MINUTES * 60 + HIDDEN_MS / 1000 + 120);
const report = new Report("film", ["", "frames", "median ms", "95 % ms", "reported ms", "buffered s", "stretches"]);
await film(report);
process.exit(report.finish());
