import { expect, test } from "bun:test";
import { ReceiveBudget } from "../src/session.ts";

/** How many messages of this size are taken within a second, when one comes every so many ms. */
function taken(bytes: number, everyMs: number): number {
  const budget = new ReceiveBudget(0);
  for (let count = 0; count < 1000 / everyMs; count++) {
    try {
      budget.spend(bytes, count * everyMs);
    } catch (error) {
      expect(error).toMatchObject({ code: "flood" });
      return count;
    }
  }
  return Math.floor(1000 / everyMs);
}

test("acknowledgements of 240 frames a second, each in a chunk of its own, are no flood", () => {
  const budget = new ReceiveBudget(0);

  for (let count = 0; count < 240 * 60; count++) {
    budget.spend(24, (count * 1000) / 240);
    budget.spend(0, (count * 1000) / 240);
  }
});

test("what gathered while the server was stopped until its viewers gave up is no flood", () => {
  const budget = new ReceiveBudget(0);

  for (let count = 0; count < 30; count++) {
    budget.spend(24, 10_000);
  }
});

test("a hundred thousand messages a second are one, and one of 1 MiB is", () => {
  expect(taken(24, 0.01)).toBeLessThan(5000);
  expect(() => new ReceiveBudget(0).spend(1 << 20, 1)).toThrow("more than 64 KiB per second");
});
