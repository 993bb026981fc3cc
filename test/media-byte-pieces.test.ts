import { describe, expect, test } from "bun:test";
import { BytePieces } from "../src/media.ts";
import { Random } from "./support/random.ts";

const seed = Math.floor(Math.random() * 2 ** 31);
const KEPT = 16_384;

function whole(chunks: readonly Uint8Array[]): Uint8Array {
  const pieces = new BytePieces(chunks.reduce((sum, { length }) => sum + length, 0));
  for (const chunk of chunks) {
    expect(pieces.missing).toBeGreaterThanOrEqual(chunk.length);
    pieces.add(chunk);
  }
  expect(pieces.missing).toBe(0);
  return pieces.join();
}

describe("what comes in chunks", () => {
  test(`is one in the end, whatever the chunks (seed ${seed})`, () => {
    const random = new Random(seed);
    for (let round = 0; round < 40; round++) {
      const chunks = Array.from({ length: 1 + random.below(40) }, () => {
        const length = random.pick([1, 9, 100, KEPT - 1, KEPT, KEPT + 1, random.below(60_000)]);
        return Uint8Array.from({ length }, () => random.below(256));
      });

      expect(Buffer.compare(whole(chunks), Buffer.concat(chunks))).toBe(0);
    }
  });

  test("is not copied where one large chunk is all of it", () => {
    const chunk = new Uint8Array(KEPT);

    expect(whole([chunk])).toBe(chunk);
  });
});
