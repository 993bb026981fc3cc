import { expect, test } from "bun:test";
import { campaign, faults } from "./fuzz/campaign.ts";
import { fuzzSeed } from "./support/random.ts";

const seed = fuzzSeed();

test(`50 000 mutated messages end conversations with named reasons only (LANVID_FUZZ_SEED=${seed})`, async () => {
  const report = await campaign(50_000, seed);

  expect(faults(report, 50, 5)).toEqual([]);
}, 30_000);
