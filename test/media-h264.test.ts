// Parts: ffmpeg
import { beforeAll, describe, expect, test } from "bun:test";
import { MAX_NAL_UNITS, MAX_PARAMETER_SET_BYTES, nalUnits } from "../src/media/h264.ts";
import {
  accessUnitFault,
  type H264Parameters,
  h264Parameters,
  hasSlice,
  isKeyAccessUnit,
  lengthPrefixed,
} from "../src/media.ts";
import { MIB } from "../src/units.ts";
import { inManyUnits, withLongSps } from "./support/h264-hostile.ts";
import { fuzzSeed, Random } from "./support/random.ts";

const START = [0, 0, 0, 1];
const AUD = [9, 0xf0];

/** What libx264 makes of a second of moving pictures, as one byte stream. */
async function encoded(size: string, ...options: string[]): Promise<Uint8Array> {
  const input = ["-f", "lavfi", "-i", `testsrc2=size=1280x720:rate=10:duration=1`, "-s", size];
  const encoder = ["-c:v", "libx264", "-preset", "superfast", "-g", "5", "-bf", "0", ...options, "-f", "h264", "-"];
  const child = Bun.spawn(["ffmpeg", "-v", "error", ...input, ...encoder], { stdin: "ignore", stdout: "pipe" });
  const bytes = await child.stdout.bytes();
  expect(await child.exited).toBe(0);
  return bytes;
}

/** The byte stream's access units, each of which begins with a delimiter (`aud=1`). */
function accessUnits(stream: Uint8Array): Uint8Array[] {
  const bytes = Buffer.from(stream.buffer, stream.byteOffset, stream.length);
  const delimiter = Buffer.from([...START, 9]);
  const units: Uint8Array[] = [];
  for (let at = bytes.indexOf(delimiter); at >= 0; ) {
    const next = bytes.indexOf(delimiter, at + 1);
    units.push(Uint8Array.from(bytes.subarray(at, next < 0 ? bytes.length : next)));
    at = next;
  }
  return units;
}

const DELIMITED = ["-x264-params", "aud=1:scenecut=0:keyint=5:min-keyint=5"];
let units: Uint8Array[] = [];

beforeAll(async () => {
  units = accessUnits(await encoded("320x180", "-pix_fmt", "yuv420p", "-profile:v", "baseline", ...DELIMITED));
});

test("NAL units are cut at start codes of three and four bytes, without padding", () => {
  const bytes = Uint8Array.of(0, 0, 0, 1, 9, 0xf0, 0, 0, 1, 0x41, 1, 0, 0, 3, 1, 0, 0, 0, 0, 0, 1, 0x06, 5, 0, 0);

  expect(nalUnits(bytes).map((unit) => [...unit])).toEqual([
    [9, 0xf0],
    [0x41, 1, 0, 0, 3, 1],
    [0x06, 5],
  ]);
});

test.each([
  ["nothing", []],
  ["no start code", [1, 2, 3, 4]],
  ["a start code that nothing follows", [0, 0, 1]],
  ["start codes only", [0, 0, 1, 0, 0, 0, 1, 0, 0, 1]],
  ["zeros", [0, 0, 0, 0, 0, 0]],
])("%s holds no NAL unit, and is no key frame", (_what, bytes) => {
  const data = Uint8Array.from(bytes);

  expect(nalUnits(data)).toEqual([]);
  expect(isKeyAccessUnit(data)).toBe(false);
  expect(h264Parameters(data)).toBeUndefined();
});

test("NAL units are views: nothing is copied", () => {
  const [unit] = nalUnits(units[0] as Uint8Array);

  expect(unit?.buffer).toBe((units[0] as Uint8Array).buffer as ArrayBuffer);
});

test("the key frames of an encoder are found, and no others", () => {
  expect(units.map(isKeyAccessUnit)).toEqual([true, false, false, false, false, true, false, false, false, false]);
});

