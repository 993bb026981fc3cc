/** Glass to glass by each way of the page, beside bare pipelines; and the delay that lanvid reports. See README.md. */

import type { Size } from "../src/units.ts";
import type { Program } from "../test/support/lanvid.ts";
import { SlowLink } from "../test/support/slow-link.ts";
import { runBenches } from "./runner/bench.ts";
import { DELAYS, delays, distance } from "./runner/figures.ts";
import { byLength } from "./runner/options.ts";
import { atMost, atMostTimes, type Figures, OTHERS, type Scenario } from "./runner/scenario.ts";
import { FULL_HD, HD, PAGE_MODES, type PageMode, pageUrl, serveArguments } from "./support/page-modes.ts";
import { type PageRound, pageRound, type Side, startSide } from "./support/page-round.ts";
import { startServer } from "./support/server.ts";
import { runWatch } from "./support/watcher.ts";

const MAX_TIMES_BARE = 1.3;
const MAX_REPORT_ERROR_MS = 20;

const LENGTH = byLength({ warmUpMs: 3000, frames: 120 }, { warmUpMs: 2000, frames: 60 });
/**
 * A film keeps to the display's rhythm: how long pictures wait for that, up to 17 ms, is the same for all of a round at
 * half of the display's rate, and another with each start. So there are more rounds, and shorter ones; and of their figures,
 * which lie around two values, the mean counts: a median would pick one by chance.
 */
const FILM = { rounds: byLength(9, 2), middle: "mean" } as const;
const FILM_LENGTH = { warmUpMs: 2500, frames: 60 };
const WATCH_MS = byLength(10_000, 4000);
const LINK = "10mbit";

function figuresOf({ shown, drawn, composed, reportedMs, offered, othersPercent }: PageRound): Figures {
  return {
    ...delays(shown),
    "drawn ms": drawn.median,
    "reported ms": reportedMs,
    "of offered": shown.count / offered,
    [OTHERS]: othersPercent,
    "composed ms": composed.median,
    "error ms": distance(drawn.median, reportedMs),
  };
}

/** The delay that lanvid reports is near the strip's. */
function isTold(where: string) {
  return atMost(`reported beside the strip: ${where}`, MAX_REPORT_ERROR_MS, "error ms", " ms");
}

function pages(mode: PageMode, size: Size): Scenario[] {
  const name = `${size.height}p30 ${mode}`;
  const [bare, lanvid] = [`${name}, bare`, `${name}, lanvid`];
  const rhythm = mode === "mse" ? FILM : {};
  const measure = (side: Side) => async (program: Program) => {
    await using server = await startSide(side, mode, size, [], program);
    return figuresOf(await pageRound(server.url, mode, mode === "mse" ? FILM_LENGTH : LENGTH));
  };
  return [
    { name: bare, ...rhythm, isRival: true, measure: measure("bare") },
    {
      name: lanvid,
      ...rhythm,
      measure: measure("lanvid"),
      requires: [
        atMostTimes(`${name}: median, lanvid / bare`, MAX_TIMES_BARE, "median ms", bare),
        atMostTimes(`${name}: 95th percentile, lanvid / bare`, MAX_TIMES_BARE, "95 % ms", bare),
        isTold(`${name}, page, loopback`),
      ],
    },
  ];
}

function pageOverLink(mode: PageMode): Scenario {
  return {
    name: `720p30 ${mode}, ${LINK} link`,
    rounds: 1,
    requires: [isTold(`720p30 ${mode}, page, ${LINK}`)],
    async measure(program) {
      await using link = await SlowLink.create(LINK);
      await using server = await startServer(serveArguments(mode, HD), { within: link.server.within, program });
      const url = pageUrl(`${SlowLink.serverAddress}:${server.http}`, mode);
      return figuresOf(await pageRound(url, mode, LENGTH, link.viewer.within));
    },
  };
}

const WATCHES: readonly Scenario[] = [
  {
    name: "watch, loopback",
    rounds: 1,
    requires: [isTold("watch, loopback")],
    async measure(program) {
      await using server = await startServer(serveArguments("jpeg", HD), { program });
      return await runWatch(`127.0.0.1:${server.port}`, WATCH_MS, { program });
    },
  },
  {
    name: `watch, ${LINK} link`,
    rounds: 1,
    requires: [isTold(`watch, ${LINK}`)],
    async measure(program) {
      await using link = await SlowLink.create(LINK);
      await using server = await startServer(serveArguments("jpeg", HD), { within: link.server.within, program });
      return await runWatch(`${SlowLink.serverAddress}:${server.port}`, WATCH_MS, {
        within: link.viewer.within,
        program,
      });
    },
  },
];

await runBenches({
  name: "latency",
  columns: ["frames", ...DELAYS, "drawn ms", "reported ms", "of offered", OTHERS],
  sums: ["frames"],
  rounds: byLength(3, 1),
  repeat: { above: 15, tries: byLength(2, 1), forSeconds: 90 },
  maxSeconds: 900,
  isComparable: true,
  groups: [
    ...[HD, FULL_HD].flatMap((size) => PAGE_MODES.map((mode) => pages(mode, size))),
    WATCHES.slice(0, 1),
    WATCHES.slice(1),
    ...PAGE_MODES.map((mode) => [pageOverLink(mode)]),
  ],
  notes: [
    "Delay by the time strip, from drawing the pattern until its pixels are read back; each figure: median of the rounds', of films (mse) their mean.",
    "drawn: until it was drawn or presented, which is what the page's data-delay-ms (reported) says.",
  ],
});
