import { expect, test } from "bun:test";
import { receivingStatus, sendingStatus } from "../src/cli/status.ts";
import { NO_RECEPTION_FIGURES, type SendingFigures } from "../src/commands.ts";
import type { ReceptionFigures } from "../src/remote.ts";

const RECEIVED = {
  ...NO_RECEPTION_FIGURES,
  codec: "h264",
  width: 1280,
  height: 720,
  fps: 29.9,
  mbps: 4.04,
  dropped: 2,
  delayMs: { p50: 12.4, p95: 20, max: 31 },
} as unknown as ReceptionFigures;

const WHY = "the file holds no video that can be read";

test.each([
  [{ state: "connecting" }, "connecting to 10.0.0.4", "waiting for a sender"],
  [{ state: "waiting" }, "waiting for the picture", "waiting for the picture"],
  [{ state: "waiting", error: WHY }, `no picture: ${WHY}`, `no picture: ${WHY}`],
  [{ state: "stale", stillMs: 2900 }, "no new picture for 2 s", "no new picture for 2 s"],
  [
    { state: "reconnecting" },
    "no connection for 1 min 5 s, trying again",
    "no connection for 1 min 5 s, waiting for a sender",
  ],
  [{ state: "ended" }, "the stream has ended", "the stream has ended"],
] as const)("of a stream that is not there, %j, no figure is shown", (change, watch, receive) => {
  const figures: ReceptionFigures = { ...RECEIVED, ...change };

  expect(receivingStatus(figures, { host: "10.0.0.4", lostMs: 65_900, isUnseen: true })).toBe(watch);
  expect(receivingStatus(figures, { host: null, lostMs: 65_900, isUnseen: false })).toBe(receive);
});

test("of a live stream there are its size, codec, delay, rate and bits, and what was dropped", () => {
  expect(receivingStatus({ ...RECEIVED, state: "live" }, { host: "10.0.0.4", lostMs: 0, isUnseen: false })).toBe(
    "live 1280×720 H.264 · 12 ms · 30 fps · 4.0 Mbit/s · 2 dropped",
  );
});

test("a stream that nobody sees is not called live", () => {
  expect(receivingStatus({ ...RECEIVED, state: "live" }, { host: null, lostMs: 0, isUnseen: true })).toBe(
    "nothing shows it · 1280×720 H.264 · 30 fps · 4.0 Mbit/s",
  );
});

test("the rate of serve is its source's, however many watch", () => {
  const source = {
    state: "live",
    codec: "mjpeg",
    width: 640,
    height: 360,
    fps: 15.2,
    mbps: 3,
    restarts: 0,
    error: null,
  };
  const figures: SendingFigures = { source, viewers: { count: 1 }, sent: { fps: 15, mbps: 3 }, dropped: 0 };

  expect(sendingStatus(figures)).toBe("live 640×360 JPEG · 15 fps · 1 viewer · 3.0 Mbit/s out · 0 dropped");
  expect(sendingStatus({ ...figures, viewers: { count: 3 }, sent: { fps: 45, mbps: 9 } })).toBe(
    "live 640×360 JPEG · 15 fps · 3 viewers · 9.0 Mbit/s out · 0 dropped",
  );
});