test("the parameters are the units that the encoder wrote", () => {
  const key = units[0] as Uint8Array;
  const found = h264Parameters(key) as H264Parameters;
  const ofType = (type: number) => nalUnits(key).find((unit) => ((unit[0] as number) & 0x1f) === type);

  expect(found.sps).toEqual(ofType(7) as Uint8Array);
  expect(found.pps).toEqual(ofType(8) as Uint8Array);
  expect(h264Parameters(units[1] as Uint8Array)).toBeUndefined();
});

describe("sizes and profiles of libx264", () => {
  test.each([
    ["320x180", "yuv420p", ["-profile:v", "baseline", "-level", "3.1"], 320, 180, "avc1.42c01f"],
    ["1280x720", "yuv420p", ["-profile:v", "main", "-level", "4"], 1280, 720, "avc1.4d4028"],
    ["1920x1080", "yuv420p", ["-profile:v", "high", "-level", "4.2"], 1920, 1080, "avc1.64002a"],
    ["638x358", "yuv422p", ["-level", "4"], 638, 358, "avc1.7a0028"],
    ["639x359", "yuv444p", ["-level", "4"], 639, 359, "avc1.f40028"],
    ["642x362", "yuv420p10le", ["-level", "4"], 642, 362, "avc1.6e0028"],
    ["720x576", "yuv420p", ["-level", "4", "-flags", "+ildct+ilme", "-x264-params", "tff=1"], 720, 576, "avc1.640028"],
    ["640x484", "yuv420p", ["-level", "4", "-flags", "+ildct+ilme", "-x264-params", "tff=1"], 640, 484, null],
    ["400x224", "yuv420p", ["-level", "4", "-x264-params", "cqm=jvt"], 400, 224, "avc1.640028"],
    ["400x224", "gray", ["-level", "4"], 400, 224, "avc1.640028"],
    ["4096x2304", "yuv420p", ["-level", "5.2", "-frames:v", "1"], 4096, 2304, null],
  ])("%s in %s %j", async (size, format, options, width, height, codec) => {
    const found = h264Parameters(await encoded(size, "-pix_fmt", format, ...options));

    expect(found).toMatchObject({ width, height });
    expect(found?.codec).toBe(codec ?? (found?.codec as string));
    expect(found?.codec).toMatch(/^avc1\.[0-9a-f]{6}$/);
  });
});

test("a key frame without its parameters is one, but has none", () => {
  const slices = nalUnits(units[0] as Uint8Array).filter((unit) => ((unit[0] as number) & 0x1f) === 5);
  const bare = Uint8Array.from([...START, ...AUD, ...START, ...(slices[0] as Uint8Array)]);

  expect(isKeyAccessUnit(bare)).toBe(true);
  expect(h264Parameters(bare)).toBeUndefined();
});

test("an SPS that is cut off anywhere before its size has no parameters", () => {
  const { sps, pps, ...whole } = h264Parameters(units[0] as Uint8Array) as H264Parameters;
  const withSps = (bytes: Uint8Array) => h264Parameters(Uint8Array.from([...START, ...bytes, ...START, ...pps]));
  const found = Array.from({ length: sps.length + 1 }, (_, length) => withSps(sps.subarray(0, length)));

  expect(found.slice(0, 8)).toEqual(Array(8).fill(undefined));
  expect(found.at(-1)).toMatchObject(whole);
  for (const parameters of found) {
    expect(parameters === undefined || parameters.width === whole.width).toBe(true);
  }
});

