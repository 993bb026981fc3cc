import { expect, test } from "bun:test";
import { Backoff } from "../src/retry.ts";

function pauses(backoff: Backoff, count: number): number[] {
  return Array.from({ length: count }, () => backoff.next());
}

test("each pause is twice as long as the one before, up to the longest", () => {
  const backoff = new Backoff({ firstMs: 100, lastMs: 1500 });

  expect(pauses(backoff, 6)).toEqual([100, 200, 400, 800, 1500, 1500]);
});

test("after a success the pauses begin anew", () => {
  const backoff = new Backoff({ firstMs: 100, lastMs: 1500, factor: 3 });
  pauses(backoff, 4);

  backoff.reset();

  expect(pauses(backoff, 4)).toEqual([100, 300, 900, 1500]);
});

test("a pause that must be shorter this time is where the next goes on from", () => {
  const backoff = new Backoff({ firstMs: 400, lastMs: 5000 });
  pauses(backoff, 3);

  expect([backoff.next(1000), backoff.next(), backoff.next(), backoff.next(9000)]).toEqual([1000, 2000, 4000, 5000]);
});

test("jitter makes a pause shorter or longer, and the next one grows from the plain pause", () => {
  const draws = [0, 1, 0.5];
  const backoff = new Backoff({ firstMs: 100, lastMs: 1500, jitter: 0.25, random: () => draws.shift() ?? 0 });

  expect(pauses(backoff, 3)).toEqual([75, 250, 400]);
});

test("jitter differs from one to the other unless told", () => {
  const firsts = Array.from({ length: 20 }, () => new Backoff({ firstMs: 100, lastMs: 100, jitter: 0.2 }).next());

  expect(new Set(firsts).size).toBeGreaterThan(1);
  expect(firsts.every((pauseMs) => pauseMs >= 80 && pauseMs <= 120)).toBe(true);
});
