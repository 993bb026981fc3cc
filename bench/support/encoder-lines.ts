// Parts: ffmpeg
import { availableParallelism } from "node:os";
import { captureArguments, type Input } from "../../src/capture/arguments.ts";
import type { H264Settings } from "../../src/ffmpeg.ts";
import { keyIntervalMs } from "../../src/media.ts";
import type { Size } from "../../src/units.ts";
import { FPS, MAX_DELAY_MS, QUALITY } from "./page-modes.ts";

/** ffmpeg's command line as lanvid builds it, with lanvid's defaults, for an input of this size at 30 a second. */
export function encoderCommand(codec: "h264" | "mjpeg", size: Size, input: Input, isScreen = false): string[] {
  const settings = {
    size: null,
    fps: null,
    codec,
    quality: QUALITY,
    bitrate: null,
    encoder: null,
    rotate: 0,
    mirror: false,
    extra: [],
  } as const;
  const h264: H264Settings = {
    encoder: "libx264",
    quality: QUALITY,
    bitrate: null,
    fps: FPS,
    keyIntervalMs: keyIntervalMs(MAX_DELAY_MS),
    isScreen,
    pixelsPerSecond: size.width * size.height * FPS,
    cores: availableParallelism(),
  };
  const output = codec === "h264" ? ({ kind: "h264", settings: h264 } as const) : ({ kind: "mjpeg" } as const);
  return ["ffmpeg", ...captureArguments(input, settings, output, true)];
}

/** The same for the test pattern on stdin. */
export function patternCommand(codec: "h264" | "mjpeg", size: Size): string[] {
  const geometry = ["-video_size", `${size.width}x${size.height}`, "-framerate", String(FPS)];
  return encoderCommand(codec, size, {
    options: ["-f", "rawvideo", "-fpsprobesize", "0", "-pixel_format", "yuvj420p", ...geometry],
    url: "pipe:0",
    codec: null,
    hasSettings: true,
    isBt601: true,
    hasUnixTime: false,
  });
}
