/** Many viewers beside a bare broadcast loop, and one viewer that is stopped. See README.md. */

import { Child } from "./support/child.ts";
import { endAfter } from "./support/cleanup.ts";
import { MAX_DELAY_MS } from "./support/fanout-settings.ts";
import { distance, median, ratio, type Spread } from "./support/figures.ts";
import { Report } from "./support/report.ts";
import { Disturbance, type Usage, UsageSampler } from "./support/usage.ts";

const MAX_ARRIVAL_RATIO = 1.5;
const MAX_CPU_RATIO = 2;
const MAX_MEMORY_ABOVE_MB = 30;
const MAX_MEDIAN_CHANGE = 0.2;
const MAX_MEMORY_CHANGE_MB = 5;

const isQuick = process.argv.includes("--quick");
const ROUNDS = isQuick ? 3 : 7;
const VIEWERS = 256;
/** Short, so that what else the machine does spoils few of them. */
const MEASURE_MS = 5000;
const SETTLE_MS = 2500;
/** A round beside which others take more of a core is measured again, so often at most; the quietest one counts. */
const MAX_OTHERS_PERCENT = 10;
const TRIES = 3;
const PAIRS = isQuick ? 1 : 5;
const OTHERS = 64;
const STOPPED_MS = 20_000;
const AFTER_MS = 4000;

/** `bare+acks`: the bare loop with viewers that acknowledge, which says what acknowledgements cost anybody; reported only. */
type Side = "lanvid" | "bare" | "bare+acks";
type ServerLine = { event: "ready"; port: number } | { event: "dropped"; dropped: number };
type ViewersLine = { event: "ready" } | { event: "figures"; delays: Spread; gaps: number; connected: number };
type StoppedLine = { event: "figures"; ages: Spread; connections: number };

/** What one run of a server and its viewers gave. */
interface Run extends Usage {
  readonly delays: Spread;
  readonly gaps: number;
  /** What the stopped viewer was shown after it went on. */
  readonly after: StoppedLine | null;
  /** CPU that everything else on the machine took meanwhile, percent of a core. */
  readonly othersPercent: number;
}

endAfter(1500);
const report = new Report("fanout", [
  "",
  "viewers",
  "median ms",
  "95 % ms",
  "worst ms",
  "not seen",
  "CPU %",
  "memory MB",
  "others' CPU %",
]);
let repeated = 0;
const runs: Record<Side, Run[]> = { lanvid: [], bare: [], "bare+acks": [] };
for (let index = 0; index < ROUNDS; index++) {
  const order: Side[] = index % 2 === 0 ? ["bare", "lanvid", "bare+acks"] : ["bare+acks", "lanvid", "bare"];
  for (const side of order) {
    const run = await quietRound(side);
    runs[side].push(run);
    row(`${side}, round ${index + 1}`, VIEWERS, run);
    console.log(
      `round ${index + 1} of ${ROUNDS}, ${side}: ${run.delays.p95?.toFixed(1)} ms, ${run.cpuPercent.toFixed(0)} % CPU`,
    );
  }
}
const of = (side: Side, pick: (run: Run) => number | null) => median(runs[side].map(pick));
const beside = (pick: (run: Run) => number | null) => ratio(of("lanvid", pick), of("bare", pick));

for (const side of ["bare", "bare+acks", "lanvid"] as const) {
  const at = (pick: (run: Run) => number | null) => of(side, pick);
  const delays = [at((run) => run.delays.median), at((run) => run.delays.p95), at((run) => run.delays.worst)];
  const usage = [at((run) => run.cpuPercent), at((run) => run.residentMb), at((run) => run.othersPercent)];
  report.row(`${side}, medians of all`, VIEWERS, ...delays, null, ...usage);
}

const pairs: { readonly alone: Run; readonly stopped: Run }[] = [];
for (let index = 0; index < PAIRS; index++) {
  const isOdd = index % 2 === 1;
  const first = await measure("lanvid", OTHERS, isOdd ? "stopped" : "none", STOPPED_MS);
  const second = await measure("lanvid", OTHERS, isOdd ? "none" : "stopped", STOPPED_MS);
  const [alone, stopped] = isOdd ? [second, first] : [first, second];
  pairs.push({ alone, stopped });
  row(`pair ${index + 1}, without`, OTHERS, alone);
  row(`pair ${index + 1}, beside a stopped one`, OTHERS, stopped);
  console.log(
    `pair ${index + 1} of ${PAIRS}: ${alone.delays.median?.toFixed(2)} and ${stopped.delays.median?.toFixed(2)} ms`,
  );
}
const ofPairs = (which: "alone" | "stopped", pick: (run: Run) => number | null) =>
  median(pairs.map((pair) => pick(pair[which])));
