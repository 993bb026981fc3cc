/** A minute of what `npm run soak` does for an hour: what must hold after any time, holds after that. */

import { expect, test } from "bun:test";
import { judgeSoak } from "./soak/judge.ts";
import { slopeOf } from "./soak/slope.ts";
import { soak } from "./soak/soak.ts";
import { fuzzSeed, Random } from "./support/random.ts";

/** Memory that grew by so much in so short a time would be a leak of frames, MiB. */
const MOST_GROWTH_MIB = 150;
/** By the strip, of which the decoder takes a frame's time; a busy machine takes more, ms. */
const MOST_DELAY_MS = 400;

test("viewers come, go, stall and vanish, ffmpeg is killed: nothing leaks, and nobody else notices", async () => {
  const seed = fuzzSeed();
  console.log(`LANVID_FUZZ_SEED=${seed}`);

  const figures = await soak({ seed, tides: 2, floodMs: 14_000, onProgress: (line) => console.log(line) });

  const { requirements, trends } = judgeSoak(figures);
  // How fast memory and delay grow is not known after so short a time: that is what the hour is for.
  const exact = requirements.filter(({ name }) => !name.includes("surely grows"));
  expect(exact.filter(({ measured, limit }) => !(measured <= limit))).toEqual([]);
  expect(exact).toHaveLength(8);
  expect(figures.oddities).toEqual([]);
  const [first, ...others] = figures.ebbs;
  expect(Math.max(...others.map(({ serverMiB }) => serverMiB)) - (first?.serverMiB ?? 0)).toBeLessThan(MOST_GROWTH_MIB);
  expect(trends.find(({ name }) => name.startsWith("delay by the strip"))?.end).toBeLessThan(MOST_DELAY_MS);
  const served = [...figures.guests.values()].reduce((sum, tally) => sum + tally.served, 0);
  expect(served).toBeGreaterThan(10);
  expect(figures.killed + figures.stopped).toBeGreaterThan(0);
}, 120_000);

test("a slope is found in noise, with an error that covers it", () => {
  const random = new Random(1);
  const noise = () => random.below(1000) / 100;
  const minute = Array.from({ length: 600 }, (_, at) => ({ at, value: 100 + at / 60 + noise() }));

  const { perHour, errorPerHour } = slopeOf(minute);

  expect(Math.abs(perHour - 60)).toBeLessThan(3 * errorPerHour);
  expect(errorPerHour).toBeLessThan(10);
});

test("a flat line has no slope", () => {
  const flat = Array.from({ length: 100 }, (_, at) => ({ at, value: 7 }));

  expect(slopeOf(flat)).toEqual({ perHour: 0, errorPerHour: 0 });
});
