import { describe, expect, test } from "bun:test";
import { heard } from "../src/errors.ts";
import {
  decodeMessage,
  encodeAck,
  encodeError,
  encodeHello,
  encodePong,
  encodeStream,
  framedVideo,
  LENGTH_BYTES,
  MAX_CONTROL_BYTES,
  videoPayload,
  withLength,
} from "../src/wire.ts";
import { fuzzSeed, Random } from "./support/random.ts";

const seed = fuzzSeed();
const PREROLL = { isPreroll: true, wantsAck: true };
const largest = Number.MAX_SAFE_INTEGER;

describe("encoding", () => {
  test("what a peer described is told on in 4 KiB, also when its texts are halves of characters", () => {
    const half = "\\ud800";
    const json = `{"state":"failed","name":"x","codec":"${half.repeat(200)}","error":"${half.repeat(400)}"}`;
    const told = decodeMessage(Uint8Array.of(2, ...new TextEncoder().encode(json)));
    if (told.kind !== "stream") {
      throw new Error("no stream");
    }

    const relayed = encodeStream({ ...told.stream, name: "\u4e2d".repeat(200) });

    expect(relayed.length).toBeLessThanOrEqual(MAX_CONTROL_BYTES);
    expect(decodeMessage(relayed).kind).toBe("stream");
  });

  test("texts are shortened to what the peer accepts", () => {
    const long = "é".repeat(5000);
    const hello = { role: "sender", name: long, program: "p", codecs: [], maxDelayMs: null, adapts: true } as const;
    const stream = {
      state: "failed",
      name: long,
      codec: null,
      width: null,
      height: null,
      error: heard(long),
      restarts: 0,
      hops: 0,
      rendition: 0,
      form: "original",
    } as const;

    expect(decodeMessage(encodeHello(hello))).toMatchObject({ hello: { name: `${"é".repeat(199)}…` } });
    expect(decodeMessage(encodeStream(stream))).toMatchObject({ stream: { error: `${"é".repeat(399)}…` } });
    expect(decodeMessage(encodeError({ code: "c", message: heard(long) }))).toMatchObject({
      notice: { message: `${"é".repeat(399)}…` },
    });
  });

  test.each(["\u0000", "\ud800", "\u{1f600}", '"', "\\"])("the longest texts of %j fit into a message", (character) => {
    const text = character.repeat(400);
    const payload = encodeStream({
      state: "failed",
      name: text,
      codec: "mjpeg",
      width: 65_535,
      height: 65_535,
      error: heard(text),
      restarts: largest,
      hops: 255,
      rendition: largest,
      form: "h264-half",
    });

    expect(payload.length).toBeLessThanOrEqual(MAX_CONTROL_BYTES);
    expect(decodeMessage(payload).kind).toBe("stream");
  });

  test.each([
    [-5, 0],
    [1.4, 1],
    [0xffff_fffe, 0xffff_fffe],
    [0xffff_ffff, 0xffff_fffe],
    [1e15, 0xffff_fffe],
    [null, null],
  ])("a delay of %p µs is acknowledged as %p", (delay, expected) => {
    expect(decodeMessage(encodeAck(1, delay))).toMatchObject({ delayMicros: expected });
  });

  test("a frame is encoded once, however many take it", () => {
    const frame = { sequence: 1, capturedAt: 2, isKey: true, bytes: Uint8Array.of(1, 2, 3) };

    expect(framedVideo(frame)).toBe(framedVideo(frame));
    expect(framedVideo(frame, PREROLL)).toBe(framedVideo(frame, PREROLL));
    expect(framedVideo({ ...frame })).not.toBe(framedVideo(frame));
    expect(videoPayload(frame)).toBe(videoPayload(frame));
    expect(videoPayload(frame, PREROLL)).toEqual(framedVideo(frame, PREROLL).subarray(LENGTH_BYTES));
  });

  test("a length goes in front", () => {
    expect(withLength(Uint8Array.of(9, 8))).toEqual(Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 9, 8));
  });

  test.each([-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])("a time of %p is an error here", (capturedAt) => {
    const frame = { sequence: 1, capturedAt, isKey: true, bytes: Uint8Array.of(1) };

    expect(() => framedVideo(frame)).toThrow(`cannot write ${capturedAt} as u64`);
    expect(() => encodePong(1, 2, capturedAt)).toThrow(RangeError);
  });

  test(`whatever numbers are encoded are decoded (seed ${seed})`, () => {
    const random = new Random(seed);
    const number = () => random.pick([0, 1, largest, random.u32(), random.below(2 ** 21) * 2 ** 32 + random.u32()]);

    for (let round = 0; round < 10_000; round++) {
      const [a, b, c] = [number(), number(), number()];
      const frame = { sequence: a, capturedAt: b, isKey: random.oneIn(2), bytes: Uint8Array.of(round % 256) };
      expect(decodeMessage(framedVideo(frame).subarray(LENGTH_BYTES))).toEqual({
        kind: "video",
        video: { ...frame, isPreroll: false, wantsAck: true },
      });
      expect(decodeMessage(encodePong(a, b, c))).toEqual({ kind: "pong", sentAt: a, receivedAt: b, answeredAt: c });
      expect(decodeMessage(encodeAck(c, b % 1000))).toEqual({ kind: "ack", sequence: c, delayMicros: b % 1000 });
    }
  });
});
