/** From opening the page to its first picture, beside bare pages; and from starting `watch` to its first. See README.md. */

import type { Page } from "playwright-core";
import { Lanvid } from "../test/support/lanvid.ts";
import { stripAgeMs } from "../test/support/picture.ts";
import { waitFor } from "../test/support/wait.ts";
import { BenchBrowser } from "./support/browser.ts";
import { BOUND } from "./support/child.ts";
import { endAfter } from "./support/cleanup.ts";
import { ratio, type Spread, spreadOf } from "./support/figures.ts";
import { HD, PAGE_MODES, type PageMode } from "./support/page-modes.ts";
import { type Side, startSide } from "./support/page-round.ts";
import { Report } from "./support/report.ts";
import { StripScreen } from "./support/screen-strip.ts";
import { startServer } from "./support/server.ts";
import { STRIP_PROBE } from "./support/strip-probe.ts";

/** What is required: README.md. */
const MAX_RATIO = 1.5;

const isQuick = process.argv.includes("--quick");
const OPENINGS = isQuick ? 6 : 24;
const STARTS = isQuick ? 2 : 8;
const CODECS = ["h264", "mjpeg"] as const;
/** A picture of 1280×720 is shown pixel by pixel. */
const SCREEN = { width: 2304, height: 1440 };

endAfter(900);
const report = new Report("first-picture", ["", "runs", "median ms", "95 % ms", "worst ms"]);
const pages: { readonly mode: PageMode; readonly side: Side; readonly firstMs: readonly number[] }[] = [];
for (const mode of PAGE_MODES) {
  const { bare, lanvid } = await openings(mode);
  pages.push({ mode, side: "bare", firstMs: bare }, { mode, side: "lanvid", firstMs: lanvid });
  row(`page, ${mode}, bare`, spreadOf(bare));
  row(`page, ${mode}, lanvid`, spreadOf(lanvid));
  report.atMost(
    `${mode}: first picture, median, lanvid / bare`,
    ratio(spreadOf(lanvid).median, spreadOf(bare).median),
    MAX_RATIO,
  );
  console.log(`${mode}: ${spreadOf(bare).median?.toFixed(0)} and ${spreadOf(lanvid).median?.toFixed(0)} ms`);
}
const watches: { readonly name: string; readonly firstMs: readonly number[] }[] = [];
for (const codec of CODECS) {
  await using server = await startServer(["--codec", codec, "--always-on"]);
  const address = `127.0.0.1:${server.port}`;
  const none: number[] = [];
  const window: number[] = [];
  for (let index = 0; index < STARTS; index++) {
    none.push(await watchWithoutView(address));
    window.push(await watchInWindow(address));
  }
  for (const [view, firstMs] of [
    ["none", none],
    ["window", window],
  ] as const) {
    watches.push({ name: `watch --view ${view}, ${codec}`, firstMs });
    row(`watch --view ${view}, ${codec}`, spreadOf(firstMs));
  }
}
report.note("The stream (1280×720 at 30) runs already, for another viewer. Page: from the navigation on, in a browser");
report.note(
  "that has had it open before, until a picture of at most 250 ms is drawn or presented. watch: from its start, by Bun from",
);
report.note(
  "the sources; none: until it has ended after one frame; window: until the strip is on the screen. Reported only.\n",
);
process.exit(report.finish({ pages, watches }));

/** Opens both pages in turns in one browser. */
async function openings(mode: PageMode): Promise<Record<Side, number[]>> {
  await using bareServer = await startSide("bare", mode, HD);
  await using lanvidServer = await startSide("lanvid", mode, HD, ["--always-on"]);
  await using browser = await BenchBrowser.launch();
  const urls: Record<Side, string> = { bare: bareServer.url, lanvid: lanvidServer.url };
  const page = await browser.open("about:blank", STRIP_PROBE);
  const found: Record<Side, number[]> = { bare: [], lanvid: [] };
  for (let index = -1; index < OPENINGS; index++) {
    for (const side of index % 2 === 0 ? (["bare", "lanvid"] as const) : (["lanvid", "bare"] as const)) {
      const firstMs = await openOnce(page, urls[side]);
      if (index >= 0) {
        found[side].push(firstMs);
      }
    }
  }
  return found;
}

async function openOnce(page: Page, url: string): Promise<number> {
  await page.goto("about:blank");
  await page.goto(url);
  const deadline = performance.now() + 20_000;
  for (;;) {
    const firstMs = await page.evaluate<number | null>("lanvidBench.take().firstMs");
    if (firstMs !== null) {
      return firstMs;
    }
    if (performance.now() > deadline) {
      throw new Error(`no picture at ${url}`);
    }
    await Bun.sleep(50);
  }
}

async function watchWithoutView(address: string): Promise<number> {
  const startedAt = performance.now();
  await using watch = new Lanvid(["watch", address, "--view", "none", "--frames", "1"], { within: BOUND });
  await watch.event("end");
  return performance.now() - startedAt;
}

async function watchInWindow(address: string): Promise<number> {
  await using screen = await StripScreen.open(SCREEN);
  const startedAt = performance.now();
  await using _watch = new Lanvid(["watch", address, "--view", "window"], {
    within: BOUND,
    env: { DISPLAY: screen.name },
  });
  const deadline = startedAt + 20_000;
  for (;;) {
    const strip = await screen.read();
    if (strip !== null && Math.abs(stripAgeMs(strip)) < 60_000) {
      return performance.now() - startedAt;
    }
    await waitFor("a picture in the window", () => performance.now() < deadline, 0);
    await Bun.sleep(1);
  }
}

function row(name: string, { count, median, p95, worst }: Spread): void {
  report.row(name, count, median, p95, worst);
}
