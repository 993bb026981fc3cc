/** A long time with viewers that come, go, stall and vanish, and ffmpeg killed now and then. See README.md. */

import { parseArgs } from "node:util";
import { percentile } from "../src/units.ts";
import { judgeSoak } from "../test/soak/judge.ts";
import { soak } from "../test/soak/soak.ts";
import { Report } from "./support/report.ts";

/** How long the crowd is there between two ebbs, ms. */
const FLOOD_MS = 50_000;
/** With the ebb that follows. */
const TIDE_MINUTES = 1;

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "60" }, seed: { type: "string" } },
});
const tides = Math.max(3, Math.round(Number(values.minutes) / TIDE_MINUTES));
const seed = Number(values.seed ?? Date.now() % 2 ** 32);

const report = new Report("soak", ["", "begin", "end", "slope /h", "± error"]);
console.log(`${tides} tides of a minute; seed ${seed}: npm run soak -- --minutes ${values.minutes} --seed ${seed}\n`);
const figures = await soak({ seed, tides, floodMs: FLOOD_MS, onProgress: (line) => console.log(line) });
const verdict = judgeSoak(figures);

for (const { name, begin, end, slope } of verdict.trends) {
  report.row(name, begin, end, slope.perHour, slope.errorPerHour);
}
const gaps = figures.samples.map(({ gapMs }) => gapMs);
report.note(
  `The resident's longest time without a picture: ${Math.round(percentile(gaps, 1) ?? 0)} ms. ffmpeg was killed ` +
    `${figures.killed} times and stopped ${figures.stopped} times.\n`,
);
for (const [name, { came, served, stalled, vanished }] of figures.guests) {
  report.note(`${name}: ${came} came, ${served} saw something, ${stalled} stalled, ${vanished} vanished`);
}
report.note("");
for (const { name, measured, limit, unit } of verdict.requirements) {
  report.atMost(name, measured, limit, unit);
}
process.exit(report.finish({ seed, ...figures, guests: Object.fromEntries(figures.guests) }));
