import { expect, test } from "bun:test";
import { campaign, faults } from "./fuzz/campaign.ts";
import { parserCampaign, parserFaults } from "./fuzz/parser-campaign.ts";
import { PARSERS } from "./fuzz/parsers.ts";
import { fuzzSeed } from "./support/random.ts";

const seed = fuzzSeed();

test(`50 000 mutated messages end conversations with named reasons only (LANVID_FUZZ_SEED=${seed})`, async () => {
  const report = await campaign(50_000, seed);

  expect(faults(report, 50, 5)).toEqual([]);
}, 120_000);

test.each(PARSERS.map((parser) => [parser.name, parser] as const))(
  `10 000 mutated inputs are read or refused: %s (LANVID_FUZZ_SEED=${seed})`,
  (_, parser) => {
    const report = parserCampaign(parser, 10_000, seed);

    expect(parserFaults(parser, report, 5)).toEqual([]);
  },
  120_000,
);
