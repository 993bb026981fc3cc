import { expect, test } from "bun:test";
import { MessageBudget, TokenBucket } from "../src/access.ts";
import { Kind } from "../src/wire.ts";

/** How many messages of this size are taken within a second, when one comes every so many ms. */
function taken(bytes: number, everyMs: number): number {
  const budget = new TokenBucket(0);
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
  const budget = new TokenBucket(0);

  for (let count = 0; count < 240 * 60; count++) {
    budget.spend(24, (count * 1000) / 240);
    budget.spend(0, (count * 1000) / 240);
  }
});

test("what gathered while the server was stopped until its viewers gave up is no flood", () => {
  const budget = new TokenBucket(0);

  for (let count = 0; count < 30; count++) {
    budget.spend(24, 10_000);
  }
});

test("a hundred thousand messages a second are one, and one of 1 MiB is", () => {
  expect(taken(24, 0.01)).toBeLessThan(5000);
  expect(() => new TokenBucket(0).spend(1 << 20, 1)).toThrow("more than 64 KiB per second");
});

/** How many messages of a sender are taken at once. */
function takenOf(budget: MessageBudget, kind: number, nowMicros: number): number {
  for (let count = 0; ; count++) {
    try {
      budget.spend(kind, nowMicros);
    } catch (error) {
      expect(error).toMatchObject({ code: "flood" });
      return count;
    }
  }
}

test("a sender of 1000 frames a second, its answers to pings and changes of its stream are no flood", () => {
  const budget = new MessageBudget(0);

  for (let count = 0; count < 60_000; count++) {
    budget.spend(Kind.video, count * 1000);
    if (count % 500 === 0) {
      budget.spend(Kind.pong, count * 1000);
      budget.spend(Kind.stream, count * 1000);
    }
  }
});

test("more of a sender's messages than 512 at once, and 2048 a second after that, are one, whatever their kind", () => {
  const unknown = 0x1f;
  for (const kind of [Kind.video, Kind.ping, Kind.pong, unknown]) {
    const budget = new MessageBudget(0);

    expect(takenOf(budget, kind, 0)).toBe(512);
    expect(takenOf(budget, kind, 125_000)).toBe(256);
    expect(takenOf(budget, kind, 60_000_000)).toBe(512);
  }
});

test("a description of the stream counts as 16 messages: all who watch are told of it", () => {
  expect(takenOf(new MessageBudget(0), Kind.stream, 0)).toBe(32);
});
