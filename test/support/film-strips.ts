// Parts: ffmpeg
/** What the pictures of an elementary stream show and when they came: bytes are kept while it runs, and read after. */

import type { Codec } from "../../src/media.ts";
import { STRIP_BLOCK, STRIP_COLUMNS } from "../../src/media.ts";
import { readStrip, type Strip, stripAgeMs } from "./picture.ts";

/** A piece of a stream, and when it came: Unix time in ms, with a fraction. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly at: number;
}

/** A picture of which the strip was read. */
export interface SeenPicture {
  readonly counter: number;
  /** How old it was when its last byte was here, ms. */
  readonly ageMs: number;
  readonly at: number;
  readonly byteCount: number;
}

const END_OF_JPEG = "ffd9";
const START_CODE = "000001";
/** ITU-T H.264, table 7-1. */
const SLICE = 1;
const IDR_SLICE = 5;

/** Cuts an elementary stream into its pictures, each with the time of its last byte. The last one, which may be torn, is left out. */
export function cutPictures(codec: Codec, pieces: readonly Piece[]): Piece[] {
  const all = Buffer.concat(pieces.map(({ bytes }) => bytes));
  const ends = codec === "h264" ? endsOfAccessUnits(all) : endsOfJpegs(all);
  const pictures: Piece[] = [];
  let piece = 0;
  let pieceEnd = pieces[0]?.bytes.length ?? 0;
  let start = 0;
  for (const end of ends) {
    for (; pieceEnd < end; pieceEnd += pieces[piece]?.bytes.length ?? 0) {
      piece += 1;
    }
    pictures.push({ bytes: all.subarray(start, end), at: (pieces[piece] as Piece).at });
    start = end;
  }
  return pictures;
}

/**
 * The strips of pictures that follow each other.
 * @param scale 0.5 for pictures of half width and height
 */
export async function readStrips(codec: Codec, pictures: readonly Piece[], scale = 1): Promise<SeenPicture[]> {
  if (pictures.length === 0) {
    return [];
  }
  const box = { width: STRIP_BLOCK * STRIP_COLUMNS * scale, height: STRIP_BLOCK * 2 * scale };
  const decoder = Bun.spawn(
    [
      ..."ffmpeg -v error -f".split(" "),
      codec,
      ..."-i pipe:0 -fps_mode passthrough -vf".split(" "),
      `crop=${box.width}:${box.height}:0:0`,
      ..."-f rawvideo -pix_fmt rgba pipe:1".split(" "),
    ],
    { stdin: new Blob(pictures.map(({ bytes }) => bytes as Uint8Array<ArrayBuffer>)), stdout: "pipe", stderr: "pipe" },
  );
  const [pixels, complaints] = await Promise.all([decoder.stdout.bytes(), decoder.stderr.text()]);
  const frameBytes = box.width * box.height * 4;
  if (pixels.length !== pictures.length * frameBytes) {
    throw new Error(`${pixels.length / frameBytes} of ${pictures.length} pictures could be decoded: ${complaints}`);
  }
  return pictures.flatMap(({ bytes, at }, index) => {
    const rgba = new Uint8ClampedArray(pixels.buffer, pixels.byteOffset + index * frameBytes, frameBytes);
    const strip = readStrip({ ...box, rgba }, STRIP_BLOCK * STRIP_COLUMNS);
    return strip === null ? [] : [seen(strip, at, bytes.length)];
  });
}

function seen(strip: Strip, at: number, byteCount: number): SeenPicture {
  return { counter: strip.counter, ageMs: stripAgeMs(strip, at), at, byteCount };
}

function endsOfJpegs(all: Buffer): number[] {
  const ends: number[] = [];
  for (let at = all.indexOf(END_OF_JPEG, 0, "hex"); at >= 0; at = all.indexOf(END_OF_JPEG, at + 2, "hex")) {
    ends.push(at + 2);
  }
  return ends;
}

/** A picture ends where the next one begins: with the first NAL unit after its slices that is no further slice of it. */
function endsOfAccessUnits(all: Buffer): number[] {
  const ends: number[] = [];
  let hasSlices = false;
  for (let at = all.indexOf(START_CODE, 0, "hex"); at >= 0; at = all.indexOf(START_CODE, at + 3, "hex")) {
    const type = (all[at + 3] ?? 0) & 0x1f;
    const isSlice = type === SLICE || type === IDR_SLICE;
    // first_mb_in_slice, 0 in a picture's first slice, is its first field: the single bit 1.
    const isFirst = isSlice && ((all[at + 4] ?? 0) & 0x80) !== 0;
    if (hasSlices && (!isSlice || isFirst)) {
      ends.push(all[at - 1] === 0 ? at - 1 : at);
      hasSlices = false;
    }
    hasSlices ||= isSlice;
  }
  return ends;
}
