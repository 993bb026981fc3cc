import { describe, expect, test } from "bun:test";
import { LiveEdge } from "../src/page/mse/live-edge.ts";
import { MediaTimeline } from "../src/page/mse/media-timeline.ts";

const FRAME_MICROS = 33_333;
const at = (frame: number, isPreroll = false) => ({ sentAt: 7e12 + frame * FRAME_MICROS, isPreroll });

describe("the film's timeline", () => {
  test("begins at zero, and has frames as far apart as they were captured", () => {
    const timeline = new MediaTimeline();

    const times = [0, 1, 2, 3].map((frame) => timeline.place(at(frame), 0).timeMicros);

    expect(times).toEqual([0, FRAME_MICROS, 2 * FRAME_MICROS, 3 * FRAME_MICROS]);
  });

  test("has what is only decoded right behind the frame before; to begin with it takes no time, later it does", () => {
    const timeline = new MediaTimeline();

    const places = [at(0, true), at(1, true), at(2), at(3, true), at(4), at(5)].map((captured) =>
      timeline.place(captured, 0),
    );

    const due = [1, 2, 3].map((frames) => 2000 + frames * FRAME_MICROS);
    expect(places.map(({ timeMicros }) => timeMicros)).toEqual([0, 1000, 2000, 3000, 4000, due[2] as number]);
    expect(places.map(({ dueMicros }) => dueMicros)).toEqual([0, 1000, 2000, ...due]);
  });

  test("has no gap after a pause, which takes as much of the film as was played", () => {
    for (const [name, playedMicros, dueMicros] of [
      ["halted", 60_000, FRAME_MICROS + 100_000],
      ["ran on", 250_000, 250_000],
      ["ran ahead", 20e6, 10 * FRAME_MICROS],
    ] as const) {
      const timeline = new MediaTimeline();
      timeline.place(at(0), 0);
      const before = timeline.place(at(1), 0);

      const after = timeline.place(at(10), playedMicros);

      expect(after.timeMicros, name).toBe(before.timeMicros + before.holdMicros);
      expect(after.dueMicros, name).toBeWithin(dueMicros - 2, dueMicros + 2);
      expect(after.timeMicros + after.holdMicros, name).toBeGreaterThanOrEqual(after.dueMicros + 100_000);
    }
  });

  test("says that frames last a few times their usual distance", () => {
    const fast = new MediaTimeline();
    const slow = new MediaTimeline();
    for (let frame = 0; frame < 60; frame++) {
      fast.place(at(frame), 0);
      slow.place(at(frame * 6), 0);
    }

    expect(fast.place(at(60), 0).holdMicros).toBeWithin(99_000, 101_000);
    expect(slow.place(at(360), 0).holdMicros).toBeWithin(590_000, 610_000);
  });

  test("goes on where the player is after another connection, whose clock is another", () => {
    const timeline = new MediaTimeline();
    timeline.place(at(1000), 0);

    timeline.restart();

    expect(timeline.place({ sentAt: 5, isPreroll: true }, 4e6)).toMatchObject({ timeMicros: 100_000, dueMicros: 4e6 });
    const shown = timeline.place({ sentAt: 5 + FRAME_MICROS, isPreroll: false }, 4e6);
    expect(shown).toMatchObject({ timeMicros: 101_000, dueMicros: 4e6 });
    expect(shown.timeMicros + shown.holdMicros).toBeGreaterThanOrEqual(4e6 + 100_000);
  });

  test("never stands still, whatever the sender's clock says", () => {
    const timeline = new MediaTimeline();

    const times = [5, 5, 4, 3].map((frame) => timeline.place(at(frame), 0).timeMicros);

    expect(times).toEqual([0, 1000, 2000, 3000]);
  });
});

