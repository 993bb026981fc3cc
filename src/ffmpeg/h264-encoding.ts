import type { Matrix } from "../media.ts";

/** What is asked of an H.264 encoder. */
export interface H264Settings {
  /** By ffmpeg's name: "libx264", "h264_nvenc". */
  readonly encoder: string;
  /** 1 to 100, where `bitrate` is null. */
  readonly quality: number;
  /** Bits per second, kept to within a quarter of the key interval; null for what the quality takes. */
  readonly bitrate: number | null;
  /** Bits per second that the quality may take at most; libx264 only. */
  readonly maxBitrate?: number;
  /** Frames per second; null when they come as they come. */
  readonly fps: number | null;
  /** Frames per second, about, where `fps` is null; 30 unless told. */
  readonly usualFps?: number;
  readonly keyIntervalMs: number;
  /** Text and windows, most of which keep still. */
  readonly isScreen?: boolean;
  /** Of the pictures, as far as is known: it decides how much work is put into each. */
  readonly pixelsPerSecond: number;
  /** Processors of this machine. */
  readonly cores: number;
}

/** The parts of ffmpeg's command line that encode H.264. */
export interface H264Arguments {
  /** Before `-i`. */
  readonly global: readonly string[];
  /** The end of the filter chain. */
  readonly filters: readonly string[];
  /** After it: from `-c:v` on. */
  readonly options: readonly string[];
}

/** Names the colours: a viewer would guess, by the size. Primaries and transfer are those of screens and cameras. */
export function colourTags(matrix: Matrix): readonly string[] {
  return ["-colorspace", matrix, "-color_primaries", "bt709", "-color_trc", "bt709"];
}

/** NUT that waits for nothing: no index to gather, each frame written at once. */
export const NUT_OUTPUT = ["-f", "nut", "-write_index", "0", "-flush_packets", "1"] as const;

/** H.264 has half as many colours as pixels in each direction: of an odd size, the last column or row is left out. */
const EVEN = "crop=floor(iw/2)*2:floor(ih/2)*2:0:0";
const LIMITED_RANGE = "scale=out_range=tv";
/** The longest key interval in frames where the rate isn't known: time decides. */
const MANY_FRAMES = 600;
/** What `superfast` can be asked of one processor, and leave the better half of it to others. */
const SUPERFAST_PIXELS_PER_CORE = 33e6;
/** The part of a key interval in which no more than the bitrate's share is sent. */
const BUFFER_PART = 0.25;
/** The same for a limit, which is there for links that are just as wide: a key frame must still look like the others. */
const LIMIT_BUFFER_PART = 0.5;
/** By the clock a key frame may be later by this factor: pictures of a steady rate come now sooner, now later. */
const CLOCK_PART = 1.25;
/** What x264 is told where the rate isn't known. */
const USUAL_FPS = 30;
/** Where an encoder knows no quality. */
const BITS_PER_PIXEL = 0.15;

/**
 * Of a screen, nearly all bits are key frames' text. So much coarser, and more so where there is much of it, it takes two
 * thirds of them, and is still nearer to the original than JPEG of the same quality (bench/micro/bits.ts).
 */
const SCREEN_CRF = 6;
const SCREEN_AQ_STRENGTH = 1.4;
const MAX_CRF = 51;

/** 90 for quality is 23, x264's own default, and 29 of a screen; 100 is 20, 1 is 50. */
export function crf({ quality, isScreen = false }: Pick<H264Settings, "quality" | "isScreen">): number {
  return Math.min(MAX_CRF, Math.round(50 - 0.3 * quality) + (isScreen ? SCREEN_CRF : 0));
}

/** superfast has half the bits of ultrafast for twice the work: it is chosen where there is room for it. */
export function x264Preset(pixelsPerSecond: number, cores: number): "superfast" | "ultrafast" {
  return pixelsPerSecond <= cores * SUPERFAST_PIXELS_PER_CORE ? "superfast" : "ultrafast";
}

/**
 * 8-bit 4:2:0 of limited range; no frame waits for another, none refers to a later one, and key frames come in time with
 * all that a decoder needs. Times are those of the input, in µs.
 */
export function h264Arguments(settings: H264Settings): H264Arguments {
  const { encoder, fps, keyIntervalMs } = settings;
  const { global = [], filters = ["format=nv12|yuv420p"], options } = ENCODERS[encoder] ?? UNKNOWN_ENCODER;
  const most = fps === null ? MANY_FRAMES : Math.max(1, Math.round((fps * keyIntervalMs) / 1000));
  const keys = ["-g", String(most), "-force_key_frames", keyFrameTimes(keyIntervalMs)];
  return {
    global,
    filters: [EVEN, LIMITED_RANGE, ...filters],
    options: [
      "-c:v",
      encoder,
      ...options(settings),
      ...keys,
      "-flags",
      "-global_header",
      "-enc_time_base",
      "1:1000000",
    ],
  };
}

