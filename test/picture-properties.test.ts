// Parts: ffmpeg
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { h264Parameters, jpegSize, type Packet } from "../src/media.ts";
import { Recording, sourceOf } from "./support/capture.ts";
import { card, ffmpeg, meanOf, measure } from "./support/card.ts";
import { FormedStream } from "./support/formed-stream.ts";
import { decodePicture, type Picture } from "./support/picture.ts";
import { waitFor } from "./support/wait.ts";

// The preload's reaches the first file of a run only.
setDefaultTimeout(60_000);

/** What JPEG, half as many colours and rounding do to a bar. */
const TOLERANCE = 6;
/** Beside that, what the eight colours have in BT.2020, rounded. */
const WIDE_TOLERANCE = 12;
const X264 = ["-c:v", "libx264", "-preset", "ultrafast", "-qp", "4", "-g", "25", "-pix_fmt", "yuv420p"];
const folder = mkdtempSync(join(tmpdir(), "lanvid-properties-"));
const path = (name: string) => join(folder, name);
const tags = (matrix: string) => ["-colorspace", matrix, "-color_primaries", "bt709", "-color_trc", "bt709"];
const yuv = (matrix: string, more = "") => `scale=out_color_matrix=${matrix}:out_range=tv${more},format=yuv420p`;

async function film(name: string, filters: string, ...encoding: readonly string[]): Promise<string> {
  const input = ["-loop", "1", "-framerate", "25", "-i", path("card.png"), "-t", "2"];
  await ffmpeg(...input, "-vf", filters, ...encoding, path(name));
  return path(name);
}

