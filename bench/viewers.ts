/** One stream, up to 4,000 viewers, over TCP and WebSocket. See README.md. */

import { readFileSync } from "node:fs";
import { Child } from "./support/child.ts";
import { endAfter } from "./support/cleanup.ts";
import { median, type Spread } from "./support/figures.ts";
import { steerLoopback } from "./support/loopback-steering.ts";
import { Report } from "./support/report.ts";
import { Disturbance, UsageSampler } from "./support/usage.ts";

const MAX_KB_PER_VIEWER = 40;
const isQuick = process.argv.includes("--quick");
const ROUNDS = isQuick ? 1 : 3;
const MEASURE_MS = isQuick ? 3000 : 6000;
const SETTLE_MS = 3000;
/** A round beside which others take more of a core is measured again, so often at most; the quietest one counts. */
const MAX_OTHERS_PERCENT = 10;
const TRIES = isQuick ? 1 : 3;
const COUNTS = [1, 100, 1000, 2000, 4000];
/** With fewer, what the program takes for its own growth hides what a viewer costs. */
const ENOUGH_FOR_MEMORY = 1000;
/** The server's core, and that of all viewers. */
const SERVER_CORE = 0;
const VIEWERS_CORE = 1;
/** As many descriptors as are allowed. */
const UNLIMITED = ["sh", "-c", 'ulimit -S -n "$(ulimit -H -n)" && exec "$@"', "sh"];

type Link = "tcp" | "ws";
type ServerLine = ({ event: "ready" } & Record<Link, number>) | { event: "figures"; dropped: number; given: number };
type LoadLine = { event: "ready" } | { event: "figures"; delays: Spread; gaps: number; connected: number };

interface Case {
  readonly link: Link;
  readonly bitsPerSecond: number;
  readonly viewers: number;
}

/** What one run of a server and its viewers gave. */
interface Run {
  readonly delays: Spread;
  /** Frames that viewers did not get, of all that were given while they were measured. */
  readonly dropped: number;
  readonly serverPercent: number;
  readonly loadPercent: number;
  /** CPU that everything else on the machine took meanwhile, percent of a core. */
  readonly othersPercent: number;
  readonly kbPerViewer: number | null;
}

endAfter(isQuick ? 900 : 5400);
const report = new Report("viewers", [
  "",
  "viewers",
  "Gbit/s",
  "server CPU %",
  "kB per viewer",
  "median ms",
  "95 % ms",
  "worst ms",
  "dropped",
  "viewers' CPU %",
  "others' CPU %",
]);
const isSteered = !process.argv.includes("--unsteered") && steerLoopback(VIEWERS_CORE);
const RATES = [600_000, 4_000_000];
const LINKS: readonly Link[] = ["tcp", "ws"];
const cases: Case[] = LINKS.flatMap((link) =>
  RATES.flatMap((bitsPerSecond) => COUNTS.map((viewers) => ({ link, bitsPerSecond, viewers }))),
);
const results = cases.map((of) => ({ ...of, name: nameOf(of), runs: [] as Run[] }));
for (let round = 0; round < ROUNDS; round++) {
  for (const result of round % 2 === 0 ? results : results.toReversed()) {
    const run = await quietRun(result);
    result.runs.push(run);
    const cpu = `${run.serverPercent.toFixed(0)} % CPU, others' ${run.othersPercent.toFixed(0)} %`;
    console.log(`round ${round + 1} of ${ROUNDS}, ${result.name}, ${result.viewers}: ${run.dropped} dropped, ${cpu}`);
  }
}

