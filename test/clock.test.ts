import { afterEach, beforeEach, expect, jest, mock, spyOn, test } from "bun:test";
import { patience } from "../src/clock.ts";

let now: number;
let judged: number[];

beforeEach(() => {
  jest.useFakeTimers();
  now = 1000;
  judged = [];
  spyOn(performance, "now").mockImplementation(() => now);
});

afterEach(() => {
  mock.restore();
  jest.useRealTimers();
});

/** @param lateMs what passes beside, while this process does nothing */
function advance(ms: number, lateMs = 0): void {
  now += ms + lateMs;
  jest.advanceTimersByTime(ms);
}

const wait = () => patience(500, () => judged.push(now - 1000));

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