describe("the live edge", () => {
  /** Frames 33 ms apart that took `delayOf` ms; the film began with the first. */
  function fed(count: number, delayOf: (frame: number) => number): { edge: LiveEdge; nowMs: number } {
    const edge = new LiveEdge();
    let nowMs = 0;
    for (let frame = 0; frame < count; frame++) {
      nowMs = 1000 + frame * 33 + delayOf(frame);
      edge.add(nowMs, 500_000 + frame * 33, frame * 33);
    }
    return { edge, nowMs };
  }

  test("is at the newest frame on a calm network", () => {
    const { edge, nowMs } = fed(100, () => 5);

    expect(edge.targetMs).toBe(0);
    expect(edge.wantedMs(nowMs)).toBe(99 * 33);
  });

  test("is farther behind when frames come irregularly, and comes back when they don't", () => {
    const { edge } = fed(100, (frame) => (frame % 3 === 0 ? 65 : 5));
    const rough = edge.targetMs;
    for (let frame = 100; frame < 300; frame++) {
      edge.add(1005 + frame * 33, 500_000 + frame * 33, frame * 33);
    }

    expect(rough).toBe(60);
    expect(edge.targetMs).toBe(0);
  });

  test("does not grow with a single frame that is late, nor beyond its bound", () => {
    expect(fed(100, (frame) => (frame === 50 ? 400 : 5)).edge.targetMs).toBe(0);
    expect(fed(100, (frame) => (frame % 2 === 0 ? 2000 : 5)).edge.targetMs).toBeWithin(100, 200);
  });

  test("is farther behind where the player halts for a late frame", () => {
    const { edge, nowMs } = fed(100, (frame) => (frame % 10 === 0 ? 25 : 5));
    expect(edge.targetMs).toBe(0);

    edge.halted(nowMs);
    // What 95 of 100 frames need, and what the browser needs, and for the halt.
    expect(edge.targetMs).toBeCloseTo(20 + 8 + 8, 0);
    for (let halt = 0; halt < 9; halt++) {
      edge.halted(nowMs);
    }
    expect(edge.targetMs).toBeCloseTo(20 + 8 + 32, 0);
  });

  test("is not moved by halts at the beginning, nor where nothing came for a while", () => {
    const early = fed(20, () => 5);
    early.edge.halted(early.nowMs);
    const paused = fed(100, () => 5);
    paused.edge.halted(paused.nowMs + 2000);

    expect([early.edge.targetMs, paused.edge.targetMs]).toEqual([0, 0]);
  });

  test("lets the player run faster or slower when it is near, and jump when it is far behind", () => {
    const { edge, nowMs } = fed(100, () => 5);
    const wanted = edge.wantedMs(nowMs) as number;

    expect(edge.move(nowMs, wanted)).toEqual({ kind: "run", rate: 1 });
    expect(edge.move(nowMs, wanted - 50)).toEqual({ kind: "run", rate: expect.closeTo(1.2, 1) });
    expect(edge.move(nowMs, wanted - 300)).toEqual({ kind: "run", rate: expect.closeTo(4.6, 1) });
    expect(edge.move(nowMs, wanted + 20)).toEqual({ kind: "run", rate: expect.closeTo(0.92, 1) });
    expect(edge.move(nowMs, wanted - 1000)).toEqual({ kind: "jump", toMs: wanted });
    expect(edge.move(nowMs, wanted + 1000)).toEqual({ kind: "run", rate: 0.85 });
  });

  test("lets the clock run on past the newest frame when the next one is late, and never goes back", () => {
    const { edge, nowMs } = fed(100, (frame) => (frame % 2 === 0 ? 60 : 5));
    const newest = 99 * 33;

    expect(edge.wantedMs(nowMs + 200)).toBe((edge.wantedMs(nowMs) as number) + 200);
    expect(edge.move(nowMs, newest + 1000)).toEqual({ kind: "run", rate: 0.85 });
    expect(edge.move(nowMs + 2000, newest + 50).kind).toBe("run");
    expect(edge.move(nowMs + 2000, newest - 50)).toEqual({ kind: "jump", toMs: newest });
  });

  test("brings a player that follows it there within two seconds", () => {
    const { edge } = fed(30, () => 5);
    let played = 30 * 33 - 300;
    for (let frame = 30; frame < 90; frame++) {
      const nowMs = 1005 + frame * 33;
      edge.add(nowMs, 500_000 + frame * 33, frame * 33);
      const move = edge.move(nowMs, played);
      expect(move.kind).toBe("run");
      played += 33 * (move.kind === "run" ? move.rate : 0);
    }

    expect(Math.abs((edge.wantedMs(1005 + 90 * 33) as number) - played)).toBeLessThan(45);
  });

  test("knows nothing before the first frame", () => {
    const edge = new LiveEdge();

    expect(edge.wantedMs(5)).toBeNull();
    expect(edge.move(5, 0)).toEqual({ kind: "run", rate: 1 });
  });
});
