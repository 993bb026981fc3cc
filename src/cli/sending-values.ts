import { type CodecChoice, parseSource, type SourceSpec, seeCameras } from "../capture.ts";
import type { SendingOptions } from "../commands.ts";
import { usageError } from "../errors.ts";
import { findFfmpeg } from "../ffmpeg.ts";
import type { FfmpegValues, SendingValues } from "./options.ts";
import type { Printer } from "./printer.ts";

/**
 * What `serve` and `push` stream, from the command line. Without a source it is the first camera, or else the test
 * pattern.
 * @param extra what followed `--`
 */
export function sendingOptions(
  source: string | undefined,
  extra: readonly string[],
  values: SendingValues & FfmpegValues,
  printer: Printer,
): SendingOptions {
  const {
    size,
    fps,
    codec,
    quality,
    bitrate = null,
    encoder = null,
    rotate,
    mirror = false,
    maxDelay,
    alwaysOn = false,
    name,
    ffmpeg,
  } = values;
  assertForH264("--bitrate", bitrate, codec);
  assertForH264("--encoder", encoder, codec);
  return {
    source: source === undefined ? defaultSource(printer, ffmpeg) : parseSource(source),
    settings: {
      size: size ?? null,
      fps: fps ?? null,
      codec,
      quality,
      bitrate,
      encoder,
      rotate: Number(rotate) as 0 | 90 | 180 | 270,
      mirror,
      extra,
    },
    maxDelayMs: maxDelay,
    alwaysOn,
    name,
    ffmpegPath: ffmpeg,
    classic: {
      mode: values.classic,
      max: values.classicMax,
      bitsPerSecond: values.classicRate * 1e6,
      pickle: values.classicPickle === "none" ? null : (Number(values.classicPickle) as 2 | 3 | 4 | 5),
      length: values.classicLength,
    },
  };
}

function assertForH264(option: string, value: unknown, codec: CodecChoice): void {
  if (value !== null && codec === "mjpeg") {
    throw usageError(`cannot use ${option} with JPEG`, `${option} is for H.264: add --codec h264`);
  }
}

function defaultSource(printer: Printer, ffmpegPath: string | undefined): SourceSpec {
  const lister = process.platform === "linux" ? null : findFfmpeg(ffmpegPath).path;
  if (seeCameras(lister).length === 0) {
    printer.info('no camera found: streaming a test pattern ("lanvid serve screen" streams the screen)');
    return { kind: "test" };
  }
  return { kind: "camera", which: null };
}
