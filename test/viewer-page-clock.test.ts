import { expect, test } from "bun:test";
import { announcerIn } from "../src/page/announcer.ts";
import { Figures } from "../src/page/figures.ts";
import { HandClock } from "./support/hand-clock.ts";

test("a screen reader hears what is newest, at most every 5 s, and nothing of a state that came and went", () => {
  const clock = new HandClock();
  const region = { textContent: "" };
  const announce = announcerIn(region, clock);
  const heard: string[] = [];
  const listen = (ms: number) => {
    clock.advance(ms);
    heard.push(region.textContent);
  };

  announce("state", "connecting");
  announce("state", "live");
  listen(499);
  listen(1);
  announce("state", "no connection");
  announce("notice", "Saved");
  listen(4999);
  announce("state", "live");
  listen(1);
  announce("state", "ended");
  listen(5000);

  expect(heard).toEqual(["", "live", "live", "Saved", "ended"]);
});

test("two announcers know nothing of each other", () => {
  const clock = new HandClock();
  const live = { textContent: "" };
  const ended = { textContent: "" };

  announcerIn(live, clock)("state", "live");
  announcerIn(ended, clock)("state", "ended");
  clock.advance(500);

  expect([live.textContent, ended.textContent]).toEqual(["live", "ended"]);
});

test("the page's delay is that of the last second", () => {
  const clock = new HandClock();
  const figures = new Figures(clock);

  for (const delayMs of [900, 20, 30, 40]) {
    figures.addShown(1000, delayMs * 1000);
    clock.advance(300);
  }

  expect(figures.delayMs(0.5)).toBe(30);
  clock.advance(2000);
  expect(figures.delayMs(0.5)).toBeNull();
  expect(figures.frames).toBe(4);
});