/**
 * A key frame whenever this long has passed since the last one: by the pictures' times, and by the clock, which is
 * another where a source has no times (pictures by HTTP, raw streams: ffmpeg counts 25 a second) or is slower than its
 * rate. Register 0 has the clock's time of the last one; the clock may be set.
 */
function keyFrameTimes(intervalMs: number): string {
  const seconds = intervalMs / 1000;
  const isDue = `if(isnan(prev_forced_t),1,gte(t,prev_forced_t+${seconds})+gte(abs(time(0)-ld(0)),${CLOCK_PART * seconds}))`;
  return `expr:if(${isDue},1+0*st(0,time(0)),0)`;
}

interface Encoder {
  readonly global?: readonly string[];
  readonly filters?: readonly string[];
  readonly options: (settings: H264Settings) => readonly string[];
}

/** By bitrate where one is asked for, else by the encoder's own measure of quality. */
function rate(settings: H264Settings, quality: readonly string[]): readonly string[] {
  return settings.bitrate === null ? quality : constantRate(settings.bitrate, settings.keyIntervalMs);
}

function constantRate(bitrate: number, keyIntervalMs: number): readonly string[] {
  const bits = String(Math.round(bitrate));
  const buffer = String(Math.round((bitrate * keyIntervalMs * BUFFER_PART) / 1000));
  return ["-b:v", bits, "-maxrate", bits, "-bufsize", buffer];
}

function limit({ maxBitrate, keyIntervalMs }: H264Settings): readonly string[] {
  if (maxBitrate === undefined) {
    return [];
  }
  const buffer = String(Math.round((maxBitrate * keyIntervalMs * LIMIT_BUFFER_PART) / 1000));
  return ["-maxrate", String(Math.round(maxBitrate)), "-bufsize", buffer];
}

/**
 * ffmpeg before 4.2 takes the time base for the rate: a million frames a second, a fortieth of the bits for each. (To go
 * by the frames' times instead, force-cfr=0, x264 holds one back.)
 */
function x264Parameters({ fps, usualFps, isScreen = false }: H264Settings): string {
  const rate = `fps=${fps ?? Math.max(1, Math.round(usualFps ?? USUAL_FPS))}`;
  return isScreen ? `${rate}:aq-strength=${SCREEN_AQ_STRENGTH}` : rate;
}

/** For encoders without a measure of quality. */
function anyRate({ bitrate, pixelsPerSecond, keyIntervalMs }: H264Settings): readonly string[] {
  return constantRate(bitrate ?? pixelsPerSecond * BITS_PER_PIXEL, keyIntervalMs);
}

const UNKNOWN_ENCODER: Encoder = { options: (settings) => [...anyRate(settings), "-bf", "0"] };

/** Encoders and how they are told to hold nothing back. Those in hardware are as their manuals say: not yet run. */
const ENCODERS: Readonly<Record<string, Encoder>> = {
  libx264: {
    filters: [],
    options: (settings) => [
      ...["-preset", x264Preset(settings.pixelsPerSecond, settings.cores), "-tune", "zerolatency"],
      ...["-pix_fmt", "yuv420p", "-bf", "0", "-sc_threshold", "0"],
      ...["-x264-params", x264Parameters(settings)],
      ...rate(settings, ["-crf", String(crf(settings)), ...limit(settings)]),
    ],
  },
  h264_nvenc: {
    options: (settings) => [
      ...["-preset", "p2", "-tune", "ull", "-zerolatency", "1", "-delay", "0", "-bf", "0", "-forced-idr", "1"],
      ...rate(settings, ["-rc", "vbr", "-cq", String(crf(settings)), "-b:v", "0"]),
    ],
  },
  h264_vaapi: {
    global: ["-vaapi_device", "/dev/dri/renderD128"],
    filters: ["format=nv12", "hwupload"],
    options: (settings) => [
      ...["-async_depth", "1", "-bf", "0"],
      ...rate(settings, ["-rc_mode", "CQP", "-qp", String(crf(settings))]),
    ],
  },
  h264_qsv: {
    filters: ["format=nv12"],
    options: (settings) => [
      ...["-preset", "veryfast", "-async_depth", "1", "-bf", "0", "-forced_idr", "1"],
      ...rate(settings, ["-global_quality", String(crf(settings))]),
    ],
  },
  h264_videotoolbox: { options: (settings) => ["-realtime", "1", "-bf", "0", ...anyRate(settings)] },
  h264_amf: {
    options: (settings) => {
      const qp = String(crf(settings));
      const usage = ["-usage", "ultralowlatency", "-quality", "speed"];
      return [...usage, ...rate(settings, ["-rc", "cqp", "-qp_i", qp, "-qp_p", qp])];
    },
  },
  h264_mf: { options: (settings) => ["-hw_encoding", "1", "-scenario", "display_remoting", ...anyRate(settings)] },
};
