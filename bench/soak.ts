/** A long time with viewers that come, go, stall and vanish, and ffmpeg killed now and then. See README.md. */

import { percentile } from "../src/units.ts";
import { judgeSoak } from "../test/soak/judge.ts";
import { soak } from "../test/soak/soak.ts";
import { exitOnSignals } from "./runner/bench.ts";
import { OPTIONS } from "./runner/options.ts";
import { Report } from "./runner/report.ts";
import { judged } from "./runner/scenario.ts";

/** How long the crowd is there between two ebbs, ms; with the ebb that follows, a minute. */
const FLOOD_MS = 50_000;

const minutes = OPTIONS.minutes ?? 60;
const tides = Math.max(3, Math.round(minutes));
const seed = OPTIONS.seed ?? Date.now() % 2 ** 32;

exitOnSignals();
const report = new Report("soak", ["", "begin", "end", "slope /h", "± error"]);
console.log(`${tides} tides of a minute; seed ${seed}: npm run soak -- --minutes ${minutes} --seed ${seed}\n`);
const figures = await soak({ seed, tides, floodMs: FLOOD_MS, onProgress: (line) => console.log(line) });
const { trends, requirements } = judgeSoak(figures);

for (const { name, begin, end, slope } of trends) {
  report.row(name, begin, end, slope.perHour, slope.errorPerHour);
}
const gapMs = Math.round(
  percentile(
    figures.samples.map((sample) => sample.gapMs),
    1,
  ) ?? 0,
);
const harm = `ffmpeg was killed ${figures.killed} times and stopped ${figures.stopped} times`;
report.note(`The resident's longest time without a picture: ${gapMs} ms. ${harm}.\n`);
for (const [name, { came, served, stalled, vanished }] of figures.guests) {
  report.note(`${name}: ${came} came, ${served} saw something, ${stalled} stalled, ${vanished} vanished`);
}
for (const { name, measured, limit, unit } of requirements) {
  report.require(name, judged(measured, limit, unit));
}
Object.assign(report.result.details, { seed, ...figures, guests: Object.fromEntries(figures.guests) });
process.exit(report.finish());
