import { expect, test } from "bun:test";
import { Turn } from "../src/servers/web/turn.ts";
import { HandClock } from "./support/hand-clock.ts";

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

test("a turn in which requests come for more than 20 ms is long, and the next one is not", async () => {
  const clock = new HandClock();
  const turn = new Turn(clock);

  expect(turn.isLong()).toBe(false);
  clock.stall(20);
  expect(turn.isLong()).toBe(false);
  clock.stall(1);
  expect(turn.isLong()).toBe(true);
  await nextTurn();
  expect(turn.isLong()).toBe(false);
});

test("what waits for the next turn goes on after what was ready in this one", async () => {
  const order: string[] = [];
  const waiting = new Turn(new HandClock()).next().then(() => order.push("answer"));
  queueMicrotask(() => order.push("frame"));

  await waiting;

  expect(order).toEqual(["frame", "answer"]);
});
