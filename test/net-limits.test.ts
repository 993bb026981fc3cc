import { expect, test } from "bun:test";
import { Limits } from "../src/access/limits.ts";
import type { LimitOptions } from "../src/access.ts";
import { HandClock } from "./support/hand-clock.ts";

const MANY: LimitOptions = { maxConnections: 1000, maxPerAddress: 1000, maxHandshakes: 1000 };

/** Limits, what they said, and whom they ended. */
function setUp(options: Partial<LimitOptions>) {
  const said: string[] = [];
  const ended: string[] = [];
  const clock = new HandClock();
  const limits = new Limits({ ...MANY, ...options }, (reason, address) => said.push(`${reason} ${address}`), clock);
  const enter = (address: string, name = address) => {
    const entry = limits.enter(address, () => {
      ended.push(name);
      entry?.leave();
    });
    return entry;
  };
  return { limits, clock, said, ended, enter };
}

test("no more are let in than may be in all, and one more when one has gone", () => {
  const { limits, said, enter } = setUp({ maxConnections: 2 });
  const first = enter("10.0.0.1");
  first?.settle();
  enter("10.0.0.2")?.settle();

  const refused = enter("10.0.0.3");
  first?.leave();
  first?.leave();
  const admitted = enter("10.0.0.4");

  expect(refused).toBeNull();
  expect(admitted).not.toBeNull();
  expect(said).toEqual(["too-many-connections 10.0.0.3"]);
  expect(limits.connections).toBe(2);
});

test("no more are let in from one address than may be, but for this machine's own", () => {
  const { said, enter } = setUp({ maxPerAddress: 2 });

  const entries = ["10.0.0.1", "10.0.0.1", "10.0.0.1", "10.0.0.2", "127.0.0.1", "127.0.0.1", "127.0.0.1"].map(
    (address) => enter(address) !== null,
  );

  expect(entries).toEqual([true, true, false, true, true, true, true]);
  expect(said).toEqual(["too-many-per-address 10.0.0.1"]);
});

test("when too many say nothing, the oldest goes of the address that has most of them", () => {
  const { limits, said, ended, enter } = setUp({ maxHandshakes: 4 });
  enter("10.0.0.9", "honest");
  enter("10.0.0.1", "a");
  enter("10.0.0.1", "b")?.settle();
  enter("10.0.0.1", "c");
  enter("10.0.0.1", "d");

  const entry = enter("10.0.0.1", "e");

  expect(entry).not.toBeNull();
  expect(ended).toEqual(["a"]);
  expect(said).toEqual(["too-many-handshakes 10.0.0.1"]);
  expect([limits.handshakes, limits.connections]).toEqual([4, 5]);
});

test("one who says nothing makes room for a newcomer when all places are taken", () => {
  const { limits, ended, enter } = setUp({ maxConnections: 3 });
  enter("10.0.0.1", "viewer")?.settle();
  enter("10.0.0.1", "silent");
  enter("10.0.0.1", "viewer")?.settle();

  const entry = enter("10.0.0.2", "new");

  expect(entry).not.toBeNull();
  expect(ended).toEqual(["silent"]);
  expect(limits.connections).toBe(3);
});

test("connections that are known by looking count as well", () => {
  const { limits, enter } = setUp({ maxConnections: 10, maxHandshakes: 3 });
  limits.idle = 3;
  const entries = Array.from({ length: 7 }, () => {
    const entry = enter("10.0.0.1");
    entry?.settle();
    return entry;
  });

  expect(entries).not.toContain(null);
  expect(enter("10.0.0.2")).toBeNull();
  expect([limits.connections, limits.handshakes, limits.maxIdle]).toEqual([10, 3, 3]);
});

test("whatever comes and goes, the counts come back to nothing", () => {
  const { limits, enter } = setUp({ maxConnections: 5, maxPerAddress: 3, maxHandshakes: 2 });
  const entries = Array.from({ length: 50 }, (_, index) => enter(`10.0.0.${index % 3}`));

  for (const [index, entry] of entries.entries()) {
    if (index % 2 === 0) {
      entry?.settle();
    }
    entry?.leave();
  }

  expect([limits.connections, limits.handshakes]).toEqual([0, 0]);
  expect(Array.from({ length: 3 }, () => enter("10.0.0.1"))).not.toContain(null);
});

test("an address may ask by HTTP twice a second for each connection that it may have, this machine always", () => {
  const { limits, clock, said } = setUp({ maxPerAddress: 2 });
  const ask = (address: string, times: number) =>
    Array.from({ length: times }, () => limits.mayAsk(address)).filter((isLetIn) => isLetIn).length;

  expect(ask("10.0.0.1", 6)).toBe(4);
  clock.advance(100);
  expect(ask("10.0.0.2", 1)).toBe(1);
  clock.advance(899);
  expect(ask("10.0.0.1", 1)).toBe(0);
  clock.advance(1);
  expect(ask("10.0.0.1", 1)).toBe(1);
  expect(ask("127.0.0.1", 1000)).toBe(1000);
  expect(said).toEqual(new Array(3).fill("too-many-requests 10.0.0.1"));
});

test("more addresses than are counted one by one share what one may ask", () => {
  const { limits } = setUp({ maxPerAddress: 50 });
  const address = (index: number) => `10.1.${index >> 8}.${index & 255}`;
  const isLetIn = Array.from({ length: 5000 }, (_, index) => limits.mayAsk(address(index)));

  expect(isLetIn.filter((one) => one)).toHaveLength(4096 + 100);
  expect(limits.mayAsk(address(0))).toBe(true);
});
