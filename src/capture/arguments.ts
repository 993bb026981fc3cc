import type { Size } from "../units.ts";

/** What the person asked of the picture. Null is the source's own. */
export interface CaptureSettings {
  readonly size: Size | null;
  readonly fps: number | null;
  /** 1 to 100. */
  readonly quality: number;
  readonly rotate: 0 | 90 | 180 | 270;
  readonly mirror: boolean;
  /** Arguments for ffmpeg, put before -i. */
  readonly extra: readonly string[];
}

/** How ffmpeg reaches a source. */
export interface Input {
  /** Up to but without `-i`. */
  readonly options: readonly string[];
  /** What follows `-i`. */
  readonly url: string;
  /** The input gives JPEG pictures that viewers can take as they are. */
  readonly isMjpeg: boolean;
  /** The input has the size and rate that were asked for already. */
  readonly hasSettings: boolean;
}

/**
 * For inputs whose rate is known: ffmpeg would read some frames to find it out, and so hold back the first ones (at one
 * frame per second, for seven seconds).
 */
export const KNOWN_RATE = ["-fpsprobesize", "0"] as const;

/** 90 for quality is ffmpeg's `-q:v` 5; 2 is its best, 31 its worst. */
export function qscale(quality: number): number {
  return Math.round(31 - (29 * (quality - 1)) / 99);
}

/**
 * ffmpeg's command line, from an input to JPEG pictures with their length on stdout. Nothing holds a frame back: slice
 * threads, because frame threads keep two; a flush after each picture; timestamps passed through.
 */
export function captureArguments(input: Input, settings: CaptureSettings, hasFpsMode: boolean): string[] {
  const filters = filterChain(input, settings);
  const passesThrough = input.isMjpeg && filters.length === 0;
  return [
    "-hide_banner",
    "-nostdin",
    "-loglevel",
    "error",
    ...input.options,
    ...settings.extra,
    "-i",
    input.url,
    "-map",
    "0:v:0",
    ...(passesThrough ? ["-c:v", "copy"] : encoderArguments(filters, settings.quality)),
    ...(hasFpsMode ? ["-fps_mode", "passthrough"] : ["-vsync", "passthrough"]),
    "-f",
    "mpjpeg",
    "-flush_packets",
    "1",
    "pipe:1",
  ];
}

function encoderArguments(filters: readonly string[], quality: number): string[] {
  return [
    ...(filters.length > 0 ? ["-vf", filters.join(",")] : []),
    "-c:v",
    "mjpeg",
    "-q:v",
    String(qscale(quality)),
    "-pix_fmt",
    "yuvj420p",
    "-thread_type",
    "slice",
  ];
}

/** Rate and size first, so that less is turned; a turned picture has its sides swapped. */
function filterChain(input: Input, { size, fps, rotate, mirror }: CaptureSettings): string[] {
  const chain: string[] = [];
  if (!input.hasSettings) {
    if (fps !== null) {
      chain.push(`fps=${fps}`);
    }
    if (size !== null) {
      chain.push(`scale=${size.width}:${size.height}`);
    }
  }
  switch (rotate) {
    case 90:
      chain.push("transpose=clock");
      break;
    case 180:
      chain.push("hflip", "vflip");
      break;
    case 270:
      chain.push("transpose=cclock");
      break;
    case 0:
      break;
    default:
      rotate satisfies never;
  }
  if (mirror) {
    chain.push("hflip");
  }
  return chain;
}
