import type { Browser, Page } from "playwright-core";
import type { Size } from "../../src/units.ts";
import { launchChromium } from "../../test/support/chromium.ts";
import type { Program } from "../../test/support/lanvid.ts";
import { Others } from "../../test/support/usage.ts";
import { Child } from "../runner/child.ts";
import { median, type Spread, spreadOf } from "../runner/figures.ts";
import { type PageMode, pageUrl, serveArguments } from "./page-modes.ts";
import { startServer } from "./server.ts";
import { STRIP_PROBE, watchPage } from "./strip-probe.ts";

export type Side = "lanvid" | "bare";

/** What a page showed for a while. */
export interface PageRound {
  readonly shown: Spread;
  readonly drawn: Spread;
  readonly composed: Spread;
  /** Median of what lanvid's page said of its delay. */
  readonly reportedMs: number | null;
  /** Pictures that the source drew meanwhile. */
  readonly offered: number;
  /** CPU that everything else on the machine took meanwhile, percent of a core. */
  readonly othersPercent: number;
}

export interface RoundLength {
  readonly warmUpMs: number;
  readonly frames: number;
}

/** A server's address, for as long as it runs. */
export interface PageServer extends AsyncDisposable {
  readonly url: string;
}

/** Starts the bare pipeline, or lanvid, with the page that shows it in this way. @param more arguments for lanvid */
export async function startSide(
  side: Side,
  mode: PageMode,
  size: Size,
  more: readonly string[] = [],
  program: Program = {},
): Promise<PageServer> {
  if (side === "lanvid") {
    const server = await startServer([...serveArguments(mode, size), ...more], { program });
    const url = pageUrl(`127.0.0.1:${server.http}`, mode);
    return { url, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  }
  const bare = new Child<{ event: "ready"; port: number }>("bare-pipeline.ts", [mode, String(size.height)]);
  try {
    const { port } = await bare.line("ready");
    return { url: `http://127.0.0.1:${port}/`, [Symbol.asyncDispose]: () => bare[Symbol.asyncDispose]() };
  } catch (error) {
    await bare[Symbol.asyncDispose]();
    throw error;
  }
}

/** A page of its own context, 1280×720, with the probe run before its own script. */
export async function openProbed(browser: Browser, url: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
  const page = await context.newPage();
  await page.addInitScript(STRIP_PROBE);
  await page.goto(url);
  return page;
}

/** A Chromium to which this page's origin is as good as https: WebCodecs need that. @param within words before it */
export function chromiumFor(url: string, within: readonly string[] = []): Promise<Browser> {
  return launchChromium([`--unsafely-treat-insecure-origin-as-secure=${new URL(url).origin}`], within);
}

/** Watches a page in a Chromium of its own. @throws Error when lanvid's page shows it in another way */
export async function pageRound(
  url: string,
  mode: PageMode,
  { warmUpMs, frames }: RoundLength,
  within: readonly string[] = [],
): Promise<PageRound> {
  const browser = await chromiumFor(url, within);
  await using _closing = { [Symbol.asyncDispose]: () => browser.close() };
  const page = await openProbed(browser, url);
  await Bun.sleep(warmUpMs);
  await page.evaluate("lanvidBench.restart()");
  const others = new Others();
  const sight = await watchPage(page, frames);
  const othersPercent = others.percent();
  const used = await page.getAttribute("html", "data-mode");
  if (used !== null && used !== mode) {
    throw new Error(`lanvid's page shows it by ${used}, not by ${mode}`);
  }
  return {
    shown: spreadOf(sight.shownMs),
    drawn: spreadOf(sight.drawnMs),
    composed: spreadOf(sight.composedMs),
    reportedMs: median(sight.reportedMs),
    offered: (sight.counters.at(-1) ?? 0) - (sight.counters[0] ?? 0) + 1,
    othersPercent,
  };
}
