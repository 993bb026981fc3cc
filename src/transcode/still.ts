import { LanvidError } from "../errors.ts";
import {
  explain,
  type Ffmpeg,
  type FfmpegExit,
  FfmpegProcess,
  jpegOf,
  MULTIPART_OUTPUT,
  MultipartReader,
} from "../ffmpeg.ts";
import type { Log } from "../log.ts";
import { h264Parameters, jpegSize, type Matrix, matrixOf } from "../media.ts";
import { type Clock, systemClock } from "../time.ts";
import type { Size } from "../units.ts";
import { decodedColours, PICTURE, pictureInput, wrapped } from "./input.ts";
import type { Pixels } from "./jpeg-encoder.ts";
import { MAX_PIXELS } from "./limits.ts";
import { RawReader } from "./raw-reader.ts";

/** Best that there is: it is one picture. */
const QSCALE = 2;
/** How long it may take, ms. */
const STILL_MS = 10_000;

/** What is decoded: a JPEG, or the access units of H.264 from a key frame on, of which the last is wanted. */
export interface Compressed {
  readonly codec: "mjpeg" | "h264";
  readonly frames: readonly Uint8Array[];
}

type OnPicture = (bytes: Uint8Array) => void;

interface Described extends Size {
  readonly matrix: Matrix;
  readonly isFullRange: boolean;
}

/**
 * The last of these H.264 access units as a JPEG.
 * @param frames from a key frame on
 * @throws LanvidError (ffmpeg) when they can't be decoded
 */
export async function stillOf(
  frames: readonly Uint8Array[],
  ffmpeg: Ffmpeg,
  log: Log,
  clock = systemClock,
): Promise<Uint8Array> {
  const compressed = { codec: "h264", frames } as const;
  const size = describe(compressed);
  const colours = jpegOf(size.matrix, size.isFullRange);
  const encoding = ["-c:v", "mjpeg", "-q:v", String(QSCALE), "-pix_fmt", "yuvj420p", ...MULTIPART_OUTPUT];
  const reader = (onPicture: OnPicture) => new MultipartReader(onPicture);
  return await decoded({ ...compressed, size }, colours, encoding, reader, { ffmpeg, log, clock });
}

/**
 * The picture's pixels.
 * @returns blue, green and red of each, rows from the top
 * @throws LanvidError (ffmpeg) when it can't be decoded
 */
export async function pixelsOf(
  compressed: Compressed,
  ffmpeg: Ffmpeg,
  log: Log,
  clock = systemClock,
): Promise<{ readonly pixels: Pixels; readonly bytes: Uint8Array }> {
  const size = describe(compressed);
  const { width, height, matrix } = size;
  const raw = ["-s", `${width}x${height}`, "-f", "rawvideo", "-pix_fmt", "bgr24"];
  if (width * height > MAX_PIXELS) {
    const reason = `cannot decode a picture of ${width}×${height}: at most ${MAX_PIXELS} pixels are decoded`;
    throw new LanvidError("too-large", "ffmpeg", reason);
  }
  const reader = (onPicture: OnPicture) => new RawReader(width * height * 3, onPicture);
  const bytes = await decoded({ ...compressed, size }, decodedColours(matrix), raw, reader, { ffmpeg, log, clock });
  return { pixels: { width, height, channels: 3 }, bytes };
}

/** @throws LanvidError (ffmpeg) when it does not say what it is */
function describe({ codec, frames }: Compressed): Described {
  const first = frames[0] ?? new Uint8Array(0);
  if (codec === "mjpeg") {
    const size = jpegSize(first);
    if (size !== undefined) {
      return { ...size, matrix: "smpte170m", isFullRange: true };
    }
  } else {
    const sequence = h264Parameters(first);
    if (sequence !== undefined) {
      return { ...sequence, matrix: matrixOf(sequence) };
    }
  }
  throw new LanvidError("no-still", "ffmpeg", "cannot decode the picture: it does not say its size");
}

/** The last picture that comes out. */
async function decoded(
  { codec, frames, size }: Compressed & { readonly size: Size },
  filters: readonly string[],
  output: readonly string[],
  readerOf: (onPicture: OnPicture) => { push(chunk: Uint8Array): void },
  { ffmpeg, log, clock }: { readonly ffmpeg: Ffmpeg; readonly log: Log; readonly clock: Clock },
): Promise<Uint8Array> {
  if (codec === "h264" && !ffmpeg.hasFpsMode) {
    throw new LanvidError(
      "old-ffmpeg",
      "ffmpeg",
      `cannot decode H.264 from another machine: ffmpeg is ${ffmpeg.version}, 5.1 or newer is needed`,
      { hint: "install a newer one, or give its path with --ffmpeg PATH" },
    );
  }
  const args = [
    ...pictureInput(codec, size),
    ...(filters.length > 0 ? ["-vf", filters.join(",")] : []),
    ...(ffmpeg.hasFpsMode ? ["-fps_mode", "passthrough"] : ["-vsync", "passthrough"]),
    ...output,
    "pipe:1",
  ];
  let picture: Uint8Array | null = null;
  const reader = readerOf((bytes) => {
    picture = bytes;
  });
  const { promise: exit, resolve: onExit } = Promise.withResolvers<FfmpegExit>();
  const child = new FfmpegProcess(ffmpeg.path, args, {
    stdin: "pipe",
    isIsolated: true,
    onOutput: (chunk) => reader.push(chunk),
    onExit,
    log,
    clock,
  });
  using _limit = clock.after(STILL_MS, () => child.kill());
  for (const bytes of frames.flatMap((frame) => wrapped(codec, frame))) {
    await child.write(bytes);
  }
  await child.endInput();
  const end = await exit;
  if (picture === null) {
    throw new LanvidError("no-still", "ffmpeg", explain(PICTURE, end).message);
  }
  return picture;
}