beforeAll(() => {
  writeFileSync(path("card.png"), card({ width: 640, height: 360 }));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A film with all its forms. */
function opened(source: string, codec: "mjpeg" | "h264"): FormedStream {
  return new FormedStream(sourceOf(source, { codec }));
}

/** The same film in two ways: JPEG made of its H.264, and JPEG made of the film itself. */
async function bothJpegs(source: string): Promise<{ readonly key: Packet; readonly jpegs: readonly Picture[] }> {
  await using formed = opened(source, "h264");
  const original = formed.take(formed.original);
  const made = formed.take(formed.forms.jpeg);
  await using direct = opened(source, "mjpeg");
  const taken = direct.take(direct.original);
  await waitFor("both JPEGs", () => made.frames.length > 0 && taken.frames.length > 0, 10_000);
  const jpegs = [made.frames[0]?.bytes, taken.frames[0]?.bytes].map((bytes) => decodePicture(bytes as Uint8Array));
  return { key: original.frames.find(({ isKey }) => isKey) as Packet, jpegs: await Promise.all(jpegs) };
}

describe("one picture, however it was stored", () => {
  const SAR = (ratio: string) => ["-aspect", ratio];
  const WIDE = "zscale=tin=bt709:pin=bt709:t=bt709:p=2020:m=2020_ncl:r=tv,format=yuv420p10le";
  const x265 = ["-c:v", "libx265", "-preset", "ultrafast", "-crf", "6", "-x265-params", "log-level=none"];

  test.each<[string, () => Promise<string>]>([
    ["BT.709", () => film("709.mp4", yuv("bt709"), ...X264, ...tags("bt709"))],
    ["BT.601", () => film("601.mp4", yuv("smpte170m"), ...X264, ...tags("smpte170m"))],
    ["no name for its colours", () => film("sd.mp4", yuv("smpte170m"), ...X264)],
    ["no name for its colours, in HD", () => film("hd.mp4", yuv("bt709", ":w=1280:h=720"), ...X264)],
    [
      "full range",
      () =>
        film("full.mkv", "scale=out_color_matrix=smpte170m:out_range=pc,format=yuvj420p", "-c:v", "mjpeg", "-q:v", "2"),
    ],
    [
      "BT.2020",
      () =>
        film("2020.mp4", WIDE, ...x265, "-colorspace", "bt2020nc", "-color_primaries", "bt2020", "-color_trc", "bt709"),
    ],
    ["RGB", () => film("rgb.mkv", "null", "-c:v", "png", "-pix_fmt", "rgb24")],
    [
      "pixels that are wide",
      () => film("wide.mp4", yuv("smpte170m", ":w=480:h=360"), ...X264, ...tags("smpte170m"), ...SAR("16:9")),
    ],
    [
      "pixels that are high",
      () => film("high.mkv", yuv("bt709", ":w=640:h=240"), ...X264, ...tags("bt709"), ...SAR("16:9")),
    ],
    [
      "MPEG-2 with wide pixels",
      () => film("pal.ts", yuv("smpte170m", ":w=320:h=360"), "-c:v", "mpeg2video", "-q:v", "2", ...SAR("16:9")),
    ],
  ])("%s", async (name, make) => {
    const { key, jpegs } = await bothJpegs(await make());

    expect(h264Parameters(key.bytes)).toMatchObject({ pixelAspect: [1, 1], isFullRange: false, isFrames: true });
    expect(h264Parameters(key.bytes)?.matrix).not.toBe(2);
    for (const jpeg of jpegs) {
      expect(jpeg.width / jpeg.height).toBeCloseTo(16 / 9, 2);
      const { worst, circle, offset } = measure(jpeg);
      expect(worst).toBeLessThanOrEqual(name === "BT.2020" ? WIDE_TOLERANCE : TOLERANCE);
      expect(circle).toBeCloseTo(1, 1);
      expect(offset).toBeLessThan(3);
    }
  });

  test("turned by what the file says", async () => {
    await film("lying.mp4", `transpose=cclock,${yuv("bt709")}`, ...X264, ...tags("bt709"));
    await ffmpeg("-i", path("lying.mp4"), "-c", "copy", "-metadata:s:v", "rotate=270", path("turned.mp4"));

    const { jpegs } = await bothJpegs(path("turned.mp4"));

    for (const jpeg of jpegs) {
      expect(jpeg).toMatchObject({ width: 640, height: 360 });
      expect(measure(jpeg).worst).toBeLessThanOrEqual(TOLERANCE);
    }
  });
});

/** Black, diffuse white (203 cd/m²), 1000 cd/m², and a red of BT.2020. */
test.each([
  ["PQ", "smpte2084", [64, 572, 723, 300]],
  ["HLG", "arib-std-b67", [64, 721, 940, 300]],
] as const)(
  "HDR (%s) is shown as light and colourful as it is",
  async (name, transfer, [black, white, bright, red]) => {
    const luma = `if(lt(X\\,80)\\,${black}\\,if(lt(X\\,160)\\,${white}\\,if(lt(X\\,240)\\,${bright}\\,${red})))`;
    const chroma = (of: number) => `if(lt(X\\,240)\\,512\\,${of})`;
    const picture =
      `color=black:s=320x180:r=25:d=2,format=yuv420p10le,geq=lum='${luma}':cb='${chroma(460)}':cr='${chroma(700)}'`.replaceAll(
        "X\\,240)\\,512",
        "X*2\\,240)\\,512",
      );
    const params = `log-level=none:colorprim=bt2020:transfer=${transfer}:colormatrix=bt2020nc`;
    const colours = ["-color_primaries", "bt2020", "-color_trc", transfer, "-colorspace", "bt2020nc"];
    await ffmpeg(
      "-f",
      "lavfi",
      "-i",
      picture,
      "-c:v",
      "libx265",
      "-preset",
      "ultrafast",
      "-x265-params",
      params,
      "-pix_fmt",
      "yuv420p10le",
      ...colours,
      path(`${name}.mp4`),
    );

    const { key, jpegs } = await bothJpegs(path(`${name}.mp4`));

    expect(h264Parameters(key.bytes)).toMatchObject({ matrix: 1, transfer: 1, primaries: 1 });
    for (const jpeg of jpegs) {
      const [first, second, third, fourth] = [0, 80, 160, 240].map((x) =>
        meanOf(jpeg, { x: x + 30, y: 60, width: 20, height: 60 }),
      );
      expect(Math.max(...(first as number[]))).toBeLessThan(10);
      expect(Math.min(...(second as number[]))).toBeGreaterThan(150);
      expect(Math.max(...(second as number[]))).toBeLessThan(235);
      expect(Math.min(...(third as number[]))).toBeGreaterThan(220);
      const [r, g, b] = fourth as number[];
      expect(r as number).toBeGreaterThan(150);
      expect(Math.max(g as number, b as number)).toBeLessThan(50);
    }
  },
);

describe("fields", () => {
  /** A bar that moves fast, as two fields in each frame. */
  async function interlaced(name: string, order: "top" | "bottom", ...encoding: readonly string[]): Promise<string> {
    const bar = "[0][1]overlay=x='mod(t*500\\,280)':y=0";
    const weave = `tinterlace=interleave_${order},fieldorder=${order === "top" ? "tff" : "bff"}`;
    const inputs = ["color=black:s=320x288:r=50:d=2", "color=white:s=40x288:r=50:d=2"].flatMap((input) => [
      "-f",
      "lavfi",
      "-i",
      input,
    ]);
    await ffmpeg(...inputs, "-filter_complex", `${bar},${weave}`, ...encoding, "-flags", "+ilme+ildct", path(name));
    return path(name);
  }

  test.each<[string, () => Promise<string>]>([
    ["MPEG-2, the upper one first", () => interlaced("top.ts", "top", "-c:v", "mpeg2video", "-q:v", "2")],
    ["MPEG-2, the lower one first", () => interlaced("bottom.ts", "bottom", "-c:v", "mpeg2video", "-q:v", "2")],
    ["H.264 in MP4", () => interlaced("i.mp4", "top", ...X264, "-x264-params", "tff=1")],
  ])("%s, become pictures of their own", async (_name, make) => {
    const source = await make();
    await using h264 = new Recording(source, { codec: "h264" });
    const frames = await h264.first(50);
    const { key, jpegs } = await bothJpegs(source);

    expect(h264Parameters(key.bytes)?.isFrames).toBe(true);
    for (const jpeg of jpegs) {
      expect(zigzags(jpeg)).toBeLessThan(100);
    }
    // 25 frames a second have 50 fields.
    const seconds = ((frames.at(-1)?.arrivedAt ?? 0) - (frames[10]?.arrivedAt ?? 0)) / 1000;
    expect(39 / seconds).toBeGreaterThan(35);
  });
});

/** Pixels that are much lighter or darker than those above and below. */
function zigzags({ width, height, rgba }: Picture): number {
  const at = (x: number, y: number) => rgba[4 * (y * width + x) + 1] as number;
  let count = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 0; x < width; x++) {
      count += Math.abs(2 * at(x, y) - at(x, y - 1) - at(x, y + 1)) > 100 ? 1 : 0;
    }
  }
  return count;
}

