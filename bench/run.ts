// Parts: chromium, curl, ffplay, fonts, git, go2rtc, gstreamer, iproute, mediamtx, mpv, nftables, node, python, vlc, xvfb
/**
 * All benches, one after the other: `npm run bench`, with --quick for fewer and shorter rounds; --only=NAME,NAME runs some of
 * them. Each prints its own tables and writes its own JSON; at the end it says which requirements are met.
 */

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { atExit } from "../test/support/at-exit.ts";
import { BENCHES, type BenchEntry } from "./list.ts";
import { exitOnSignals } from "./runner/bench.ts";
import { BOUND } from "./runner/child.ts";
import { describeMachine } from "./runner/machine.ts";
import { isAsked, OPTIONS } from "./runner/options.ts";
import { RESULTS, type Result, tableOf } from "./runner/report.ts";

type Outcome = "met" | "NOT MET" | "not ended in time" | "failed";

interface Summary {
  readonly name: string;
  readonly outcome: Outcome;
  readonly seconds: number;
  readonly requirements: Result["requirements"];
}

async function run({ name, tables, isShort = false }: BenchEntry, minutes: number): Promise<Summary> {
  console.log(`\n=== ${name}: ${Object.values(tables).join("; ")}\n`);
  const paths = Object.keys(tables).map((table) => join(RESULTS, `${table}.json`));
  for (const path of paths) {
    rmSync(path, { force: true });
  }
  const startedAt = performance.now();
  const words = OPTIONS.isQuick || isShort ? ["--quick"] : [];
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
  const requirements = paths
    .filter((path) => existsSync(path))
    .flatMap((path) => (JSON.parse(readFileSync(path, "utf8")) as Result).requirements);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  const missed: Outcome = requirements.some(({ isMet }) => !isMet) ? "NOT MET" : "failed";
  const ended: Outcome = code === 0 ? "met" : missed;
  return { name, outcome: isLate ? "not ended in time" : ended, seconds, requirements };
}

exitOnSignals();
mkdirSync(RESULTS, { recursive: true });
const machine = describeMachine();
const benches: Summary[] = [];
for (const bench of BENCHES) {
  const minutes = OPTIONS.isQuick ? bench.quickMinutes : bench.minutes;
  if (minutes > 0 && isAsked(bench.name)) {
    benches.push(await run(bench, minutes));
  }
}
writeFileSync(
  join(RESULTS, "all.json"),
  `${JSON.stringify({ machine, isQuick: OPTIONS.isQuick, benches }, null, 2)}\n`,
);
const rows = benches.map(({ name, outcome, seconds, requirements }) => {
  const met = requirements.filter(({ isMet }) => isMet).length;
  return [name, (seconds / 60).toFixed(1), outcome, `${met} of ${requirements.length}`];
});
console.log(`\n${tableOf(["bench", "minutes", "", "requirements met"], rows)}`);
for (const { name, requirements } of benches) {
  for (const { name: what, measured } of requirements.filter(({ isMet }) => !isMet)) {
    console.log(`NOT MET ${name}: ${what}: ${measured}`);
  }
}
process.exit(benches.every(({ outcome }) => outcome === "met") ? 0 : 1);
