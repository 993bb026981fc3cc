import { ExitCode, LanvidError } from "../errors.ts";
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
import { type H264Parameters, h264Parameters, matrixOf } from "../media.ts";
import { PICTURE, pictureInput } from "./input.ts";

/** Best that there is: it is one picture. */
const QSCALE = 2;
/** How long it may take, ms. */
const STILL_MS = 10_000;

/**
 * The last of these H.264 access units as a JPEG.
 * @param accessUnits from a key frame on
 * @throws LanvidError (ffmpeg) when they can't be decoded
 */
export async function stillOf(accessUnits: readonly Uint8Array[], ffmpeg: Ffmpeg, log: Log): Promise<Uint8Array> {
  const sequence = h264Parameters(accessUnits[0] ?? new Uint8Array(0));
  if (sequence === undefined) {
    throw new LanvidError("no-still", ExitCode.ffmpeg, "cannot decode the picture: it does not say its size");
  }
  if (!ffmpeg.hasFpsMode) {
    throw new LanvidError(
      "old-ffmpeg",
      ExitCode.ffmpeg,
      `cannot decode H.264 from another machine: ffmpeg is ${ffmpeg.version}, 5.1 or newer is needed`,
      { hint: "install a newer one, or give its path with --ffmpeg PATH" },
    );
  }
  let picture: Uint8Array | null = null;
  const reader = new MultipartReader((bytes) => {
    picture = bytes;
  });
  const { promise: exit, resolve: onExit } = Promise.withResolvers<FfmpegExit>();
  const child = new FfmpegProcess(ffmpeg.path, stillArguments(sequence), {
    stdin: "pipe",
    isIsolated: true,
    onOutput: (chunk) => reader.push(chunk),
    onExit,
    log,
  });
  const timer = setTimeout(() => child.kill(), STILL_MS);
  for (const bytes of accessUnits) {
    await child.write(bytes);
  }
  await child.endInput();
  const end = await exit;
  clearTimeout(timer);
  if (picture === null) {
    throw new LanvidError("no-still", ExitCode.ffmpeg, explain(PICTURE, end).message);
  }
  return picture;
}

/** H.264 in, JPEG with its length out. */
function stillArguments(sequence: H264Parameters): string[] {
  const colours = jpegOf(matrixOf(sequence), sequence.isFullRange);
  return [
    ...pictureInput("h264", sequence),
    ...(colours.length > 0 ? ["-vf", colours.join(",")] : []),
    "-fps_mode",
    "passthrough",
    "-c:v",
    "mjpeg",
    "-q:v",
    String(QSCALE),
    "-pix_fmt",
    "yuvj420p",
    ...MULTIPART_OUTPUT,
    "pipe:1",
  ];
}
