/** One stream, up to 4,000 viewers, over TCP and WebSocket. See README.md. */

import { MIB } from "../src/units.ts";
import { residentMiB } from "../test/support/processes.ts";
import { Others, UsageSampler } from "../test/support/usage.ts";
import { runBenches } from "./runner/bench.ts";
import { Child } from "./runner/child.ts";
import { DELAYS, delays, type Spread } from "./runner/figures.ts";
import { byLength, isAsked, OPTIONS } from "./runner/options.ts";
import { atMost, OTHERS, type Scenario } from "./runner/scenario.ts";
import { steerLoopback } from "./support/loopback-steering.ts";

const MAX_KB_PER_VIEWER = 40;
const MEASURE_MS = byLength(6000, 3000);
const SETTLE_MS = 3000;
/** What --only=COUNT,COUNT names. */
const COUNTS = [1, 100, 1000, 2000, 4000].filter((count) => isAsked(String(count)));
/** With fewer, what the program takes for its own growth hides what a viewer costs. */
const ENOUGH_FOR_MEMORY = 1000;
/** Nothing may be dropped, Mbit/s and viewers: 8 and 2.4 Gbit/s. */
const PROMISED: readonly (readonly [number, number])[] = [
  [4, 2000],
  [0.6, 4000],
];
/** The server's core, and that of all viewers. */
const SERVER_CORE = 0;
const VIEWERS_CORE = 1;
/** As many descriptors as are allowed, on this core. */
const onCore = (core: number) => [
  ...["sh", "-c", 'ulimit -S -n "$(ulimit -H -n)" && exec "$@"', "sh"],
  ...["taskset", "-c", String(core)],
];

const LINKS = { tcp: "TCP", ws: "WebSocket" } as const;
type Link = keyof typeof LINKS;
type ServerLine = { readonly event: "ready" } & Record<Link, number>;
type LoadLine = {
  readonly event: "ready" | "figures";
  readonly delays: Spread;
  readonly gaps: number;
  readonly connected: number;
};

function scenario(link: Link, mbps: number, viewers: number): Scenario {
  const name = `${LINKS[link]}, ${mbps} Mbit/s, ${viewers} viewers`;
  const isPromised = PROMISED.some(([rate, count]) => rate === mbps && count === viewers);
  return {
    name,
    requires: isPromised
      ? [
          atMost(`${name}: frames dropped`, 0, "dropped"),
          atMost(`${name}: memory of each`, MAX_KB_PER_VIEWER, "kB per viewer", " kB"),
        ]
      : [],
    async measure(program) {
      await using server = new Child<ServerLine>("viewers-server.ts", [String(mbps * 1e6)], {
        within: onCore(SERVER_CORE),
        program,
      });
      const port = (await server.line("ready"))[link];
      await Bun.sleep(1000);
      const before = residentMiB(server.pid);
      await using load = new Child<LoadLine>("viewers-load.ts", [link, String(port), String(viewers)], {
        within: onCore(VIEWERS_CORE),
      });
      await load.line("ready", 60_000);
      await Bun.sleep(SETTLE_MS);
      load.say("restart");
      const [ofServer, ofLoad] = [new UsageSampler(server.pid), new UsageSampler(load.pid)];
      const others = new Others();
      await Bun.sleep(MEASURE_MS);
      const othersPercent = others.percent();
      const [serverCpu, loadCpu] = [ofServer.stop().cpuPercent, ofLoad.stop().cpuPercent];
      load.say("report");
      const figures = await load.line("figures");
      if (figures.connected !== viewers) {
        throw new Error(`only ${figures.connected} of ${viewers} viewers stayed connected`);
      }
      const grownKb = ((residentMiB(server.pid) - before) * MIB) / 1000;
      return {
        ...delays(figures.delays),
        "Gbit/s": (mbps * viewers) / 1000,
        "server CPU %": serverCpu,
        "kB per viewer": viewers < ENOUGH_FOR_MEMORY ? null : grownKb / viewers,
        dropped: figures.gaps,
        "viewers' CPU %": loadCpu,
        [OTHERS]: othersPercent,
      };
    },
  };
}

const isSteered = !OPTIONS.isUnsteered && steerLoopback(VIEWERS_CORE);
await runBenches({
  name: "viewers",
  columns: ["Gbit/s", "server CPU %", "kB per viewer", ...DELAYS, "dropped", "viewers' CPU %", OTHERS],
  rounds: byLength(3, 1),
  repeat: { above: 10, tries: byLength(3, 1), forSeconds: 1800 },
  maxSeconds: byLength(5400, 900),
  isComparable: true,
  groups: [
    (["tcp", "ws"] as const).flatMap((link) =>
      [0.6, 4].flatMap((mbps) => COUNTS.map((viewers) => scenario(link, mbps, viewers))),
    ),
  ],
  notes: [
    "1280×720 at 30, two key frames a second, as sizes: nothing is encoded. Medians of the rounds.",
    isSteered
      ? "The receiving half of TCP is done by the viewers' core, as on a network by their machines."
      : "The receiving half of TCP is done by the server's core as well, as on a network it is not.",
  ],
});