const medianChange = ratio(
  distance(
    ofPairs("alone", ({ delays }) => delays.median),
    ofPairs("stopped", ({ delays }) => delays.median),
  ),
  ofPairs("alone", ({ delays }) => delays.median),
);
const oldest = pairs.map(({ stopped }) => stopped.after?.ages.worst ?? null);
const seen = pairs.map(({ stopped }) => stopped.after?.ages.count ?? 0);

report.note(
  `120 kB at 30 a second. The stopped one: SIGSTOP for ${STOPPED_MS / 1000} s, then SIGCONT; it was shown ${seen.join(", ")} frames after.`,
);
report.note(
  `Requirements compare the medians of the rounds; ${repeated} were measured again, since the machine was busy.\n`,
);
const quiet = runs.lanvid.filter(({ othersPercent }) => othersPercent <= MAX_OTHERS_PERCENT);
const notSeen = quiet.length === 0 ? null : quiet.reduce((sum, { gaps }) => sum + gaps, 0);
report.atMost(`${VIEWERS} viewers: frames not seen in ${quiet.length} rounds on a quiet machine`, notSeen, 0);
report.atMost(
  "arrival, 95th percentile, lanvid / bare",
  beside(({ delays }) => delays.p95),
  MAX_ARRIVAL_RATIO,
);
report.atMost(
  "CPU, lanvid / bare",
  beside(({ cpuPercent }) => cpuPercent),
  MAX_CPU_RATIO,
);
const memoryAbove =
  (of("lanvid", ({ residentMb }) => residentMb) ?? 0) - (of("bare", ({ residentMb }) => residentMb) ?? 0);
report.atMost("memory above the bare loop", memoryAbove, MAX_MEMORY_ABOVE_MB, " MB");
report.atMost("a stopped viewer: the others' median changes by", medianChange, MAX_MEDIAN_CHANGE);
report.atMost(
  "a stopped viewer: memory changes by",
  distance(
    ofPairs("alone", ({ residentMb }) => residentMb),
    ofPairs("stopped", ({ residentMb }) => residentMb),
  ),
  MAX_MEMORY_CHANGE_MB,
  " MB",
);
report.atMost("let go on: runs in which it was shown nothing", seen.filter((count) => count === 0).length, 0);
const worst = oldest.includes(null) ? null : Math.max(...oldest.map(Number));
report.atMost("let go on: its oldest frame", worst, MAX_DELAY_MS, " ms");
process.exit(report.finish({ runs, pairs }));

/** Measures until the machine is quiet, at most `TRIES` times, and gives the least disturbed run. */
async function quietRound(side: Side): Promise<Run> {
  let best = await measure(side, VIEWERS, "none");
  for (let tries = 1; tries < TRIES && best.othersPercent > MAX_OTHERS_PERCENT; tries++) {
    repeated += 1;
    const run = await measure(side, VIEWERS, "none");
    best = run.othersPercent < best.othersPercent ? run : best;
  }
  return best;
}

/** One server and its viewers; the viewer to be stopped is there before, and stopped while the others are measured. */
async function measure(side: Side, count: number, other: "none" | "stopped", measureMs = MEASURE_MS): Promise<Run> {
  await using server = new Child<ServerLine>("fanout-server.ts", [side === "lanvid" ? "lanvid" : "bare"], {
    within: ["taskset", "-c", "0"],
  });
  const ready = await server.line("ready");
  const port = ready.event === "ready" ? ready.port : 0;
  const args = [side === "bare" ? "bare" : "lanvid", String(port), String(count)];
  await using viewers = new Child<ViewersLine>("fanout-viewers.ts", args, { within: ["taskset", "-c", "1"] });
  await viewers.line("ready");
  await using stopped = other === "none" ? null : new Child<StoppedLine>("stopped-viewer.ts", [String(port)]);
  await Bun.sleep(SETTLE_MS);
  stopped?.say("restart");
  await Bun.sleep(100);
  stopped?.kill("SIGSTOP");
  viewers.say("restart");
  const sampler = new UsageSampler(server.pid);
  const disturbance = new Disturbance([server.pid, viewers.pid]);
  await Bun.sleep(measureMs);
  const othersPercent = disturbance.percent();
  const usage = sampler.stop();
  viewers.say("report");
  const figures = await viewers.line("figures");
  if (figures.event !== "figures" || figures.connected !== count) {
    const connected = figures.event === "figures" ? figures.connected : 0;
    throw new Error(`${connected} of ${count} viewers of the ${side} side stayed connected`);
  }
  let after: StoppedLine | null = null;
  if (stopped !== null) {
    stopped.kill("SIGCONT");
    await Bun.sleep(AFTER_MS);
    stopped.say("report");
    after = await stopped.line("figures");
  }
  return { ...usage, delays: figures.delays, gaps: figures.gaps, after, othersPercent };
}

function row(name: string, viewers: number, { delays, gaps, cpuPercent, residentMb, othersPercent }: Run): void {
  report.row(name, viewers, delays.median, delays.p95, delays.worst, gaps, cpuPercent, residentMb, othersPercent);
}
