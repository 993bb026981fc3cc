// Parts: ffmpeg
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync } from "node:fs";
import { createCanvas } from "@napi-rs/canvas";
import { findFfmpeg } from "../src/ffmpeg.ts";
import { silentLog } from "../src/log.ts";
import { h264Parameters, jpegSize, type Packet } from "../src/media.ts";
import { systemClock } from "../src/time.ts";
import { JpegEncoder, type Picture, stillOf } from "../src/transcode.ts";
import { percentile } from "../src/units.ts";
import { FormedStream, patternSource } from "./support/formed-stream.ts";
import { HandClock } from "./support/hand-clock.ts";
import {
  decodePicture,
  type Picture as Pixels,
  readStrip,
  StripSource,
  stripAgeMs,
  stripJpeg,
} from "./support/picture.ts";
import { childrenOf, commandOf } from "./support/processes.ts";
import { Folder } from "./support/stand-in.ts";
import { waitFor } from "./support/wait.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

const HD = { width: 1280, height: 720 };
const SMALL = { width: 640, height: 360 };
/** What the strip may differ by from when its picture was taken, ms. */
const SAME_MS = 20;

const folder = new Folder();
afterAll(() => folder[Symbol.dispose]());

/** Our own ffmpegs whose command line has this word. */
function ffmpegsWith(word: string): number[] {
  return childrenOf(process.pid, "ffmpeg").filter((child) => commandOf(child).includes(word));
}

/** An access unit's picture; `frames` are from a key frame to it. */
async function still(frames: readonly Packet[]): Promise<Uint8Array> {
  return await stillOf(
    frames.map(({ bytes }) => bytes),
    findFfmpeg(undefined),
    silentLog,
  );
}

/** How long after a picture was taken its strip says that it was drawn, ms. */
async function strayMs(jpeg: Uint8Array, capturedAt: number): Promise<number> {
  const strip = readStrip(await decodePicture(jpeg));
  if (strip === null) {
    throw new Error("the picture has no strip");
  }
  return Math.abs(stripAgeMs(strip, capturedAt / 1000));
}

function growing(frames: readonly Packet[]): boolean {
  return frames.every(({ capturedAt }, index) => index === 0 || capturedAt > (frames[index - 1] as Packet).capturedAt);
}

describe("H.264 made of JPEG", () => {
  test.each([
    ["h264", HD],
    ["h264-half", SMALL],
  ] as const)("as %s: one frame for each picture, with its time, and key frames in time", async (form, size) => {
    await using stream = new FormedStream(patternSource("mjpeg", HD));
    const track = stream.track(form);
    const taker = stream.take(track);

    await waitFor("frames", () => taker.frames.length >= 90);
    const { frames } = taker;

    const [first] = frames;
    expect(first?.isKey).toBe(true);
    expect(h264Parameters((first as Packet).bytes)).toMatchObject(size);
    expect(growing(frames)).toBe(true);
    const keys = frames.filter(({ isKey }) => isKey);
    expect(keys.every(({ bytes }) => h264Parameters(bytes) !== undefined)).toBe(true);
    // Whenever 500 ms have passed.
    const intervals = keys.slice(1).map(({ capturedAt }, index) => capturedAt - (keys[index] as Packet).capturedAt);
    const intervalMs = (percentile(intervals, 0.5) ?? 0) / 1000;
    expect(intervalMs).toBeGreaterThan(450);
    expect(intervalMs).toBeLessThan(620);
    expect(track.description).toMatchObject({ state: "live", codec: "h264", ...size });
    if (form === "h264") {
      const upTo = frames.findLastIndex(({ isKey }) => isKey) + 1;
      const jpeg = await still(frames.slice(upTo - 1, upTo));
      expect(await strayMs(jpeg, (frames[upTo - 1] as Packet).capturedAt)).toBeLessThan(SAME_MS);
    }
  });

  test("has the colours of the JPEG", async () => {
    await using stream = new FormedStream(null);
    stream.original.describe({ state: "live", codec: "mjpeg" });
    const taker = stream.take(stream.track("h264"));
    const jpeg = await colours();

    await waitFor("a frame", () => {
      stream.original.frame({ capturedAt: systemClock.micros(), isKey: true, bytes: jpeg });
      return taker.frames.length >= 1;
    });
    const before = await decodePicture(jpeg);
    const after = await decodePicture(await still(taker.frames.slice(0, 1)));

    expect(furthest(before, after)).toBeLessThan(8);
  });

  test("holds no frame back", async () => {
    const clock = new HandClock();
    await using stream = new FormedStream(null, { clock });
    stream.original.describe({ state: "live", codec: "mjpeg" });
    const taker = stream.take(stream.track("h264"));
    const give = async (counter: number) => {
      clock.advance(33);
      const capturedAt = clock.micros();
      stream.original.frame({ capturedAt, isKey: true, bytes: stripJpeg(640, 360, Date.now(), counter) });
      await waitFor("its frame", () => taker.frames.at(-1)?.capturedAt === capturedAt);
    };

    // Each comes without another picture behind it.
    for (let counter = 0; counter < 10; counter++) {
      await give(counter);
    }

    expect(taker.frames.length).toBe(10);
  });

  test("follows a change of size", async () => {
    await using stream = new FormedStream(null);
    stream.original.describe({ state: "live", codec: "mjpeg" });
    const track = stream.track("h264");
    const taker = stream.take(track);
    const give = async (width: number, height: number) => {
      const isOne = ({ isKey, bytes }: Packet) => isKey && h264Parameters(bytes)?.width === width;
      const before = taker.frames.length;
      await waitFor(`a key frame of ${width}x${height}`, () => {
        stream.original.frame({ capturedAt: systemClock.micros(), isKey: true, bytes: stripJpeg(width, height, 0, 1) });
        return taker.frames.slice(before).some(isOne);
      });
      expect(track.description).toMatchObject({ width, height });
    };

    await give(640, 360);
    await give(960, 540);
    await give(640, 360);

    expect(ffmpegsWith("libx264").length).toBe(1);
  });
});