for (const { name, viewers, bitsPerSecond, runs } of results) {
  const of = (pick: (run: Run) => number | null) => median(runs.map(pick));
  report.row(
    name,
    viewers,
    (bitsPerSecond * viewers) / 1e9,
    of(({ serverPercent }) => serverPercent),
    of(({ kbPerViewer }) => kbPerViewer),
    of(({ delays }) => delays.median),
    of(({ delays }) => delays.p95),
    of(({ delays }) => delays.worst),
    of(({ dropped }) => dropped),
    of(({ loadPercent }) => loadPercent),
    of(({ othersPercent }) => othersPercent),
  );
}
report.note("1280×720 at 30, two key frames a second, as sizes: nothing is encoded. Medians of the rounds.");
report.note(
  isSteered
    ? "The receiving half of TCP is done by the viewers' core, as on a network by their machines."
    : "The receiving half of TCP is done by the server's core as well, as on a network it is not.",
);
for (const link of LINKS) {
  for (const bitsPerSecond of RATES) {
    const same = results.filter((result) => result.link === link && result.bitsPerSecond === bitsPerSecond);
    const broken = same.find(({ runs }) => (median(runs.map(({ dropped }) => dropped)) ?? 1) > 0);
    const name = nameOf({ link, bitsPerSecond });
    report.note(`${name}: ${broken ? `drops with ${broken.viewers} viewers` : "drops nothing"}`);
  }
}
for (const link of LINKS) {
  require({ link, bitsPerSecond: 4_000_000, viewers: 2000 });
  require({ link, bitsPerSecond: 600_000, viewers: 4000 });
}
process.exit(report.finish({ results }));

function nameOf({ link, bitsPerSecond }: Pick<Case, "link" | "bitsPerSecond">): string {
  return `${link === "tcp" ? "TCP" : "WebSocket"}, ${bitsPerSecond / 1e6} Mbit/s`;
}

function require({ link, bitsPerSecond, viewers }: Case): void {
  const runs = results
    .filter((of) => of.link === link && of.bitsPerSecond === bitsPerSecond && of.viewers === viewers)
    .flatMap((result) => result.runs);
  const name = `${nameOf({ link, bitsPerSecond })}, ${viewers} viewers`;
  report.atMost(`${name}: frames dropped`, median(runs.map(({ dropped }) => dropped)), 0);
  report.atMost(`${name}: memory of each`, median(runs.map((run) => run.kbPerViewer)), MAX_KB_PER_VIEWER, " kB");
}

/** Measures until the machine is quiet, at most `TRIES` times, and gives the least disturbed run. */
async function quietRun(of: Case): Promise<Run> {
  let best = await measure(of);
  for (let tries = 1; tries < TRIES && best.othersPercent > MAX_OTHERS_PERCENT; tries++) {
    const run = await measure(of);
    best = run.othersPercent < best.othersPercent ? run : best;
  }
  return best;
}

/** A server on core 0, its viewers on core 1. */
async function measure({ link, bitsPerSecond, viewers }: Case): Promise<Run> {
  await using server = new Child<ServerLine>("viewers-server.ts", [String(bitsPerSecond)], {
    within: [...UNLIMITED, "taskset", "-c", String(SERVER_CORE)],
  });
  const ready = await server.line("ready");
  const port = ready.event === "ready" ? ready[link] : 0;
  await Bun.sleep(1000);
  const bytesBefore = residentBytes(server.pid);
  await using load = new Child<LoadLine>("viewers-load.ts", [link, String(port), String(viewers)], {
    within: [...UNLIMITED, "taskset", "-c", String(VIEWERS_CORE)],
  });
  await load.line("ready", 60_000);
  await Bun.sleep(SETTLE_MS);
  load.say("restart");
  const [ofServer, ofLoad] = [new UsageSampler(server.pid), new UsageSampler(load.pid)];
  const disturbance = new Disturbance([server.pid, load.pid]);
  await Bun.sleep(MEASURE_MS);
  const othersPercent = disturbance.percent();
  const [serverPercent, loadPercent] = [ofServer.stop().cpuPercent, ofLoad.stop().cpuPercent];
  load.say("report");
  const figures = await load.line("figures");
  if (figures.event !== "figures" || figures.connected !== viewers) {
    throw new Error(
      `only ${figures.event === "figures" ? figures.connected : 0} of ${viewers} viewers stayed connected`,
    );
  }
  const grownKb = (residentBytes(server.pid) - bytesBefore) / 1000;
  return {
    delays: figures.delays,
    dropped: figures.gaps,
    serverPercent,
    loadPercent,
    othersPercent,
    kbPerViewer: viewers < ENOUGH_FOR_MEMORY ? null : grownKb / viewers,
  };
}

function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
}
