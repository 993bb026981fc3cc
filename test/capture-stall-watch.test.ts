import { afterEach, beforeEach, expect, jest, test } from "bun:test";
import { OTHERS_PATIENCE, StallWatch } from "../src/capture/stall-watch.ts";

let reasons: string[];
let watch: StallWatch;

beforeEach(() => {
  jest.useFakeTimers();
  reasons = [];
  watch = watchAt(null);
});

afterEach(() => {
  watch.close();
  jest.useRealTimers();
});

function watchAt(fps: number | null): StallWatch {
  return new StallWatch(fps, (reason) => reasons.push(reason));
}

function frames(count: number, intervalMs: number): void {
  for (let frame = 0; frame < count; frame++) {
    watch.alive();
    jest.advanceTimersByTime(intervalMs);
  }
}

test("the first frame may take 10 s", () => {
  jest.advanceTimersByTime(9900);
  const early = [...reasons];

  jest.advanceTimersByTime(100);

  expect(early).toEqual([]);
  expect(reasons).toEqual(["gave no picture within 10 s"]);
});

test("at 30 frames per second, 2 s without one are a stall", () => {
  frames(60, 33);
  jest.advanceTimersByTime(1800);
  const early = [...reasons];

  jest.advanceTimersByTime(300);

  expect(early).toEqual([]);
  expect(reasons).toEqual(["gave no picture for 2 s"]);
});

test("at a frame per second, five frame times are a stall", () => {
  frames(10, 1000);
  jest.advanceTimersByTime(3800);
  const early = [...reasons];

  jest.advanceTimersByTime(500);

  expect(early).toEqual([]);
  expect(reasons).toEqual(["gave no picture for 5 s"]);
});

test("a slow source whose first two frames come at once has not stalled", () => {
  frames(2, 0);
  jest.advanceTimersByTime(3000);
  frames(2, 3000);

  jest.advanceTimersByTime(3000);

  expect(reasons).toEqual([]);
});

test("where the rate was asked for, the first frame is enough to know it", () => {
  watch.close();
  watch = watchAt(30);
  frames(1, 0);

  jest.advanceTimersByTime(2000);

  expect(reasons).toEqual(["gave no picture for 2 s"]);
});

test("a stall is told once", () => {
  frames(5, 33);

  jest.advanceTimersByTime(60_000);

  expect(reasons).toHaveLength(1);
});

test("nothing is told after the end", () => {
  frames(5, 33);

  watch.close();
  jest.advanceTimersByTime(60_000);

  expect(reasons).toEqual([]);
});

test("others' sources may take 30 s to begin, and pause for 10 s", () => {
  watch.patience = OTHERS_PATIENCE;
  jest.advanceTimersByTime(29_900);
  frames(60, 33);
  jest.advanceTimersByTime(9800);
  const early = [...reasons];

  jest.advanceTimersByTime(300);

  expect(early).toEqual([]);
  expect(reasons).toEqual(["gave no picture for 10 s"]);
});

test("while no frame is waited for, no time passes", () => {
  watch.close();
  let isWanting = true;
  watch = new StallWatch(
    null,
    (reason) => reasons.push(reason),
    () => isWanting,
  );
  frames(60, 33);
  isWanting = false;
  jest.advanceTimersByTime(600_000);
  const early = [...reasons];
  isWanting = true;

  jest.advanceTimersByTime(2100);

  expect(early).toEqual([]);
  expect(reasons).toEqual(["gave no picture for 2 s"]);
});

test("a stall is told again when frames came since", () => {
  frames(5, 33);
  jest.advanceTimersByTime(5000);
  frames(5, 33);
  jest.advanceTimersByTime(5000);

  expect(reasons).toHaveLength(2);
});

test("ffmpeg that says what it does has more time to begin, a minute in all", () => {
  for (let second = 0; second < 65; second++) {
    watch.isAtWork();
    jest.advanceTimersByTime(1000);
  }
  const early = [...reasons];
  jest.advanceTimersByTime(10_000);

  expect(early).toEqual([]);
  expect(reasons).toEqual(["gave no picture within 10 s"]);
});
