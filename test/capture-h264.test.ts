// Parts: ffmpeg, python, xrandr
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { nalUnits } from "../src/media/h264.ts";
import { h264Parameters, isKeyAccessUnit } from "../src/media.ts";
import { Recording, type SeenFrame } from "./support/capture.ts";
import { decodePicture, readStrip, type Strip, stripAgeMs } from "./support/picture.ts";
import { Folder } from "./support/stand-in.ts";
import { xDisplay } from "./support/x-display.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

const folder = new Folder();
afterAll(() => folder[Symbol.dispose]());

/** A film of four seconds at 25 frames per second. */
async function film(name: string, ...options: string[]): Promise<string> {
  const path = join(folder.path, name);
  const input = ["-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25:duration=4"];
  const child = Bun.spawn(["ffmpeg", "-v", "error", "-y", ...input, ...options, path], { stdin: "ignore" });
  expect(await child.exited).toBe(0);
  return path;
}

interface Decoded {
  readonly stream: string;
  readonly frames: number;
  readonly complaints: string;
}

/** What ffmpeg makes of the frames as one stream. */
function decoded(frames: readonly SeenFrame[], name = "decoded.h264"): Decoded {
  const path = folder.write(name, Buffer.concat(frames.map(({ bytes }) => bytes)));
  const entries =
    "stream=width,height,pix_fmt,profile,has_b_frames,color_range,color_space,color_primaries,color_transfer";
  const probe = ["ffprobe", "-v", "error", "-count_frames", "-of", "csv=p=0", "-show_entries"];
  const stream = Bun.spawnSync([...probe, entries, path])
    .stdout.toString()
    .trim();
  const decode = ["ffmpeg", "-v", "error", "-i", path, "-fps_mode", "passthrough", "-f", "framehash", "-"];
  const { stdout, stderr } = Bun.spawnSync(decode);
  const hashes = stdout
    .toString()
    .split("\n")
    .filter((line) => /^\d/.test(line));
  return { stream, frames: hashes.length, complaints: stderr.toString() };
}

function toPng({ bytes }: SeenFrame): Uint8Array {
  const { stdout } = Bun.spawnSync(
    ["ffmpeg", "-v", "error", "-f", "h264", "-i", "pipe:0", "-frames:v", "1", "-c:v", "png", "-f", "image2pipe", "-"],
    { stdin: bytes },
  );
  return new Uint8Array(stdout);
}

/** Every frame is one whole picture, each key frame can be begun with, and the first is one. */
function expectWhole(frames: readonly SeenFrame[]): void {
  expect(frames[0]?.isKey).toBe(true);
  expect(frames.map(({ isKey }) => isKey)).toEqual(frames.map(({ bytes }) => isKeyAccessUnit(bytes)));
  for (const { bytes, isKey } of frames) {
    const types = nalUnits(bytes).map(([header = 0]) => header & 0x1f);
    expect(types.filter((type) => type === 7 || type === 8)).toEqual(isKey ? [7, 8] : []);
    expect(h264Parameters(bytes) !== undefined).toBe(isKey);
  }
  const { frames: count, complaints } = decoded(frames);
  expect({ count, complaints }).toEqual({ count: frames.length, complaints: "" });
}

/** How many frames there are from each key frame to the next. */
function distances(frames: readonly SeenFrame[]): number[] {
  const keys = frames.flatMap(({ isKey }, index) => (isKey ? [index] : []));
  return keys.slice(1).map((key, index) => key - (keys[index] as number));
}

test("the test pattern comes whole, one for one, with a key frame twice a second", async () => {
  await using recording = new Recording("test", { size: { width: 640, height: 360 } });

  const frames = await recording.first(62);

  expectWhole(frames);
  expect(distances(frames)).toEqual([15, 15, 15, 15]);
  expect(recording.source.codec).toBe("h264");
  expect(recording.description).toMatchObject({ state: "live", codec: "h264", width: 640, height: 360 });
  for (const frame of frames.filter(({ isKey }) => isKey)) {
    const strip = readStrip(await decodePicture(toPng(frame))) as Strip;
    expect(Math.abs(stripAgeMs(strip, frame.capturedAt / 1000))).toBeLessThan(10);
  }
});

