/** From opening the page to its first picture, beside bare pages; and from starting `watch` to its first. See README.md. */

import { launchChromium } from "../test/support/chromium.ts";
import { Lanvid, type Program } from "../test/support/lanvid.ts";
import { ScreenStrip, type Sighting } from "../test/support/screen-strip.ts";
import { waitFor } from "../test/support/wait.ts";
import { startXvfb } from "../test/support/xvfb.ts";
import { runBenches } from "./runner/bench.ts";
import { BOUND } from "./runner/child.ts";
import { DELAYS, delays, spreadOf } from "./runner/figures.ts";
import { byLength } from "./runner/options.ts";
import { atMostTimes, type Scenario } from "./runner/scenario.ts";
import { HD, PAGE_MODES, type PageMode, SCREEN } from "./support/page-modes.ts";
import { openProbed, type Side, startSide } from "./support/page-round.ts";
import { startServer } from "./support/server.ts";

const MAX_TIMES_BARE = 1.5;
/** One more round is not counted: the browser has had the page open before. */
const OPENINGS = byLength(8, 3);
const STARTS = byLength(3, 1);
const FIRST_MS = 20_000;

/** Each round opens the page some times in one browser: the delay of each opening is a sample. */
function opening(mode: PageMode, side: Side): Scenario {
  return {
    name: `page, ${mode}, ${side}`,
    isRival: side === "bare",
    requires:
      side === "bare"
        ? []
        : [atMostTimes(`${mode}: first picture, lanvid / bare`, MAX_TIMES_BARE, "median ms", `page, ${mode}, bare`)],
    async measure(program) {
      await using server = await startSide(side, mode, HD, ["--always-on"], program);
      const browser = await launchChromium();
      await using _closing = { [Symbol.asyncDispose]: () => browser.close() };
      const page = await openProbed(browser, "about:blank");
      const found: number[] = [];
      for (let index = 0; index <= OPENINGS; index++) {
        await page.goto("about:blank");
        await page.goto(server.url);
        const firstMs = async () => {
          await Bun.sleep(50);
          return await page.evaluate<number | null>("lanvidBench.take().firstMs");
        };
        found.push(await waitFor(`a picture at ${server.url}`, firstMs, FIRST_MS));
      }
      return delays(spreadOf(found.slice(1)));
    },
  };
}

function starting(view: "none" | "window", codec: "h264" | "mjpeg"): Scenario {
  return {
    name: `watch --view ${view}, ${codec}`,
    async measure(program) {
      await using server = await startServer(["--codec", codec, "--always-on"], { program });
      const found: number[] = [];
      while (found.length < STARTS) {
        found.push(await start(view, server.port, program));
      }
      return delays(spreadOf(found));
    },
  };
}

/** The check bits of a strip are eight: what else is shown before a picture may have them, but not such a time. */
function isNear({ ageMs }: Sighting): boolean {
  return Math.abs(ageMs) < 60_000;
}

/** @returns how long it took until it ended after one frame, or until the strip was on the screen, ms */
async function start(view: "none" | "window", port: number, program: Program): Promise<number> {
  await using xvfb = await startXvfb(SCREEN);
  await using screen = await ScreenStrip.open(xvfb.name);
  const startedAt = performance.now();
  const more = view === "none" ? ["--frames", "1"] : [];
  await using watch = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", view, ...more], {
    ...program,
    within: BOUND,
    env: { DISPLAY: xvfb.name },
  });
  await (view === "none"
    ? watch.event("end")
    : waitFor("a picture in the window", () => screen.sightings.some(isNear), FIRST_MS));
  return performance.now() - startedAt;
}

await runBenches({
  name: "first-picture",
  columns: ["frames", ...DELAYS],
  sums: ["frames"],
  rounds: byLength(3, 2),
  maxSeconds: 900,
  groups: [
    ...PAGE_MODES.map((mode) => [opening(mode, "bare"), opening(mode, "lanvid")]),
    ...(["h264", "mjpeg"] as const).map((codec) => [starting("none", codec), starting("window", codec)]),
  ],
  notes: [
    "The stream (1280×720 at 30) runs already. Page: from the navigation on, in a browser that has had it open before, until a",
    "picture of at most 250 ms is drawn or presented. watch: from its start, by Bun from the sources, until it has ended after",
    "one frame (none), or until the strip is on the screen (window). Reported only.",
  ],
});
