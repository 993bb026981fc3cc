import { expect, test } from "bun:test";
import { ReceptionStats } from "../src/remote.ts";
import { HandClock } from "./support/hand-clock.ts";

test("figures are those of the last second, and totals those of the whole run", () => {
  const clock = new HandClock();
  const stats = new ReceptionStats(clock);
  stats.greeted(250);

  for (let count = 0; count < 50; count++) {
    clock.advance(100);
    stats.frame(12_500);
    stats.shown(20_000);
  }
  const last = stats.lastSecond();
  const whole = stats.wholeRun();

  expect(last).toMatchObject({ state: "live", frames: 50, fps: 10, mbps: 1, gapMs: 100 });
  expect(last.delayMs).toEqual({ p50: 20, p95: 20, max: 20 });
  expect(whole).toMatchObject({ state: "ended", frames: 50, fps: 10, gapMs: 100 });
});

test("what is not followed by another picture is stale after what was promised, a second and the usual distance", () => {
  const clock = new HandClock();
  const stats = new ReceptionStats(clock);
  stats.greeted(250);
  for (let count = 0; count < 10; count++) {
    clock.advance(40);
    stats.frame(1000);
    stats.shown(null);
  }

  clock.advance(1290);
  const live = stats.lastSecond();
  clock.advance(1);
  const stale = stats.lastSecond();
  stats.frozen();
  const frozen = stats.lastSecond();

  expect(live).toMatchObject({ state: "live", stillMs: null, fps: 0 });
  expect(stale).toMatchObject({ state: "stale", stillMs: 1291 });
  expect(frozen).toMatchObject({ state: "live", stillMs: null });
});
