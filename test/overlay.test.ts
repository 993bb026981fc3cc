import { expect, test } from "bun:test";
import { silentLog } from "../src/log.ts";
import { Overlay } from "../src/outputs/player/overlay.ts";
import { ReceptionStats } from "../src/remote.ts";
import type { Window, Words } from "../src/window.ts";
import { HandClock } from "./support/hand-clock.ts";

/** An overlay, and all lines that stand over its window. */
function open() {
  const clock = new HandClock();
  const stats = new ReceptionStats(clock);
  let drawn: readonly string[] = [];
  const window = {
    canFillScreen: true,
    setTitle() {},
    setWords(words: readonly Words[]) {
      drawn = words.flatMap(({ lines }) => lines.map(({ text }) => text));
      return Promise.resolve();
    },
  };
  const figures = () => stats.lastSecond();
  const options = { name: "desk", figures, isClassic: () => false, log: silentLog, clock };
  return { clock, stats, overlay: new Overlay(window as unknown as Window, options), lines: () => drawn };
}

test("a note goes away by itself after three seconds", async () => {
  const { clock, overlay, lines } = open();
  overlay.say("saved desk.jpg");

  await clock.pass(2900);
  const before = lines();
  await clock.pass(400);
  const after = lines();
  overlay.close();

  expect(before).toContain("saved desk.jpg");
  expect(after).not.toContain("saved desk.jpg");
  expect(clock.waiting).toBe(0);
});

test("a picture that stands still is told of without anything that happens", async () => {
  const { clock, stats, overlay, lines } = open();
  stats.greeted(250);
  overlay.describe({ state: "live", error: null });
  stats.shown(null);
  await clock.pass(1000);
  const live = lines().join("\n");

  await clock.pass(3000);
  overlay.close();

  expect(live).not.toContain("no new picture");
  expect(lines().join("\n")).toContain("no new picture for 4 s");
});
