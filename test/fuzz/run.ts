/**
 * `npm run fuzz [count]`: a million mutated messages, or as many as told. LANVID_FUZZ_SEED repeats a run. Exit 1 if a
 * kind was accepted or a reason given too seldom, something else than a ProtocolError was thrown, or memory rose.
 */

import { MIB } from "../../src/units.ts";
import { fuzzSeed } from "../support/random.ts";
import { campaign, faults, MEMORY_LIMIT_BYTES, type Report } from "./campaign.ts";

const MESSAGES = 1_000_000;
const LEAST_ACCEPTED = 1000;
const LEAST_REFUSED = 100;

function table(title: string, counts: ReadonlyMap<string, number>): string {
  const rows = [...counts].sort(([, a], [, b]) => b - a);
  const lines = rows.map(([name, count]) => `  ${name.padEnd(18)}${String(count).padStart(9)}`);
  return [title, ...lines].join("\n");
}

function print({ seed, accepted, refused, cutOff, memoryRiseBytes, seconds }: Report): void {
  console.log(table("accepted, by kind", accepted));
  console.log(table("refused, by reason", refused));
  console.log(`cut off           ${String(cutOff).padStart(11)}`);
  console.log(
    `memory rose by    ${String(Math.round(memoryRiseBytes / MIB)).padStart(11)} MiB of ${MEMORY_LIMIT_BYTES / MIB}`,
  );
  console.log(`time              ${seconds.toFixed(1).padStart(11)} s`);
  console.log(`seed              ${String(seed).padStart(11)}`);
}

const count = Number(process.argv[2] ?? MESSAGES);
const seed = fuzzSeed();
console.log(`${count} messages, LANVID_FUZZ_SEED=${seed}`);
const report = await campaign(count, seed);
print(report);
const wrong = faults(report, LEAST_ACCEPTED, LEAST_REFUSED);
for (const line of wrong) {
  console.error(`fault: ${line}`);
}
process.exitCode = wrong.length > 0 ? 1 : 0;
