import { beforeEach, expect, test } from "bun:test";
import { patience } from "../src/time.ts";
import { HandClock } from "./support/hand-clock.ts";

let clock: HandClock;
let beginMs: number;
let judged: number[];

beforeEach(() => {
  clock = new HandClock();
  beginMs = clock.now();
  judged = [];
});

/** @param lateMs by how much it is later, since this process did nothing for its last moment */
function advance(ms: number, lateMs = 0): void {
  clock.advance(ms - 1);
  clock.stall(1 + lateMs);
  clock.advance(0);
}

const wait = () => patience(500, () => judged.push(clock.now() - beginMs), clock);

test("who has patience judges when the time is over", () => {
  wait();
  advance(499);
  expect(judged).toEqual([]);
  advance(1, 50);
  expect(judged).toEqual([550]);
});

test("who was held up reads first what was said meanwhile, and then judges, as soon as nothing held it up", () => {
  wait();
  advance(500, 51);
  expect(judged).toEqual([]);
  advance(50, 10_000);
  expect(judged).toEqual([]);
  advance(50);
  expect(judged).toEqual([10_651]);
  advance(10_000);
  expect(judged).toHaveLength(1);
});

test("who is held up all the time judges in the end", () => {
  wait();
  advance(500, 51);
  for (let again = 1; again < 10; again++) {
    advance(50, 51);
  }
  expect(judged).toEqual([]);
  advance(50, 51);
  expect(judged).toEqual([551 + 10 * 101]);
});

test.each([0, 51])("who has called it off does not judge (%d ms late)", (lateMs) => {
  const callOff = wait();
  advance(lateMs === 0 ? 499 : 500, lateMs);
  callOff();
  callOff();
  advance(10_000);
  expect(judged).toEqual([]);
});
