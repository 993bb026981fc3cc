import { afterEach, beforeEach, expect, test } from "bun:test";
import { OTHERS_PATIENCE, StallWatch } from "../src/capture/stall-watch.ts";
import { HandClock } from "./support/hand-clock.ts";

let clock: HandClock;
let reasons: string[];
let watch: StallWatch;

beforeEach(() => {
  clock = new HandClock();
  reasons = [];
  watch = watchAt(null);
});

afterEach(() => {
  watch.close();
  expect(clock.waiting).toBe(0);
});

function watchAt(fps: number | null): StallWatch {
  return new StallWatch(fps, (reason) => reasons.push(reason), { clock });
}

function frames(count: number, intervalMs: number): void {
  for (let frame = 0; frame < count; frame++) {
    watch.alive();
    clock.advance(intervalMs);
  }
}

test("the first frame may take 10 s", () => {
  clock.advance(9900);
  const early = [...reasons];

  clock.advance(100);

  expect(early).toEqual([]);
  expect(reasons).toEqual(["gave no picture within 10 s"]);
});

test("at 30 frames per second, 2 s without one are a stall", () => {
  frames(60, 33);
  clock.advance(1800);
  const early = [...reasons];

  clock.advance(300);

  expect(early).toEqual([]);
  expect(reasons).toEqual(["gave no picture for 2 s"]);
});

test("at a frame per second, five frame times are a stall", () => {
  frames(10, 1000);
  clock.advance(3800);
  const early = [...reasons];

  clock.advance(500);

  expect(early).toEqual([]);
  expect(reasons).toEqual(["gave no picture for 5 s"]);
});

test("a slow source whose first two frames come at once has not stalled", () => {
  frames(2, 0);
  clock.advance(3000);
  frames(2, 3000);

  clock.advance(3000);

  expect(reasons).toEqual([]);
});

test("where the rate was asked for, the first frame is enough to know it", () => {
  watch.close();
  watch = watchAt(30);
  frames(1, 0);

  clock.advance(2000);

  expect(reasons).toEqual(["gave no picture for 2 s"]);
});

test("a stall is told once", () => {
  frames(5, 33);

  clock.advance(60_000);

  expect(reasons).toHaveLength(1);
});

test("nothing is told after the end", () => {
  frames(5, 33);

  watch.close();
  clock.advance(60_000);

  expect(reasons).toEqual([]);
});

test("others' sources may take 30 s to begin, and pause for 10 s", () => {
  watch.patience = OTHERS_PATIENCE;
  clock.advance(29_900);
  frames(60, 33);
  clock.advance(9800);
  const early = [...reasons];

  clock.advance(300);

  expect(early).toEqual([]);
  expect(reasons).toEqual(["gave no picture for 10 s"]);
});

test("while no frame is waited for, no time passes", () => {
  watch.close();
  let isWanting = true;
  watch = new StallWatch(null, (reason) => reasons.push(reason), { isWanting: () => isWanting, clock });
  frames(60, 33);
  isWanting = false;
  clock.advance(600_000);
  const early = [...reasons];
  isWanting = true;

  clock.advance(2100);

  expect(early).toEqual([]);
  expect(reasons).toEqual(["gave no picture for 2 s"]);
});

test("a stall is told again when frames came since", () => {
  frames(5, 33);
  clock.advance(5000);
  frames(5, 33);
  clock.advance(5000);

  expect(reasons).toHaveLength(2);
});

test("ffmpeg that says what it does has more time to begin, a minute in all", () => {
  for (let second = 0; second < 65; second++) {
    watch.isAtWork();
    clock.advance(1000);
  }
  const early = [...reasons];
  clock.advance(10_000);

  expect(early).toEqual([]);
  expect(reasons).toEqual(["gave no picture within 10 s"]);
});

test("while this process is suspended, nothing has stalled", () => {
  frames(60, 33);

  clock.stall(3_600_000);
  clock.advance(1800);
  const early = [...reasons];
  clock.advance(300);

  expect(early).toEqual([]);
  expect(reasons).toEqual(["gave no picture for 2 s"]);
});
