import { beforeEach, expect, test } from "bun:test";
import type { Nature } from "../src/capture/nature.ts";
import { Pacer, type Timed } from "../src/capture/pacer.ts";
import { MIB } from "../src/units.ts";
import { HandClock } from "./support/hand-clock.ts";

const LIVE: Nature = {
  ...{ flow: "live", hasOwnTimes: true, durationMs: null, canTurn: false, isPicture: false, beganWithUs: false },
};
const FILM: Nature = { ...LIVE, flow: "film" };
const JUDGED: Nature = { ...LIVE, flow: "judged" };

let clock: HandClock;
let begunAt: number;
/** The times of the pictures that were given, and when that was; ms. */
let given: { readonly ptsMs: number; readonly atMs: number }[];
let pacer: Pacer<Timed>;

beforeEach(() => {
  clock = new HandClock();
  begunAt = clock.now();
  given = [];
  pacer = new Pacer(
    ({ ptsMicros }) => given.push({ ptsMs: (ptsMicros ?? 0) / 1000, atMs: clock.now() - begunAt }),
    clock,
  );
});

function picture(ptsMs: number, byteCount = 1000): Timed {
  return { ptsMicros: ptsMs * 1000, bytes: new Uint8Array(byteCount) };
}

function add(...ptsMs: readonly number[]): void {
  for (const at of ptsMs) {
    pacer.add(picture(at));
  }
}

/** As many as there is room for at once, of 25 a second. @returns the time of the next one, ms */
function fill(fromMs: number, untilMs: number): number {
  let ptsMs = fromMs;
  for (; ptsMs < untilMs && pacer.room() === undefined; ptsMs += 40) {
    pacer.add(picture(ptsMs));
  }
  return ptsMs;
}

const times = () => given.map(({ ptsMs }) => ptsMs);
const moments = () => given.map(({ atMs }) => atMs);

test("what comes before it is known what it is, is held; live, it is given at once, as is all that follows", () => {
  pacer.begin();
  add(0, 40, 80);
  clock.advance(700);
  const early = times();

  pacer.know(LIVE);
  pacer.add(picture(5000));

  expect(early).toEqual([]);
  expect(given).toEqual([0, 40, 80, 5000].map((ptsMs) => ({ ptsMs, atMs: 700 })));
  expect(clock.waiting).toBe(0);
});

test("a film is given at its own speed, and read two seconds ahead", () => {
  pacer.begin();
  pacer.know(FILM);

  let next = fill(0, 4000);
  const ahead = next;
  for (let passedMs = 0; passedMs < 4000; passedMs += 40) {
    clock.advance(40);
    next = fill(next, 4000);
  }

  expect(ahead).toBeWithin(2000, 2200);
  expect(times()).toEqual(Array.from({ length: 100 }, (_, index) => 40 * index));
  expect(moments()).toEqual(times());
});

test("a film that begins again goes on when its last picture was there for its time", async () => {
  pacer.begin();
  pacer.know({ ...FILM, durationMs: 120 });
  add(0, 40, 80);
  pacer.end();
  pacer.begin();
  pacer.know({ ...FILM, durationMs: 120 });
  add(0, 40, 80);
  const drained = pacer.drained();

  await clock.pass(1000);
  await drained;

  expect(times()).toEqual([0, 40, 80, 0, 40, 80]);
  expect(moments()).toEqual([0, 40, 80, 120, 160, 200]);
});

test("what waits is at most 32 MiB", () => {
  pacer.begin();
  pacer.know(FILM);

  for (let count = 0; count < 8; count++) {
    expect(pacer.room()).toBeUndefined();
    pacer.add(picture(count, 5 * MIB));
  }
  // The first was due at once.
  const room = pacer.room();
  clock.advance(100);

  expect(room).toBeInstanceOf(Promise);
  expect(pacer.room()).toBeUndefined();
});

test("what gives more than time passes is a film, and then played at its own speed", () => {
  pacer.begin();
  pacer.know(JUDGED);

  fill(0, 60_000);
  const isFilm = pacer.isFilm;
  const atOnce = times().length;
  clock.advance(4000);

  expect(isFilm).toBe(true);
  // Half a second may have been in store.
  expect(atOnce).toBeWithin(1, 16);
  expect(times().length - atOnce).toBe(100);
});

test("what is no faster than the clock is live after a second, and given at once from then on", () => {
  pacer.begin();
  pacer.know(JUDGED);
  for (let ptsMs = 0; ptsMs < 2000; ptsMs += 40) {
    pacer.add(picture(ptsMs));
    clock.advance(40);
  }
  const before = times().length;

  // It was held up on its way.
  clock.advance(1000);
  add(2000, 2040, 2080);

  expect(pacer.isFilm).toBe(false);
  expect(before).toBe(50);
  expect(moments().slice(-3)).toEqual([3000, 3000, 3000]);
});

test("what ends while it is judged, with pictures that wait, is a film", () => {
  pacer.begin();
  pacer.know(JUDGED);
  fill(0, 3000);

  pacer.end();

  expect(pacer.isFilm).toBe(true);
  clock.advance(3000);
  expect(times()).toHaveLength(75);
});

test("what is cleared is never given, and makes room", async () => {
  pacer.begin();
  pacer.know(FILM);
  fill(0, 10_000);
  const room = pacer.room();

  pacer.clear();
  await room;
  clock.advance(10_000);

  expect(times()).toEqual([0]);
  expect(pacer.isWanting).toBe(true);
  expect(clock.waiting).toBe(0);
});

test("after a time in which this process was stopped, a film goes on where it was, at its own speed", () => {
  pacer.begin();
  pacer.know(FILM);
  fill(0, 2000);
  clock.advance(400);

  clock.stall(60_000);
  fill(2000, 4000);
  const late = times().length;
  clock.advance(1000);

  // What waited is given at once, and the first that comes then: what follows is as far apart as its times are.
  expect(late).toBe(51);
  expect(times()).toEqual(Array.from({ length: 76 }, (_, index) => 40 * index));
  expect(moments().slice(51)).toEqual(Array.from({ length: 25 }, (_, index) => 60_400 + 40 * (index + 1)));
});