describe("what is made of H.264", () => {
  test("JPEG has each picture's time, in order", async () => {
    await using stream = new FormedStream(patternSource("h264", HD));
    const taker = stream.take(stream.forms.jpeg);

    await waitFor("pictures", () => taker.frames.length >= 45);
    const { frames } = taker;

    expect(growing(frames)).toBe(true);
    for (const { bytes, capturedAt } of [frames[0], frames[20], frames[44]] as Packet[]) {
      expect(jpegSize(bytes)).toMatchObject(HD);
      expect(await strayMs(bytes, capturedAt)).toBeLessThan(SAME_MS);
    }
  });

  test("begins with what came since the last key frame, which is not shown", async () => {
    await using stream = new FormedStream(patternSource("h264", HD));
    const before = stream.take(stream.original);
    const isInTheMiddle = () => before.frames.length > 20 && before.frames.slice(-8).every(({ isKey }) => !isKey);
    await waitFor("the middle between key frames", isInTheMiddle);
    const startedAt = systemClock.micros();

    const half = stream.take(stream.track("h264-half"));
    const jpeg = stream.take(stream.forms.jpeg);
    await waitFor("frames", () => half.frames.length >= 30 && jpeg.frames.length >= 5);

    const [first] = half.frames as [Packet];
    expect([first.isKey, first.isPreroll]).toEqual([true, true]);
    expect(first.capturedAt).toBeLessThan(startedAt);
    expect(jpeg.frames[0]?.capturedAt).toBeGreaterThan(startedAt - 100_000);
  });

  test("pixels are those of the picture", async () => {
    await using stream = new FormedStream(patternSource("h264", SMALL));
    const taker = stream.take(stream.forms.pixels);

    await waitFor("pixels", () => taker.frames.length >= 3);
    const { bytes, capturedAt } = taker.frames[2] as Packet;

    expect(stream.forms.pixels.description).toMatchObject({ codec: "bgr24", ...SMALL });
    expect(bytes.length).toBe(SMALL.width * SMALL.height * 3);
    const strip = readStrip({ ...SMALL, rgba: rgbaOf(bytes) });
    expect(Math.abs(stripAgeMs(strip as NonNullable<typeof strip>, capturedAt / 1000))).toBeLessThan(SAME_MS);
  });

  test("of another machine needs an ffmpeg that is not old", async () => {
    const version = "ffmpeg version 4.4.2\\nlibavutil      56. 70.100 / 56. 70.100\\n";
    const old = folder.write("old", `#!/bin/sh\nprintf '${version}'\n`);
    chmodSync(old, 0o755);
    await using stream = new FormedStream(patternSource("h264", SMALL), { isForeign: true, ffmpegPath: old });
    const taker = stream.take(stream.forms.jpeg);

    const failed = await waitFor("the failure", () => taker.descriptions.find(({ state }) => state === "failed"));

    expect(failed.error?.message).toBe("ffmpeg is 4.4.2, 5.1 or newer is needed to decode H.264 from another machine");
    expect(stream.original.description.state).toBe("live");
  });
});

