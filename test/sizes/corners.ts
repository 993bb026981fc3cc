// Parts: ffmpeg
/** Pictures of any size with four colours in their corners, and whether a picture has them where they belong. */

import { createCanvas } from "@napi-rs/canvas";
import { findFfmpeg } from "../../src/ffmpeg.ts";
import type { Size } from "../../src/units.ts";
import type { Picture, Rectangle } from "../support/picture.ts";

/** Red, green, blue of the quarters: upper left, upper right, lower left, lower right, turned. */
const COLOURS = [
  [220, 30, 30],
  [30, 200, 30],
  [40, 40, 230],
  [235, 235, 235],
] as const;
/** By how many quarters the colours go round: another picture of about this size looks different. */
const turnOf = ({ width, height }: Size) => (width + (height >> 2)) % COLOURS.length;
const colourOf = (size: Size, quarter: number) =>
  COLOURS[(quarter + turnOf(size)) % COLOURS.length] as readonly number[];
/** What a channel may differ by: a matrix that is not named is guessed by the size, JPEG and scaling blur. */
const TOLERANCE = 60;

/** One quarter of each colour, as a JPEG. */
export function cornersJpeg(size: Size): Uint8Array {
  return cornersCanvas(size).toBuffer("image/jpeg", 95);
}

/** The same as one H.264 access unit, with its parameters. Odd sizes are 4:4:4: others can't have them. */
export async function cornersH264(size: Size): Promise<Uint8Array> {
  const { width, height } = size;
  const isOdd = width % 2 === 1 || height % 2 === 1;
  const child = Bun.spawn(
    [
      ...[findFfmpeg(undefined).path, "-v", "error", "-f", "rawvideo", "-pix_fmt", "rgba", "-s", `${width}x${height}`],
      ...["-i", "pipe:0", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", isOdd ? "yuv444p" : "yuv420p"],
      ...["-threads", "1", "-f", "h264", "pipe:1"],
    ],
    { stdin: cornersCanvas(size).data(), stdout: "pipe", stderr: "pipe" },
  );
  const [bytes, complaint] = await Promise.all([child.stdout.bytes(), child.stderr.text()]);
  if (bytes.length === 0) {
    throw new Error(`no H.264 of ${width}x${height}: ${complaint}`);
  }
  return bytes;
}

/**
 * What is wrong with the corners of a picture, in words; null when all four are right. Each is looked at two pixels from
 * its edges, where rows of a wrong length show.
 * @param of the size of the picture that it was made of
 * @param area where the picture lies in `image`; without it, all of `image` is the picture
 */
export function cornersFault(image: Picture, of: Size, area: Rectangle = { ...image, x: 0, y: 0 }): string | null {
  const xs = ends(area.x, area.width);
  const ys = ends(area.y, area.height);
  const faults = [0, 1, 2, 3].flatMap((quarter) => {
    const colour = colourOf(of, quarter);
    const [x, y] = [xs[quarter % 2] as number, ys[quarter >> 1] as number];
    const at = (y * image.width + x) * 4;
    const seen = [...image.rgba.subarray(at, at + 3)];
    const isRight =
      seen.length === 3 && colour.every((value, at) => Math.abs(value - (seen[at] as number)) <= TOLERANCE);
    return isRight ? [] : [`(${seen}) instead of (${colour}) at ${x}, ${y}`];
  });
  return faults.length === 0 ? null : faults.join("; ");
}

function cornersCanvas({ width, height }: Size) {
  const canvas = createCanvas(width, height);
  const context = canvas.getContext("2d");
  // In whole macroblocks, so that no colour runs into another.
  const [column, row] = [half(width), half(height)];
  for (let quarter = 0; quarter < 4; quarter++) {
    context.fillStyle = `rgb(${colourOf({ width, height }, quarter)})`;
    context.fillRect(quarter % 2 === 0 ? 0 : column, quarter < 2 ? 0 : row, width, height);
  }
  return canvas;
}

function half(side: number): number {
  return side < 64 ? Math.floor(side / 2) : 16 * Math.floor(side / 32);
}

/** The places two pixels from both ends of a side, or in the middle of its quarters where it is short. */
function ends(from: number, length: number): readonly [number, number] {
  const inset = Math.min(2, (length - 1) / 4);
  return [Math.floor(from + inset), Math.ceil(from + length - 1 - inset)];
}