/** One second of each size, as MPEG-TS. */
async function turningParts(): Promise<readonly Buffer[]> {
  const parts: Buffer[] = [];
  for (const [index, { width, height }] of [
    { width: 640, height: 360 },
    { width: 360, height: 640 },
  ].entries()) {
    writeFileSync(path("part.png"), card({ width, height }));
    const input = ["-loop", "1", "-framerate", "25", "-i", path("part.png"), "-t", "1", "-vf", yuv("bt709")];
    await ffmpeg(
      ...input,
      ...X264,
      ...tags("bt709"),
      "-bf",
      "0",
      "-output_ts_offset",
      String(index),
      "-f",
      "mpegts",
      path("part.ts"),
    );
    parts.push(readFileSync(path("part.ts")));
  }
  return parts;
}

/** Whether it is the second size within the first. */
function hasBorders(picture: Picture): boolean {
  return Math.max(...meanOf(picture, { x: 20, y: 20, width: 100, height: 20 })) < 10;
}

function circleOf(picture: Picture): number {
  return measure(picture, hasBorders(picture) ? { x: 219, y: 0, width: 202, height: 360 } : undefined).circle;
}

test("a film that changes its size gets borders, and keeps its shapes", async () => {
  writeFileSync(path("turns.ts"), Buffer.concat(await turningParts()));

  for (const codec of ["mjpeg", "h264"] as const) {
    await using formed = opened(path("turns.ts"), codec);
    const { frames } = formed.take(codec === "mjpeg" ? formed.original : formed.forms.jpeg);
    await waitFor("both sizes", () => frames.length > 45, 10_000);
    const pictures = await Promise.all(
      frames.filter((_, index) => index % 4 === 0).map(({ bytes }) => decodePicture(bytes)),
    );

    expect(new Set(frames.map(({ bytes }) => jpegSize(bytes)?.width))).toEqual(new Set([640]));
    for (const picture of pictures) {
      expect(circleOf(picture)).toBeCloseTo(1, 1);
    }
    expect(new Set(pictures.map(hasBorders))).toEqual(new Set([true, false]));
  }
});

test("another's camera that is turned keeps its shapes", async () => {
  const parts = await turningParts();
  const startedAt = performance.now();
  // It is live: who comes later gets what is sent then.
  using server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => {
      const isTurned = () => performance.now() - startedAt > 3000;
      const body = async function* () {
        for (let count = 0; count < 30; count++) {
          yield isTurned() ? parts[1] : parts[0];
          await Bun.sleep(1000);
        }
      };
      return new Response(body() as unknown as ReadableStream, { headers: { "content-type": "video/mp2t" } });
    },
  });

  await using formed = opened(`http://127.0.0.1:${server.port}/camera`, "mjpeg");
  const { frames } = formed.take(formed.original);
  const pictures: Picture[] = [];
  const deadline = performance.now() + 20_000;
  while (!pictures.some(hasBorders) && performance.now() < deadline) {
    const newest = frames.at(-1);
    if (newest !== undefined) {
      pictures.push(await decodePicture(newest.bytes));
    }
    await Bun.sleep(20);
  }

  expect(new Set(pictures.map(hasBorders))).toEqual(new Set([true, false]));
  for (const picture of pictures) {
    expect(circleOf(picture)).toBeCloseTo(1, 1);
  }
});