describe("a form that the source gives anyway", () => {
  test("is passed through as it is, without an ffmpeg", async () => {
    const source = new StripSource();
    await using stream = new FormedStream(source, { ffmpegPath: "/nowhere/ffmpeg" });
    const original = stream.take(stream.original);

    const taker = stream.take(stream.forms.jpeg);
    await waitFor("pictures", () => taker.frames.length >= 5);

    const given = new Set(original.frames.map(({ bytes }) => bytes));
    expect(taker.frames.every(({ bytes }) => given.has(bytes))).toBe(true);
  });

  test("needs an ffmpeg from when the source gives something else", async () => {
    await using stream = new FormedStream(null);
    await using other = new FormedStream(patternSource("h264", SMALL));
    const h264 = other.take(other.original);
    await waitFor("H.264", () => h264.frames.length > 60);
    const taker = stream.take(stream.forms.jpeg);
    stream.original.describe({ state: "live", codec: "mjpeg" });
    stream.original.frame({ capturedAt: systemClock.micros(), isKey: true, bytes: stripJpeg(640, 360, 0, 1) });
    await waitFor("the JPEG", () => taker.frames.length === 1);

    stream.original.describe({ codec: "h264" });
    let given = h264.frames.findLastIndex(({ isKey }) => isKey);
    const giveNew = () => {
      for (const { isKey, bytes } of h264.frames.slice(given)) {
        stream.original.frame({ capturedAt: systemClock.micros(), isKey, bytes });
      }
      given = h264.frames.length;
    };

    // What comes while its ffmpeg starts may be too old when that has: more has to follow.
    await waitFor("JPEG of the H.264", () => {
      giveNew();
      return taker.frames.length >= 3;
    });
    expect(jpegSize((taker.frames[2] as Packet).bytes)).toMatchObject(SMALL);
  });
});

describe("a form that can't be had", () => {
  test("says why, asks ever more seldom, and leaves the original alone", async () => {
    const source = new StripSource();
    const clock = new HandClock();
    const warnings: string[] = [];
    const told: string[] = [];
    const triedAt: number[] = [];
    await using stream = new FormedStream(source, {
      ffmpegPath: folder.standIn("broken", 'echo "no such luck" >&2; exit 1'),
      onWarning: (message) => warnings.push(message),
      onDebug: (message) => (message.startsWith("running ") ? triedAt.push(clock.now()) : told.push(message)),
      clock,
    });
    const original = stream.take(stream.original);
    await waitFor("pictures", () => original.frames.length > 0);

    const taker = stream.take(stream.track("h264"));
    const failed = await waitFor("the failure", () => taker.descriptions.find(({ state }) => state === "failed"));
    for (let tries = 1; tries < 5; tries++) {
      const failures = () => warnings.length + told.filter((line) => line.includes("trying again")).length;
      await waitFor(`failure ${tries}`, () => failures() === tries);
      for (let waitedMs = 0; triedAt.length === tries && waitedMs < 10_000; waitedMs += 10) {
        clock.advance(10);
      }
    }

    expect(failed.error?.message).toBe("ffmpeg ended with exit code 1: no such luck");
    expect(warnings).toEqual(["no H.264: ffmpeg ended with exit code 1: no such luck"]);
    expect(triedAt.map((time) => time - (triedAt[0] as number))).toEqual([0, 250, 750, 1750, 3750]);
    expect(original.descriptions.every(({ state }) => state !== "failed")).toBe(true);
    const before = original.frames.length;
    await waitFor("more of the original", () => original.frames.length > before + 5);
  });

  test("comes back when its ffmpeg was killed, beginning with a key frame", async () => {
    await using stream = new FormedStream(patternSource("h264", HD));
    const original = stream.take(stream.original);
    const taker = stream.take(stream.track("h264-half"));
    await waitFor("frames", () => taker.frames.length > 10);
    const [child] = ffmpegsWith("-max_pixels") as [number];

    process.kill(child, "SIGKILL");
    await waitFor("the failure", () => taker.descriptions.some(({ state }) => state === "failed"));
    const before = taker.frames.length;
    await waitFor("frames again", () => taker.frames.length > before + 10);

    expect(taker.frames[before]?.isKey).toBe(true);
    expect(growing(original.frames)).toBe(true);
    expect(original.descriptions.every(({ state }) => state !== "failed")).toBe(true);
  });

  test("is one whose ffmpeg is stopped; another takes its place", async () => {
    const clock = new HandClock();
    await using stream = new FormedStream(patternSource("mjpeg", SMALL), { clock });
    const taker = stream.take(stream.track("h264"));
    await waitFor("frames", () => taker.frames.length > 10);

    process.kill((ffmpegsWith("-max_pixels") as [number])[0], "SIGSTOP");
    await waitFor("the failure", () => {
      clock.advance(500);
      return taker.descriptions.some(({ state }) => state === "failed");
    });
    const before = taker.frames.length;
    clock.advance(250);

    await waitFor("frames again", () => taker.frames.length > before + 10);
  });

  test("tells what is the matter with the original", async () => {
    const source = new StripSource();
    await using stream = new FormedStream(source);
    const track = stream.track("h264");
    const taker = stream.take(track);
    await waitFor("frames", () => taker.frames.length > 0);

    source.fail("unplugged");
    await waitFor("the news", () => track.description.state === "failed");
    expect(track.description).toMatchObject({ error: { message: "unplugged" }, name: "desk" });
    expect(track.newest).toBeNull();
    source.fail(null);

    const before = taker.frames.length;
    await waitFor("frames again", () => taker.frames.length > before);
    expect(taker.frames[before]?.isKey).toBe(true);
  });
});

