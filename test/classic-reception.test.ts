import { expect, test } from "bun:test";
import { ClassicReception } from "../src/remote/classic-reception.ts";
import { ReceptionStats } from "../src/remote.ts";
import { HandClock } from "./support/hand-clock.ts";

const NONE = { kind: "none" } as const;
const PIXELS = { kind: "pixels", width: 1, height: 1, channels: 3, bytes: new Uint8Array(3) } as const;

function receive() {
  const clock = new HandClock();
  const stats = new ReceptionStats(clock);
  const states: unknown[] = [];
  const warnings: string[] = [];
  const taken: number[] = [];
  const waiting: (() => void)[] = [];
  const reception = new ClassicReception(
    stats,
    {
      name: "here",
      maxDelayMs: null,
      codecs: () => ["mjpeg"],
      sink: { describe: ({ state }) => void (state !== undefined && states.push(state)) },
      onFrame() {},
      onPixels: (_pixels, { capturedAt }) => {
        taken.push(capturedAt);
        const { promise, resolve } = Promise.withResolvers<void>();
        waiting.push(resolve);
        return promise;
      },
      onWarning: (message) => warnings.push(message),
      clock,
    },
    (error) => {
      throw error;
    },
  );
  return { clock, stats, states, warnings, taken, waiting, reception };
}

test("a sender that is quiet for two seconds is waited for, and for ten gives way to another", () => {
  const { clock, stats, states, reception } = receive();

  reception.take(PIXELS, 1);
  clock.advance(2000);
  const soon = { state: stats.state, isYielding: reception.isYielding };
  clock.advance(500);
  const later = { state: stats.state, isYielding: reception.isYielding };
  clock.advance(7500);
  const atTheLimit = reception.isYielding;
  clock.advance(1);

  expect(soon).toEqual({ state: "live", isYielding: false });
  expect(later).toEqual({ state: "waiting", isYielding: false });
  expect([atTheLimit, reception.isYielding]).toEqual([false, true]);
  expect(states).toEqual(["starting"]);
});

test("a sender that has stopped yields to nobody, and leaves no timer", () => {
  const { clock, reception } = receive();
  reception.take(PIXELS, 1);

  reception.stop();
  clock.advance(60_000);

  expect(reception.isYielding).toBe(false);
  expect(clock.waiting).toBe(0);
});

test("while a picture is taken the newest waits, and those between are dropped", async () => {
  const { clock, stats, taken, waiting, reception } = receive();

  for (const capturedAt of [1, 2, 3, 4]) {
    reception.take(PIXELS, capturedAt);
  }
  waiting[0]?.();
  await clock.pass(0);

  expect(taken).toEqual([1, 4]);
  expect(stats.dropped).toBe(2);
  reception.stop();
});

test("a hundred None in a row are a camera that gives nothing, which is said once", () => {
  const { stats, states, warnings, reception } = receive();

  for (let count = 0; count < 250; count++) {
    reception.take(NONE, count);
  }

  expect(stats.noPictures).toBe(250);
  expect(states).toEqual(["failed"]);
  expect(warnings).toEqual(["the sender has no picture: its camera gives nothing"]);
  reception.stop();
});
