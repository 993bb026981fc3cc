import { expect, test } from "bun:test";
import { noNewPicture, Stillness } from "../src/media.ts";

const MAX_DELAY_MS = 250;

function shownEvery(distanceMs: number, count: number): Stillness {
  const stillness = new Stillness();
  for (let index = 0; index < count; index++) {
    stillness.shown(index * distanceMs);
  }
  return stillness;
}

test("before the first picture, nothing stands still", () => {
  expect(new Stillness().stillMs(60_000, MAX_DELAY_MS)).toBeNull();
});

test("a picture stands still after the delay that is promised, a second, and the usual distance", () => {
  const stillness = shownEvery(40, 10);

  expect(stillness.stillMs(360 + 1290, MAX_DELAY_MS)).toBeNull();
  expect(stillness.stillMs(360 + 1291, MAX_DELAY_MS)).toBe(1291);
});

test("a stream with a picture in 4 s is live between two", () => {
  const stillness = shownEvery(4000, 5);

  expect(stillness.stillMs(16_000 + 4000, MAX_DELAY_MS)).toBeNull();
  expect(stillness.stillMs(16_000 + 5251, MAX_DELAY_MS)).toBe(5251);
});

test("one pause does not make pauses usual", () => {
  const stillness = shownEvery(40, 10);
  stillness.shown(8360);

  expect(stillness.stillMs(8360 + 1291, MAX_DELAY_MS)).toBe(1291);
});

test("where no delay is promised, nothing is missed", () => {
  expect(shownEvery(40, 3).stillMs(60_000, Number.POSITIVE_INFINITY)).toBeNull();
});

test("what began anew is not missed", () => {
  const stillness = shownEvery(40, 3);
  stillness.reset();

  expect(stillness.stillMs(60_000, MAX_DELAY_MS)).toBeNull();
});

test.each([
  [2999, "no new picture for 2 s"],
  [60_000, "no new picture for 1 min 0 s"],
  [3_661_000, "no new picture for 61 min 1 s"],
])("%d ms is said as %s", (ms, words) => {
  expect(noNewPicture(ms)).toBe(words);
});
