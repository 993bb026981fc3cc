import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import {
  Fmp4Muxer,
  type Fmp4Sample,
  type H264Parameters,
  h264Parameters,
  isKeyAccessUnit,
  SilenceMuxer,
} from "../src/media.ts";
import { launchChromium } from "./support/chromium.ts";
import { encodeH264 } from "./support/h264.ts";
import { decode, probe } from "./support/probe.ts";
import { Folder } from "./support/stand-in.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

const SIZE = { width: 320, height: 180 };
const FRAME_MICROS = 33_333;
const folder = new Folder();
let units: Uint8Array[];
let parameters: H264Parameters;

beforeAll(() => {
  units = encodeH264({ ...SIZE, count: 60, keyEvery: 15 });
  parameters = h264Parameters(units[0] as Uint8Array) as H264Parameters;
});

afterAll(() => folder[Symbol.dispose]());

function samplesOf(bytes: readonly Uint8Array[], fromMicros = 0): Fmp4Sample[] {
  return bytes.map((unit, index) => ({
    bytes: unit,
    isKey: isKeyAccessUnit(unit),
    timeMicros: fromMicros + index * FRAME_MICROS,
  }));
}

async function written(name: string, parts: readonly Uint8Array[]): Promise<string> {
  const path = join(folder.path, name);
  await Bun.write(path, new Blob(parts as Uint8Array<ArrayBuffer>[]));
  return path;
}

describe.each([1, 15, 60])("fragments of %d frames", (count) => {
  test("are read by ffmpeg: every frame, when it is shown, and no complaint", async () => {
    const muxer = new Fmp4Muxer();
    const parts = [muxer.init(parameters)];
    const samples = samplesOf(units);
    for (let at = 0; at < samples.length; at += count) {
      parts.push(muxer.fragment(samples.slice(at, at + count), FRAME_MICROS));
    }

    const path = await written(`by-${count}.mp4`, parts);

    const { codec, width, height, times, complaints } = probe(path);
    expect({ codec, width, height, complaints }).toEqual({ codec: "h264", ...SIZE, complaints: "" });
    expect(times.length).toBe(60);
    times.forEach((time, index) => {
      expect(time).toBeCloseTo((index * FRAME_MICROS) / 1e6, 4);
    });
    expect(decode(path)).toEqual({ frames: 60, complaints: "" });
  });
});

test("what was guessed of a frame's length does not move the next one", async () => {
  const muxer = new Fmp4Muxer();
  const samples = samplesOf(units).map((sample, index) => ({ ...sample, timeMicros: index * 50_000 }));
  const parts = [muxer.init(parameters), ...samples.map((sample) => muxer.fragment([sample], FRAME_MICROS))];

  const { times, complaints } = probe(await written("guessed.mp4", parts));

  expect(complaints).toBe("");
  times.forEach((time, index) => {
    expect(time).toBeCloseTo(index * 0.05, 4);
  });
});

test("times of many years fit", async () => {
  const muxer = new Fmp4Muxer();
  const from = 40 * 365 * 86_400 * 1e6;

  const parts = [muxer.init(parameters), muxer.fragment(samplesOf(units, from), FRAME_MICROS)];

  const { times, complaints } = probe(await written("years.mp4", parts));
  expect(complaints).toBe("");
  expect(times[0]).toBeCloseTo(from / 1e6, 3);
  expect(times[59]).toBeCloseTo((from + 59 * FRAME_MICROS) / 1e6, 3);
});

test("key frames are marked, and the others are not", async () => {
  const muxer = new Fmp4Muxer();
  const parts = [muxer.init(parameters), ...samplesOf(units).map((sample) => muxer.fragment([sample], FRAME_MICROS))];
  const path = await written("keys.mp4", parts);

  const { stdout } = Bun.spawnSync([..."ffprobe -v error -of csv=p=0 -show_entries packet=flags".split(" "), path]);

  const flags = stdout.toString().trim().split("\n");
  expect(flags.map((flag) => flag.startsWith("K"))).toEqual(units.map(isKeyAccessUnit));
});