test("an access unit may have 1024 NAL units and parameter sets of 4 KiB, and no more", () => {
  const key = units[0] as Uint8Array;
  const own = nalUnits(key).length;
  const withUnits = (count: number) => inManyUnits(key, key.length + 4 * (count - own));
  const withSps = (length: number) => {
    const whole = withLongSps(key, length + 1000);
    return withLongSps(key, length + 1000 - ((nalUnits(whole)[0]?.length as number) - length));
  };

  expect(nalUnits(withUnits(MAX_NAL_UNITS)).length).toBe(MAX_NAL_UNITS);
  expect(accessUnitFault(withUnits(MAX_NAL_UNITS))).toBeUndefined();
  expect(accessUnitFault(withUnits(MAX_NAL_UNITS + 1))).toBe("more than 1024 NAL units");
  const [longest, tooLong] = [MAX_PARAMETER_SET_BYTES, MAX_PARAMETER_SET_BYTES + 1].map(withSps);
  expect(accessUnitFault(longest as Uint8Array)).toBeUndefined();
  expect(h264Parameters(longest as Uint8Array)?.sps.length).toBe(4096);
  expect(accessUnitFault(tooLong as Uint8Array)).toBe("a parameter set of 4097 bytes, at most 4096 are allowed");
  expect(h264Parameters(tooLong as Uint8Array)).toBeUndefined();
  expect(units.map(accessUnitFault)).toEqual(units.map(() => undefined));
});

test("parameters that are kept do not keep their frame", () => {
  const key = units[0] as Uint8Array;
  const { sps, pps } = h264Parameters(key) as H264Parameters;

  expect([sps.buffer.byteLength, pps.buffer.byteLength]).toEqual([sps.length, pps.length]);
});

test.each<[string, (key: Uint8Array) => Uint8Array]>([
  ["NAL units of one byte", (key) => inManyUnits(key, 16 * MIB)],
  ["an SPS", (key) => withLongSps(key, 16 * MIB)],
  ["ones", () => new Uint8Array(16 * MIB).fill(1)],
  ["zeros", () => new Uint8Array(16 * MIB)],
  ["zeros and ones", () => new Uint8Array(16 * MIB).map((_, at) => at & 1)],
  ["start codes", () => new Uint8Array(16 * MIB).map((_, at) => (at % 3 === 2 ? 1 : 0))],
])("16 MiB of %s take no time, and no memory but the result's", (_what, make) => {
  const bytes = make(units[0] as Uint8Array);
  const prefixed = (unit: Uint8Array) => lengthPrefixed({ bytes: unit, keepsParameters: true });
  for (const read of [accessUnitFault, h264Parameters, hasSlice, isKeyAccessUnit, prefixed]) {
    // What the compiler of hot code needs is no reader's fault.
    read(bytes);
    Bun.gc(true);
    const before = process.memoryUsage.rss();
    const startedAt = process.cpuUsage();
    read(bytes);
    const { user, system } = process.cpuUsage(startedAt);
    const riseMiB = (process.memoryUsage.rss() - before) / MIB;

    expect((user + system) / 1000).toBeLessThan(200);
    expect(riseMiB).toBeLessThan(64);
  }
});

test("mutated key frames are read or refused, never thrown at", () => {
  const seed = fuzzSeed();
  const random = new Random(seed);
  const key = (units[0] as Uint8Array).slice(0, 200);
  let read = 0;
  let refused = 0;
  for (let run = 0; run < 100_000; run++) {
    const bytes = key.slice(0, random.oneIn(4) ? random.below(key.length) : key.length);
    for (let left = 1 + random.below(8); left > 0; left--) {
      bytes[random.below(Math.min(60, bytes.length) + 1)] = random.oneIn(3)
        ? random.pick([0, 1, 3, 255])
        : random.u32();
    }
    isKeyAccessUnit(bytes);
    const total = nalUnits(bytes).reduce((sum, unit) => sum + unit.length, 0);
    const found = h264Parameters(bytes);
    if (found === undefined) {
      refused += 1;
    } else {
      read += 1;
      const fits = [found.width, found.height].every((side) => Number.isInteger(side) && side > 0 && side <= 65_535);
      expect({ seed, run, fits }).toEqual({ seed, run, fits: true });
    }
    expect(total).toBeLessThanOrEqual(bytes.length);
  }

  expect(read).toBeGreaterThan(1000);
  expect(refused).toBeGreaterThan(1000);
}, 120_000);
