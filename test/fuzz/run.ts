/**
 * `npm run fuzz [count] [seconds]`: a million mutated messages, 200,000 mutated inputs of each parser and 200,000
 * pickles, or as many in proportion as told; then every attack for 15 s with 10,000 connections, or as long as told; 0
 * for none. LANVID_FUZZ_SEED repeats a run. Exit 1 if something was thrown that may not be, memory rose, an input took
 * too long, an honest viewer did not get its frames, or a kind or reason was missing.
 */

import { MIB } from "../../src/units.ts";
import { besiege } from "../hostile/run.ts";
import { fuzzSeed } from "../support/random.ts";
import { campaign, faults } from "./campaign.ts";
import { parserCampaign, parserFaults } from "./parser-campaign.ts";
import { PARSERS } from "./parsers.ts";
import * as pickles from "./pickle-campaign.ts";

const MESSAGES = 1_000_000;
/** Inputs of each parser, and pickles, to a message. */
const SHARE = 0.2;
const LEAST_ACCEPTED = 1000;
const LEAST_REFUSED = 100;

function table(title: string, counts: ReadonlyMap<string, number>): void {
  const rows = [...counts].sort(([, a], [, b]) => b - a);
  const lines = rows.map(([name, times]) => `  ${String(times).padStart(9)}  ${name}`);
  console.log([title, ...lines].join("\n"));
}

const wrong: string[] = [];
const [count = MESSAGES, seconds = 15] = process.argv.slice(2).map(Number);
const seed = fuzzSeed();
console.log(`LANVID_FUZZ_SEED=${seed}`);

const report = await campaign(count, seed);
table(`${count} messages in ${report.seconds.toFixed(0)} s: accepted, by kind`, report.accepted);
table("refused, by reason", report.refused);
console.log(`cut off ${report.cutOff}; memory rose by ${Math.round(report.memoryRiseBytes / MIB)} MiB`);
wrong.push(...faults(report, LEAST_ACCEPTED, LEAST_REFUSED));

for (const parser of PARSERS) {
  const found = parserCampaign(parser, count * SHARE, seed);
  const memory = Math.round(found.memoryRiseBytes / MIB);
  const title = `${parser.name}: ${found.inputs} inputs, the slowest ${found.slowestMs.toFixed(1)} ms, +${memory} MiB`;
  table(title, found.outcomes);
  wrong.push(...parserFaults(parser, found, LEAST_REFUSED));
}

const pickled = pickles.campaign(count * SHARE, seed);
table(`${count * SHARE} pickles in ${pickled.seconds.toFixed(0)} s: accepted, by kind`, pickled.accepted);
table("refused, by reason", pickled.refused);
wrong.push(...pickles.faults(pickled, LEAST_REFUSED));

if (seconds > 0) {
  wrong.push(...(await besiege({ seconds, count: 10_000 })));
}
for (const line of wrong) {
  console.error(`fault: ${line}`);
}
process.exitCode = wrong.length > 0 ? 1 : 0;