test.each([
  [100, 8],
  [1000, 30],
])("for a delay of %d ms, a key frame comes every %d frames", async (maxDelayMs, expected) => {
  await using recording = new Recording("test", { size: { width: 512, height: 128 } }, undefined, { maxDelayMs });

  const frames = await recording.first(2 * expected + 2);

  expect(distances(frames)).toEqual([expected, expected]);
});

test.each([
  ["an H.264 file", "film.mp4", ["-c:v", "libx264", "-pix_fmt", "yuv420p"], "640,360"],
  ["an MPEG-4 file", "film.avi", ["-c:v", "mpeg4"], "640,360"],
  ["a file of an odd size", "odd.mp4", ["-s", "321x181", "-c:v", "libx264", "-pix_fmt", "yuv444p"], "320,180"],
  ["a 10-bit file", "ten.mp4", ["-c:v", "libx264", "-pix_fmt", "yuv420p10le"], "640,360"],
])("%s is encoded anew, with a key frame twice a second by its own times", async (_what, name, options, size) => {
  await using recording = new Recording(await film(name, ...options), {});

  const frames = await recording.first(54);

  expectWhole(frames);
  expect(decoded(frames).stream).toMatch(new RegExp(`^High,${size},0,yuv420p,`));
  expect(distances(frames)).toEqual([13, 13, 13, 13]);
  expect(`${recording.description.width},${recording.description.height}`).toBe(size);
});

test("a size that is asked for and turned is made even", async () => {
  const path = await film("turned.mp4", "-c:v", "libx264");
  await using recording = new Recording(path, { size: { width: 321, height: 181 }, rotate: 90, fps: 10 });

  const frames = await recording.first(12);

  expectWhole(frames);
  expect(recording.description).toMatchObject({ width: 180, height: 320 });
  expect(distances(frames)).toEqual([5, 5]);
});

test("a file that begins again goes on in order", async () => {
  const path = join(folder.path, "short.mp4");
  const input = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=0.6"];
  await Bun.spawn(["ffmpeg", "-v", "error", ...input, "-c:v", "libx264", path]).exited;
  await using recording = new Recording(path, {});

  const frames = await recording.first(60);

  expectWhole(frames);
  expect(recording.description.restarts).toBeUndefined();
});

test("a bitrate is kept to, and no frame is larger than what half of the delay can carry", async () => {
  const noise = join(folder.path, "noise.mp4");
  const input = ["-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25:duration=8,noise=alls=20:allf=t"];
  await Bun.spawn(["ffmpeg", "-v", "error", ...input, "-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", noise])
    .exited;
  await using recording = new Recording(noise, { bitrate: 1e6 });

  const frames = (await recording.first(150)).slice(25);
  const bits = frames.reduce((sum, { bytes }) => sum + 8 * bytes.length, 0);

  expect(bits / 5).toBeGreaterThan(0.7e6);
  expect(bits / 5).toBeLessThan(1.15e6);
  expect(Math.max(...frames.map(({ bytes }) => 8 * bytes.length))).toBeLessThan(1.3 * 0.125e6);
});

