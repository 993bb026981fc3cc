/**
 * `bun test/fuzz/pickle.ts [count]`: 200,000 mutated pickles, or as many as told. LANVID_FUZZ_SEED repeats a run. Exit 1
 * if something else than a ProtocolError was thrown, a picture had the wrong size, memory rose, or a reason was missing.
 */

import { MIB } from "../../src/units.ts";
import { fuzzSeed } from "../support/random.ts";
import { campaign, faults, MEMORY_LIMIT_BYTES } from "./pickle-campaign.ts";

const PICKLES = 200_000;
const LEAST = 100;

function table(title: string, counts: ReadonlyMap<string, number>): string {
  const rows = [...counts].sort(([, a], [, b]) => b - a);
  const lines = rows.map(([name, count]) => `  ${name.padEnd(18)}${String(count).padStart(9)}`);
  return [title, ...lines].join("\n");
}

const count = Number(process.argv[2] ?? PICKLES);
const seed = fuzzSeed();
console.log(`${count} pickles, LANVID_FUZZ_SEED=${seed}`);
const report = campaign(count, seed);
console.log(table("accepted, by kind", report.accepted));
console.log(table("refused, by reason", report.refused));
console.log(`memory rose by ${Math.round(report.memoryRiseBytes / MIB)} MiB of ${MEMORY_LIMIT_BYTES / MIB}`);
console.log(`time ${report.seconds.toFixed(1)} s`);
const wrong = faults(report, LEAST);
for (const line of wrong) {
  console.error(`fault: ${line}`);
}
process.exitCode = wrong.length > 0 ? 1 : 0;