test("whoever comes while the original has failed is told why", async () => {
  const source = new StripSource();
  await using stream = new FormedStream(source);
  const first = stream.take(stream.original);
  await waitFor("frames", () => first.frames.length > 0);
  source.fail("unplugged");
  const track = stream.track("h264");

  stream.take(track);

  await waitFor("the news", () => track.description.state === "failed");
  expect(track.description.error?.message).toBe("unplugged");
});

describe("JPEG of pixels", () => {
  test("is not tried anew for each picture", async () => {
    const broken = folder.standIn("encoder", "exit 1");
    const clock = new HandClock();
    const triedAt: number[] = [];
    let failures = 0;
    const count = (message: string) => {
      if (message.startsWith("running ")) {
        triedAt.push(clock.now());
      } else if (message.startsWith("no JPEG of these pixels")) {
        failures += 1;
      }
    };
    const encoder = new JpegEncoder({
      findFfmpeg: () => findFfmpeg(broken),
      onPicture: () => undefined,
      log: { ...silentLog, warn: count, debug: count },
      clock,
    });
    const push = () => encoder.push({ width: 4, height: 4, channels: 3 }, { capturedAt: 1, bytes: new Uint8Array(48) });
    push();

    for (let passedMs = 0; passedMs < 1500; passedMs += 10) {
      await waitFor("those that were tried to fail", () => failures === triedAt.length);
      clock.advance(10);
      push();
    }
    await waitFor("those that were tried to fail", () => failures === triedAt.length);
    await encoder.close();

    expect(triedAt.map((time) => time - (triedAt[0] as number))).toEqual([0, 250, 750]);
  });

  test("is of the newest of those that come while one is made", async () => {
    const pictures: Picture[] = [];
    const encoder = new JpegEncoder({
      findFfmpeg: () => findFfmpeg(undefined),
      onPicture: (picture) => pictures.push(picture),
      log: silentLog,
    });

    for (let capturedAt = 1; capturedAt <= 50; capturedAt++) {
      encoder.push({ width: 64, height: 64, channels: 3 }, { capturedAt, bytes: new Uint8Array(64 * 64 * 3) });
    }
    await waitFor("the newest", () => pictures.at(-1)?.capturedAt === 50);
    await encoder.close();

    expect(pictures.length).toBeLessThan(10);
  });
});

function rgbaOf(bgr: Uint8Array): Uint8ClampedArray {
  const rgba = new Uint8ClampedArray((bgr.length / 3) * 4);
  for (let from = 0, to = 0; from < bgr.length; from += 3, to += 4) {
    rgba.set([bgr[from + 2] as number, bgr[from + 1] as number, bgr[from] as number, 255], to);
  }
  return rgba;
}

const COLOURS = ["#c02020", "#20c020", "#2020c0", "#c0c020", "#20c0c0", "#c020c0", "#ffffff", "#000000", "#808080"];

/** A JPEG of nine fields, each of one colour. */
async function colours(): Promise<Uint8Array> {
  const canvas = createCanvas(SMALL.width, SMALL.height);
  const context = canvas.getContext("2d");
  for (const [index, colour] of COLOURS.entries()) {
    context.fillStyle = colour;
    context.fillRect((SMALL.width / COLOURS.length) * index, 0, SMALL.width, SMALL.height);
  }
  return canvas.toBuffer("image/jpeg", 95);
}

/** By how much the middle of any field differs in any of red, green and blue. */
function furthest(one: Pixels, other: Pixels): number {
  let most = 0;
  for (const index of COLOURS.keys()) {
    const x = Math.round((SMALL.width / COLOURS.length) * (index + 0.5));
    const at = (SMALL.width * (SMALL.height / 2) + x) * 4;
    for (let channel = 0; channel < 3; channel++) {
      most = Math.max(most, Math.abs((one.rgba[at + channel] as number) - (other.rgba[at + channel] as number)));
    }
  }
  return most;
}