describe("colours", () => {
  const BARS = [
    [235, 235, 235],
    [235, 235, 16],
    [16, 235, 235],
    [16, 235, 16],
    [235, 16, 235],
    [235, 16, 16],
    [16, 16, 235],
    [16, 16, 16],
  ];

  /** The colour in the middle of each of eight bars. */
  async function barsOf(frame: SeenFrame): Promise<number[][]> {
    const { width, height, rgba } = await decodePicture(toPng(frame));
    return BARS.map((_, index) => {
      const at = (Math.round(height * 0.15) * width + Math.round(((index + 0.5) * width) / 8)) * 4;
      return [...rgba.subarray(at, at + 3)];
    });
  }

  function differences(seen: readonly number[][], expected: readonly number[][]): number[] {
    return seen.flatMap((bar, index) =>
      bar.map((value, part) => Math.abs(value - (expected[index]?.[part] as number))),
    );
  }

  test("of the test pattern, full range and BT.601, come out right and are named", async () => {
    await using recording = new Recording("test", { size: { width: 1280, height: 720 }, quality: 100 });

    const [first] = await recording.first(1);

    expect(decoded([first as SeenFrame]).stream).toContain("yuv420p,tv,smpte170m,bt709,bt709");
    expect(Math.max(...differences(await barsOf(first as SeenFrame), BARS))).toBeLessThan(8);
  });

  test.each([
    ["full range", ["-vf", "scale=out_range=pc", "-pix_fmt", "yuvj420p", "-color_range", "pc"]],
    ["10 bits", ["-pix_fmt", "yuv420p10le"]],
    [
      "BT.709",
      [
        ...["-vf", "scale=out_color_matrix=bt709", "-pix_fmt", "yuv420p", "-colorspace", "bt709"],
        ...["-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"],
      ],
    ],
  ])("of a file with %s are those that a player shows", async (what, options) => {
    const path = join(folder.path, `${what.replace(" ", "-")}.mp4`);
    const bars = BARS.map(([r, g, b], index) => `drawbox=x=${index * 80}:w=80:t=fill:color=${hexOf(r, g, b)}`).join(
      ",",
    );
    const [first = "", ...rest] = options;
    const filters = first === "-vf" ? `${bars},${rest[0]}` : bars;
    const more = first === "-vf" ? rest.slice(1) : options;
    const input = ["-f", "lavfi", "-i", "color=size=640x360:rate=25:duration=1,format=gbrp"];
    const encode = ["-vf", filters, "-c:v", "libx264", "-crf", "1", ...more];
    await Bun.spawn(["ffmpeg", "-v", "error", "-y", ...input, ...encode, path]).exited;
    await using recording = new Recording(path, { quality: 100 });

    const [frame] = await recording.first(1);

    expect(decoded([frame as SeenFrame]).stream).toMatch(/,yuv420p,(tv|unknown),/);
    expect(Math.max(...differences(await barsOf(frame as SeenFrame), BARS))).toBeLessThan(8);
  });

  function hexOf(...parts: (number | undefined)[]): string {
    return `0x${parts.map((part = 0) => part.toString(16).padStart(2, "0")).join("")}`;
  }
});

test("an X screen's frames bear the time at which they were taken, not that at which they came", async () => {
  await using display = await xDisplay({ width: 641, height: 361 });
  using _environment = withEnvironment({
    DISPLAY: display.name,
    WAYLAND_DISPLAY: undefined,
    XDG_SESSION_TYPE: undefined,
  });
  const drawing = Bun.spawn(["python3", join(import.meta.dir, "python/draw-strip.py")], {
    env: { ...process.env },
    stdout: "pipe",
  });
  await using _ended = {
    async [Symbol.asyncDispose]() {
      drawing.kill();
      await drawing.exited;
    },
  };
  await drawing.stdout.getReader().read();
  await using recording = new Recording("screen", {});

  const frames = await recording.first(100);
  const seen: { readonly sinceDrawn: number; readonly sinceTaken: number }[] = [];
  for (const frame of frames.filter(({ isKey }) => isKey)) {
    const strip = readStrip(await decodePicture(toPng(frame)));
    if (strip !== null) {
      const takenAt = frame.capturedAt / 1000;
      const arrivedAt = performance.timeOrigin + frame.arrivedAt;
      seen.push({ sinceDrawn: stripAgeMs(strip, takenAt), sinceTaken: arrivedAt - takenAt });
    }
  }
  const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] as number;

  expectWhole(frames);
  expect(recording.description).toMatchObject({ width: 640, height: 360 });
  expect(recording.debug[0]).toContain("-copyts -f x11grab");
  expect(seen.length).toBeGreaterThan(3);
  expect(Math.abs(median(seen.map(({ sinceDrawn }) => sinceDrawn)))).toBeLessThan(12);
  expect(seen.every(({ sinceTaken }) => sinceTaken > 0.5)).toBe(true);
});

/** Changes this process's environment while in use. */
function withEnvironment(changes: Readonly<Record<string, string | undefined>>): Disposable {
  const set = (values: Readonly<Record<string, string | undefined>>) => {
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) {
        delete process.env[name];
      } else {
        process.env[name] = value;
      }
    }
  };
  const before = Object.fromEntries(Object.keys(changes).map((name) => [name, process.env[name]]));
  set(changes);
  return { [Symbol.dispose]: () => set(before) };
}
