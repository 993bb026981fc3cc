import type { Size } from "../../src/units.ts";
import { BenchBrowser } from "./browser.ts";
import { Child } from "./child.ts";
import { median, type Spread, spreadOf } from "./figures.ts";
import { Others } from "./our-share.ts";
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
  readonly dropped: number;
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
): Promise<PageServer> {
  if (side === "lanvid") {
    const server = await startServer([...serveArguments(mode, size), ...more]);
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

/** Watches a page in a Chromium of its own. @throws Error when lanvid's page shows it in another way */
export async function pageRound(
  url: string,
  mode: PageMode,
  { warmUpMs, frames }: RoundLength,
  within: readonly string[] = [],
): Promise<PageRound> {
  await using browser = await BenchBrowser.launch(within, new URL(url).origin);
  const page = await browser.open(url, STRIP_PROBE);
  await Bun.sleep(warmUpMs);
  await page.evaluate("lanvidBench.restart()");
  const others = new Others();
  const sight = await watchPage(page, frames, 0);
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
    dropped: sight.dropped,
    offered: (sight.counters.at(-1) ?? 0) - (sight.counters[0] ?? 0) + 1,
    othersPercent,
  };
}
