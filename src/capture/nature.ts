import type { InputReport } from "../ffmpeg.ts";

/**
 * How pictures come:
 * - `live`: as they happen. They are passed on at once.
 * - `segments`: live, in pieces of several seconds. Each piece is played at its own speed.
 * - `film`: as fast as they are taken. They are played at their own speed, over and over.
 * - `judged`: not known before: a film is what gives more than time passes.
 */
export type Flow = "live" | "segments" | "film" | "judged";

/** What a source is, for those who decide when its pictures are due. */
export interface Nature {
  readonly flow: Flow;
  /** Its times are of the source; else ffmpeg counts pictures, and takes 25 for a second where nothing says more. */
  readonly hasOwnTimes: boolean;
  /** How long a film is, ms; null where that is not known. */
  readonly durationMs: number | null;
  /** ffmpeg finds its first picture again: a short film can be turned over within one run. */
  readonly canTurn: boolean;
  /** A single picture, unless more come. */
  readonly isPicture: boolean;
  /** It began when this program did, where it is live: what it gave meanwhile is in a pipe. */
  readonly beganWithUs: boolean;
}

/** Where ffmpeg reads. */
export type Place =
  /** A plain file. */
  | { readonly kind: "file" }
  /** Standard input, or a pipe with a name. */
  | { readonly kind: "pipe" }
  /** An address; without "://". */
  | { readonly kind: "url"; readonly scheme: string };

interface Format {
  readonly isCounted?: true;
  readonly isSegmented?: true;
  readonly isLive?: true;
  readonly canTurn?: true;
  readonly isPicture?: true;
}

const COUNTED: Format = { isCounted: true };
const TURNS: Format = { canTurn: true };

/** ffmpeg's demuxers about which there is something to say, by the first of their names. */
const FORMATS: Readonly<Record<string, Format>> = {
  hls: { isSegmented: true },
  applehttp: { isSegmented: true },
  dash: { isSegmented: true },
  mpjpeg: { isCounted: true, isLive: true },
  rtsp: { isLive: true },
  rtp: { isLive: true },
  sdp: { isLive: true },
  sap: { isLive: true },
  mov: TURNS,
  matroska: TURNS,
  avi: TURNS,
  gif: { canTurn: true, isPicture: true },
  apng: TURNS,
  nut: TURNS,
  image2: { isCounted: true, isPicture: true },
  mjpeg: COUNTED,
  smjpeg: COUNTED,
  mjpeg_2000: COUNTED,
  h261: COUNTED,
  h263: COUNTED,
  h264: COUNTED,
  hevc: COUNTED,
  vvc: COUNTED,
  av1: COUNTED,
  obu: COUNTED,
  m4v: COUNTED,
  mpegvideo: COUNTED,
  vc1: COUNTED,
  cavsvideo: COUNTED,
  dirac: COUNTED,
  dnxhd: COUNTED,
  rawvideo: COUNTED,
  image2pipe: COUNTED,
};
/** "jpeg_pipe", "png_pipe" …: one picture in a file or of a server, and any number in a pipe. */
const PICTURE_PIPE = /_pipe$/;
/** Schemes of those who send as it happens, whatever they say of a duration. */
const LIVE_SCHEMES: ReadonlySet<string> = new Set([
  ...["rtsp", "rtsps", "rtp", "srtp", "udp", "udplite", "srt", "rist", "sctp"],
  ...["rtmp", "rtmps", "rtmpt", "rtmpe", "rtmpte", "rtmpts", "mmsh", "mmst"],
]);

/** What a source is, by where it is and what ffmpeg found there. @param report null where ffmpeg has not said */
export function natureOf(place: Place, report: InputReport | null): Nature {
  const name = report?.formats[0] ?? "";
  const format = FORMATS[name] ?? (PICTURE_PIPE.test(name) ? { isCounted: true, isPicture: true } : {});
  const durationMs = report?.duration == null ? null : report.duration * 1000;
  return {
    flow: flowOf(place, format, durationMs),
    hasOwnTimes: format.isCounted !== true,
    durationMs,
    canTurn: format.canTurn === true && place.kind !== "pipe",
    isPicture: format.isPicture === true && place.kind !== "pipe",
    beganWithUs: place.kind === "pipe",
  };
}

function flowOf(place: Place, format: Format, durationMs: number | null): Flow {
  if (format.isLive || (place.kind === "url" && LIVE_SCHEMES.has(place.scheme))) {
    return "live";
  }
  if (format.isSegmented && durationMs === null) {
    return "segments";
  }
  return durationMs !== null || place.kind === "file" ? "film" : "judged";
}
