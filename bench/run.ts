// Parts: chromium, curl, ffplay, fonts, git, go2rtc, gstreamer, iproute, mediamtx, mpv, nftables, node, python, vlc, xvfb
/**
 * All benches, one after the other: `npm run bench`, with --quick for fewer and shorter rounds. Each prints its own table
 * and writes its own JSON; at the end it says which requirements are met. --only=NAME,NAME runs some of them.
 */

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BOUND } from "./support/child.ts";
import { atExit } from "./support/cleanup.ts";
import { describeMachine } from "./support/machine.ts";

interface Bench {
  readonly name: string;
  readonly question: string;
  /** Even when all is measured at length, its short form: the whole shall not take longer than 53 minutes. */
  readonly isShort?: boolean;
  /** How long it may take at most, in minutes; with --quick, 0: it is left out. */
  readonly minutes: number;
  readonly quickMinutes: number;
}

const BENCHES: readonly Bench[] = [
  {
    name: "latency",
    question: "how long from a picture's drawing until a page has it, beside the least that can be done",
    minutes: 10,
    quickMinutes: 2,
  },
  {
    name: "first-picture",
    question: "how long from opening the page, or starting watch, to the first picture",
    isShort: true,
    minutes: 3,
    quickMinutes: 0,
  },
  {
    name: "film",
    question: "whether a film played by Media Source stays live: its delay, its halts, and after being hidden",
    isShort: true,
    minutes: 3,
    quickMinutes: 0,
  },
  {
    name: "bits",
    question: "H.264's bits and likeness beside JPEG's",
    minutes: 4,
    quickMinutes: 0,
  },
  {
    name: "links",
    question: "what viewers see at the end of slow links, and of links that change",
    minutes: 10,
    quickMinutes: 3.5,
  },
  {
    name: "viewers",
    question: "how many viewers one core serves",
    isShort: true,
    minutes: 5,
    quickMinutes: 2,
  },
  {
    name: "window",
    question: "how long until a picture is on the screen, beside ffplay and mpv",
    isShort: true,
    minutes: 4,
    quickMinutes: 1.5,
  },
  {
    name: "peers",
    question: "the same over the network, beside ffplay, mpv, mediamtx and go2rtc",
    minutes: 3,
    quickMinutes: 1,
  },
  {
    name: "fanout",
    question: "256 viewers of large pictures beside a bare loop, and one that is stopped",
    isShort: true,
    minutes: 5,
    quickMinutes: 0,
  },
  {
    name: "classic",
    question: "lanvid and the classic Python programs, in each role",
    isShort: true,
    minutes: 3,
    quickMinutes: 0,
  },
  {
    name: "slow",
    question: "a viewer that takes a quarter of the stream",
    isShort: true,
    minutes: 1.5,
    quickMinutes: 0,
  },
  {
    name: "readers",
    question: "how late OpenCV and players are by the lines of docs/integrations.md",
    minutes: 4,
    quickMinutes: 0,
  },
  { name: "startup", question: "how long the program takes to start", minutes: 1.5, quickMinutes: 0 },
];
const RESULTS = join(import.meta.dir, "results");

type Outcome = "met" | "NOT MET" | "not ended in time" | "failed";

interface Summary {
  readonly name: string;
  readonly question: string;
  readonly outcome: Outcome;
  readonly seconds: number;
  readonly requirements: readonly { readonly name: string; readonly isMet: boolean; readonly measured: string }[];
}

const isQuick = process.argv.includes("--quick");
const only = process.argv
  .find((word) => word.startsWith("--only="))
  ?.slice(7)
  .split(",");
const machine = describeMachine();
const summaries: Summary[] = [];
for (const bench of BENCHES) {
  const minutes = isQuick ? bench.quickMinutes : bench.minutes;
  if (minutes > 0 && only?.includes(bench.name) !== false) {
    summaries.push(await run(bench, minutes));
  }
}
mkdirSync(RESULTS, { recursive: true });
writeFileSync(join(RESULTS, "all.json"), `${JSON.stringify({ machine, isQuick, benches: summaries }, null, 2)}\n`);
console.log(`\n${"bench".padEnd(10)}${"minutes".padStart(8)}  requirements`);
for (const { name, outcome, seconds, requirements } of summaries) {
  const met = requirements.filter(({ isMet }) => isMet).length;
  const count = requirements.length > 0 ? `${met} of ${requirements.length}` : "";
  console.log(`${name.padEnd(10)}${(seconds / 60).toFixed(1).padStart(8)}  ${outcome} ${count}`);
  for (const { name: what, measured } of requirements.filter(({ isMet }) => !isMet)) {
    console.log(`${" ".repeat(20)}NOT MET ${what}: ${measured}`);
  }
}
process.exit(summaries.every(({ outcome }) => outcome === "met") ? 0 : 1);

async function run({ name, question, isShort = false }: Bench, minutes: number): Promise<Summary> {
  console.log(`\n=== ${name}: ${question}\n`);
  const path = join(RESULTS, `${name}.json`);
  rmSync(path, { force: true });
  const startedAt = performance.now();
  const words = isQuick || isShort ? ["--quick"] : [];
  const child = Bun.spawn([...BOUND, process.execPath, join(import.meta.dir, `${name}.ts`), ...words], {
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
  });
  const forget = atExit(() => child.kill("SIGTERM"));
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill("SIGTERM");
  }, minutes * 60_000);
  const code = await child.exited;
  clearTimeout(timer);
  forget();
  const requirements: Summary["requirements"] = existsSync(path)
    ? (JSON.parse(readFileSync(path, "utf8")).requirements ?? [])
    : [];
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  return { name, question, outcome: outcomeOf(code, isLate, requirements), seconds, requirements };
}

function outcomeOf(code: number, isLate: boolean, requirements: Summary["requirements"]): Outcome {
  if (isLate) {
    return "not ended in time";
  }
  if (code === 0) {
    return "met";
  }
  return requirements.some(({ isMet }) => !isMet) ? "NOT MET" : "failed";
}
