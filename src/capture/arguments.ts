import {
  type H264Settings,
  h264Arguments,
  jpegArguments,
  MULTIPART_OUTPUT,
  NUT_OUTPUT,
  REPORTING,
  type VideoStream,
} from "../ffmpeg.ts";
import type { Size } from "../units.ts";
import { BT601, type Canonical, fitInto, NOTHING, SQUARE_NOW } from "./canonical.ts";

/** `auto`: a camera's own JPEG or H.264 as it is, everything else as H.264. */
export type CodecChoice = "auto" | "h264" | "mjpeg";

/** What is sent when nobody says. */
export const DEFAULT_CODEC: CodecChoice = "auto";

/** What the person asked of the picture. Null is the source's own. */
export interface CaptureSettings {
  readonly size: Size | null;
  readonly fps: number | null;
  readonly codec: CodecChoice;
  /** 1 to 100. */
  readonly quality: number;
  /** Of H.264, bits per second; null for what the quality takes. */
  readonly bitrate: number | null;
  /** The H.264 encoder to try first, by ffmpeg's name; null for libx264. */
  readonly encoder: string | null;
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
  /** What the input gives that viewers can take as it is; null for pixels, and where it isn't known. */
  readonly codec: "mjpeg" | "h264" | null;
  /** The input has the size and rate that were asked for already. */
  readonly hasSettings: boolean;
  /** Its colours are RGB, or made of RGB as JPEG does it (BT.601); else it says itself what they are. */
  readonly isBt601: boolean;
  /** What is known of its pictures; nothing, unless told. */
  readonly seen?: VideoStream | null;
  /** Its frames may wait for the next one: a film's. */
  readonly mayWait?: boolean;
  /** Its times are Unix time, of the moment in which a picture was taken. */
  readonly hasUnixTime: boolean;
  /** ffmpeg says what it finds, and passes times on: where that decides when a picture is due, and how it is read. */
  readonly isReported?: boolean;
  /** Which stream it is, for ffmpeg's -map; the first one with pictures unless told. */
  readonly map?: string;
  /** Pictures are repeated up to this rate, since their own varies: whoever comes in a pause has one at once. */
  readonly fillRate?: number | null;
}

/** How pictures come out of ffmpeg: as they are, as JPEG, or as H.264. */
export type Output =
  | { readonly kind: "copy"; readonly codec: "mjpeg" | "h264" }
  | { readonly kind: "mjpeg" }
  | { readonly kind: "h264"; readonly settings: H264Settings };

/**
 * For inputs whose rate is known: ffmpeg would read some frames to find it out, and so hold back the first ones (at one
 * frame per second, for seven seconds).
 */
export const KNOWN_RATE = ["-fpsprobesize", "0"] as const;

/**
 * What is made of an input. A camera's own pictures are passed through where nothing about them is to be changed: that
 * costs no work, no delay and no quality.
 */
export function chooseOutput(input: Input, settings: CaptureSettings): Output["kind"] {
  const { codec, bitrate, encoder } = settings;
  const isLeftAsItIs = input.codec !== null && !isChanged(input, settings);
  if (codec === "mjpeg") {
    return isLeftAsItIs && input.codec === "mjpeg" ? "copy" : "mjpeg";
  }
  const fits = codec === "auto" || input.codec === "h264";
  return isLeftAsItIs && fits && bitrate === null && encoder === null ? "copy" : "h264";
}

/**
 * ffmpeg's command line, from an input to pictures on stdout: JPEG as multipart with their length, H.264 as NUT. Nothing
 * holds a frame back: slice threads, because frame threads keep two; a flush after each picture; timestamps passed
 * through.
 * @param canonical what makes the pictures canonical; a device's are
 */
