// Parts: ffmpeg
import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { findFfmpeg } from "../src/ffmpeg.ts";
import { h264Parameters, jpegSize } from "../src/media.ts";
import { pictureInput, wrapped } from "../src/transcode/input.ts";
import { pictureLimits } from "../src/transcode/limits.ts";
import { KIB, MIB, type Size } from "../src/units.ts";
import { cornersH264, cornersJpeg } from "./sizes/corners.ts";

setDefaultTimeout(180_000);

const SMALL = { width: 64, height: 64 };
const HUGE = { width: 7680, height: 4320 };
/** Of 8K, 4:2:0, one picture in memory. */
const HUGE_BYTES = (HUGE.width * HUGE.height * 3) / 2;

/** What ffmpeg makes of pictures that were announced as of this size: how many come out, and the memory it took. */
async function decode(codec: "mjpeg" | "h264", size: Size, pictures: readonly Uint8Array[]) {
  const args = [...pictureInput(codec, size), "-fps_mode", "passthrough", "-f", "framecrc", "pipe:1"];
  const input = new Blob(pictures.flatMap((bytes) => wrapped(codec, bytes)) as Uint8Array<ArrayBuffer>[]);
  // A process begins with the peak of the one that it was made from: a shell's is small.
  const command = ["sh", "-c", '"$@"; exit $?', "sh", findFfmpeg(undefined).path, ...args, "-benchmark"];
  const child = Bun.spawn([...command, "-loglevel", "info"], { stdin: input, stdout: "pipe", stderr: "pipe" });
  const [text, words] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return { count: lines.length, peakBytes: Number(/maxrss=(\d+)/.exec(words)?.[1]) * KIB };
}

/** The same picture, which says that it shows its upper left corner only. */
async function cropped(bytes: Uint8Array, from: Size, to: Size): Promise<Uint8Array> {
  const [right, bottom] = [from.width - to.width, from.height - to.height];
  const filter = `h264_metadata=crop_left=0:crop_top=0:crop_right=${right}:crop_bottom=${bottom}`;
  const args = ["-v", "error", "-f", "h264", "-i", "pipe:0", "-c", "copy", "-bsf:v", filter, "-f", "h264", "pipe:1"];
  const child = Bun.spawn([findFfmpeg(undefined).path, ...args], { stdin: bytes, stdout: "pipe", stderr: "inherit" });
  return await child.stdout.bytes();
}

describe("a stream that is said to be small does not make its decoder take the memory of 8K", () => {
  let usualBytes: number;
  let hugeH264: Uint8Array;

  beforeAll(async () => {
    const small = await decode("h264", SMALL, [await cornersH264(SMALL)]);
    hugeH264 = await cornersH264(HUGE);
    usualBytes = small.peakBytes;

    expect(small.count).toBe(1);
  });

  test("which is what 8K takes, where it is announced", async () => {
    const { count, peakBytes } = await decode("h264", HUGE, [hugeH264]);

    expect(count).toBe(1);
    expect(peakBytes - usualBytes).toBeGreaterThan(HUGE_BYTES - 8 * MIB);
  });

  test("by H.264 that is larger", async () => {
    const { count, peakBytes } = await decode("h264", SMALL, [hugeH264]);

    expect(count).toBe(0);
    expect(peakBytes - usualBytes).toBeLessThan(HUGE_BYTES / 2);
  });

  test("by H.264 that shows a corner of a larger picture", async () => {
    const bytes = await cropped(hugeH264, HUGE, SMALL);
    expect(h264Parameters(bytes)).toMatchObject(SMALL);

    const { count, peakBytes } = await decode("h264", SMALL, [bytes]);

    expect(count).toBe(0);
    expect(peakBytes - usualBytes).toBeLessThan(HUGE_BYTES / 2);
  });

  test("by a JPEG that follows a small one in the same frame", async () => {
    const huge = cornersJpeg(HUGE);
    const frame = Buffer.concat([cornersJpeg(SMALL), huge]);
    expect(jpegSize(frame)).toEqual(SMALL);

    const { peakBytes } = await decode("mjpeg", SMALL, [frame, huge]);

    expect(peakBytes - usualBytes).toBeLessThan(HUGE_BYTES / 2);
  });
});

test("H.264 that shows half of its picture is decoded", async () => {
  const whole = { width: 1280, height: 720 };
  const half = { width: 640, height: 360 };
  const bytes = await cropped(await cornersH264(whole), whole, half);

  expect(await decode("h264", half, [bytes])).toMatchObject({ count: 1 });
});

test.each([
  [16, 16, 128 * 32],
  [1680, 1050, 1792 * 1056],
  [1920, 1080, 1920 * 1088],
])("pictures of %dx%d may have %d pixels, with what a decoder rounds up", (width, height, pixels) => {
  expect(pictureLimits({ width, height })).toEqual({ pixels, bytes: pixels * 13 + 16 * MIB });
});