test("parameter sets and delimiters are in the init segment only", () => {
  const bytes = new Fmp4Muxer().fragment(samplesOf(units.slice(0, 1)), FRAME_MICROS);
  const buffer = Buffer.from(bytes);
  const data = bytes.subarray(buffer.indexOf("mdat") + 4);

  const types: number[] = [];
  for (let at = 0; at < data.length; at += 4 + new DataView(data.buffer, data.byteOffset + at).getUint32(0)) {
    types.push((data[at + 4] as number) & 0x1f);
  }

  expect(types).toContain(5);
  expect(types.filter((type) => type >= 7 && type <= 9)).toEqual([]);
});

test("a High 4:4:4 stream in full range keeps what its SPS says of colour", async () => {
  const more = "-pix_fmt yuv444p -profile:v high444 -colorspace bt709 -color_range pc".split(" ");
  const coloured = encodeH264({ ...SIZE, count: 3, more });
  const muxer = new Fmp4Muxer();
  const of = h264Parameters(coloured[0] as Uint8Array) as H264Parameters;

  const path = await written("colour.mp4", [muxer.init(of), muxer.fragment(samplesOf(coloured), FRAME_MICROS)]);

  const entries = "stream=pix_fmt,color_space,color_range";
  const { stdout } = Bun.spawnSync([..."ffprobe -v error -of csv=p=0 -show_entries".split(" "), entries, path]);
  expect(stdout.toString().trim()).toBe("yuvj444p,pc,bt709");
});

test("silence is read by ffmpeg: as long as was asked for, each sample zero, and no complaint", async () => {
  const muxer = new SilenceMuxer();
  const path = await written("silence.mp4", [
    muxer.init(),
    muxer.fragment(10),
    muxer.fragment(10.5),
    muxer.fragment(30),
  ]);

  const ffmpeg = "ffmpeg -v error -i".split(" ");
  const { stdout, stderr } = Bun.spawnSync([...ffmpeg, path, ..."-f s16le -".split(" ")]);

  expect(stderr.toString()).toBe("");
  expect(muxer.seconds).toBeWithin(30, 30.2);
  expect(stdout.length).toBe(muxer.seconds * 8000 * 2);
  expect(stdout.every((byte) => byte === 0)).toBe(true);
});

test("a fragment without a frame is a fault of the caller", () => {
  expect(() => new Fmp4Muxer().fragment([], FRAME_MICROS)).toThrow("a fragment has at least one sample");
});

describe("Chromium's Media Source", () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser.close();
  });

  test("plays it, fragment by fragment", async () => {
    const muxer = new Fmp4Muxer();
    const parts = [muxer.init(parameters), ...samplesOf(units).map((sample) => muxer.fragment([sample], FRAME_MICROS))];
    const page = await browser.newPage();

    const played = await page.evaluate<Played>(playSegments(`video/mp4; codecs="${parameters.codec}"`, parts));

    expect(played).toMatchObject({ error: null, width: SIZE.width, ends: [expect.closeTo(2, 1)] });
    expect(played.totalVideoFrames).toBeGreaterThanOrEqual(59);
  });
});

interface Played {
  readonly totalVideoFrames: number;
  readonly ends: readonly number[];
  readonly error: string | null;
  readonly width: number;
}

/** A script that plays these to their end, and tells what came of it. */
function playSegments(mime: string, segments: readonly Uint8Array[]): string {
  const texts = segments.map((segment) => Buffer.from(segment).toString("base64"));
  return `(async () => {
    const video = document.createElement("video");
    video.muted = true;
    const source = new MediaSource();
    video.src = URL.createObjectURL(source);
    await new Promise((resolve) => source.addEventListener("sourceopen", resolve));
    const buffer = source.addSourceBuffer(${JSON.stringify(mime)});
    for (const text of ${JSON.stringify(texts)}) {
      buffer.appendBuffer(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
      await new Promise((resolve) => buffer.addEventListener("updateend", resolve, { once: true }));
    }
    source.endOfStream();
    const ended = new Promise((resolve) => video.addEventListener("ended", resolve));
    await video.play();
    await ended;
    const { totalVideoFrames } = video.getVideoPlaybackQuality();
    const ends = Array.from({ length: buffer.buffered.length }, (_, at) => buffer.buffered.end(at));
    return { totalVideoFrames, ends, error: video.error?.message ?? null, width: video.videoWidth };
  })()`;
}