export function captureArguments(
  input: Input,
  settings: CaptureSettings,
  output: Output,
  hasFpsMode: boolean,
  canonical: Canonical = asItComes(input, settings),
): string[] {
  const { global, encode, format } = outputArguments(input, settings, output, canonical);
  return [
    ...["-hide_banner", "-nostdin", ...(input.isReported ? REPORTING : QUIET)],
    ...global,
    ...input.options,
    ...settings.extra,
    "-i",
    input.url,
    "-map",
    input.map ?? "0:v:0",
    ...encode,
    ...(hasFpsMode ? ["-fps_mode", "passthrough"] : ["-vsync", "passthrough"]),
    ...format,
    "pipe:1",
  ];
}

/** Of JPEG: else ffmpeg rounds times to what it takes for the rate. */
const MICROSECONDS = ["-enc_time_base", "1:1000000"] as const;
const QUIET = ["-loglevel", "error"] as const;

/** JPEG comes with its length; with its times as well where somebody goes by them. */
export function containerOf(input: Input, output: Output): "multipart" | "nut" {
  const codec = output.kind === "copy" ? output.codec : output.kind;
  return codec === "h264" || input.isReported ? "nut" : "multipart";
}

/** Nothing but the size that was asked for: a device's pixels are square, and its colours are known. */
export function asItComes({ isBt601, hasSettings, isReported }: Input, { size }: CaptureSettings): Canonical {
  const fitted = hasSettings || size === null ? [] : fitInto(size);
  const shape = isBt601 && isReported ? [...fitted, SQUARE_NOW] : fitted;
  return { ...(isBt601 ? BT601 : NOTHING), shape };
}

interface OutputArguments {
  readonly global: readonly string[];
  readonly encode: readonly string[];
  readonly format: readonly string[];
}

/** ffmpeg's JPEG encoder ends when times go back, as Unix time does when the clock is set. Nobody reads those of JPEG. */
const COUNTED_TIMES = "setpts=N/FR/TB";

function outputArguments(
  input: Input,
  settings: CaptureSettings,
  output: Output,
  canonical: Canonical,
): OutputArguments {
  const filters = filterChain(input, settings, canonical);
  const format = containerOf(input, output) === "nut" ? NUT_OUTPUT : MULTIPART_OUTPUT;
  switch (output.kind) {
    case "copy": {
      return { global: [], encode: ["-c:v", "copy"], format };
    }
    case "mjpeg": {
      const times = input.hasUnixTime ? [COUNTED_TIMES] : [];
      const encode = [...filterArguments([...filters, ...times]), ...jpegArguments(settings.quality)];
      return { global: [], encode: [...encode, ...(input.isReported ? MICROSECONDS : [])], format };
    }
    case "h264": {
      const h264 = h264Arguments(output.settings);
      return {
        global: [...h264.global, ...(input.hasUnixTime ? ["-copyts"] : [])],
        encode: [...filterArguments([...filters, ...h264.filters]), ...h264.options, ...canonical.tags],
        format,
      };
    }
    default:
      return output satisfies never;
  }
}

function filterArguments(filters: readonly string[]): string[] {
  return filters.length > 0 ? ["-vf", filters.join(",")] : [];
}

/** Somebody asked for something else than what comes. */
function isChanged({ hasSettings }: Input, settings: CaptureSettings): boolean {
  const { size, fps } = settings;
  return (!hasSettings && (size !== null || fps !== null)) || turning(settings).length > 0;
}

/** Rate and size first, so that less is turned and less converted; a turned picture has its sides swapped. */
function filterChain(input: Input, settings: CaptureSettings, canonical: Canonical): string[] {
  const rate = input.hasSettings ? null : (settings.fps ?? input.fillRate ?? null);
  const rated = rate === null ? [] : [`fps=${rate}`];
  return [...canonical.fields, ...rated, ...canonical.shape, ...canonical.colours, ...turning(settings)];
}

function turning({ rotate, mirror }: CaptureSettings): string[] {
  const mirrored = mirror ? ["hflip"] : [];
  switch (rotate) {
    case 90:
      return ["transpose=clock", ...mirrored];
    case 180:
      return ["hflip", "vflip", ...mirrored];
    case 270:
      return ["transpose=cclock", ...mirrored];
    case 0:
      return mirrored;
    default:
      return rotate satisfies never;
  }
}
