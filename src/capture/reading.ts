import { filmOf, type InputReport, type VideoStream } from "../ffmpeg.ts";
import type { Input } from "./arguments.ts";
import { isTelling } from "./canonical.ts";
import { type Nature, natureOf, type Place } from "./nature.ts";

/** A longer film is not turned over within one ffmpeg: another one begins in time. ms */
const LONGEST_TURNED_MS = 60_000;
/** How often a single picture is looked at, per second: a file may be written anew, a camera's address gives another. */
const LOOKS = { file: 2, url: 4 } as const;
/** Viewers who come must not wait longer than a quarter of a second for a film's next picture. */
const LEAST_RATE = 4;
/** Higher rates are a clock's, not the film's. */
const MOST_RATE = 60;
/** An average below this part of the base rate means that the film pauses. */
const STEADY = 0.8;

/** What ffmpeg is told of something that it opens by a name: a file, a pipe, an address. */
export interface Reading {
  readonly place: Place;
  /** What follows `-i`. */
  readonly url: string;
  /** What comes before it in any case. */
  readonly options: readonly string[];
  /** The rate asked for. */
  readonly fps: number | null;
  /** It is known to be a single picture. */
  readonly isPicture?: boolean;
  /** It is known to be live. */
  readonly isLive?: boolean;
}

/** What follows from what ffmpeg found. */
export interface Known {
  readonly nature: Nature;
  readonly input: Input;
  /** Of a short film: it is turned over within one ffmpeg, when it has turned out to have more than one picture. */
  readonly turnedInput: Input | null;
  /** What has begun is to be begun again with this input; else it is for the next time. */
  readonly mustRestart: boolean;
}

/** Live HLS begins with its newest segment. */
const NEWEST_SEGMENT = ["-live_start_index", "-1"] as const;
const HLS_NAME = /^https?:\/\/[^?#]*\.m3u8(?:[?#]|$)/i;

/** Before anything is known. */
export function firstInput(reading: Reading): Input {
  return inputOf(reading, HLS_NAME.test(reading.url) ? NEWEST_SEGMENT : []);
}

/** When ffmpeg has said what it is. */
export function knownInput(reading: Reading, report: InputReport): Known {
  const { place, url, fps } = reading;
  const found = natureOf(place, report);
  const nature: Nature = reading.isLive ? { ...found, flow: "live", isPicture: false } : found;
  const film = filmOf(report);
  const isPipe = place.kind === "pipe";
  const isCounted = nature.flow === "live" && !nature.hasOwnTimes && fps !== null && !isPipe;
  const isHls = nature.flow === "segments" && !report.formats.includes("dash");
  const isShort = nature.flow === "film" && nature.canTurn && (nature.durationMs ?? 0) < LONGEST_TURNED_MS;
  const fillRate =
    nature.flow === "film" && nature.hasOwnTimes && !isPipe && fps === null && film ? fillingRate(film) : null;
  const input = inputOf(reading, [
    ...(isCounted ? ["-use_wallclock_as_timestamps", "1"] : []),
    ...(isHls ? NEWEST_SEGMENT : []),
  ]);
  // A film is begun anew in no time; another's camera only where it would be shown as what it is not.
  const isOther = film !== null && (nature.flow === "film" || isTelling(film));
  const isAfterCover = report.video[0]?.isCover === true && film !== null;
  const known: Input = {
    ...input,
    fillRate,
    seen: film,
    mayWait: nature.flow === "film",
    ...(isAfterCover ? { map: `0:${film.index}` } : {}),
  };
  return {
    nature,
    input: known,
    turnedInput: isShort ? { ...known, options: [...known.options, "-stream_loop", "-1"] } : null,
    mustRestart: isCounted || fillRate !== null || (isHls && !HLS_NAME.test(url)) || isOther,
  };
}

/**
 * A single picture, looked at again and again; null for a pipe, which gives it once.
 * @param report null where the picture was seen in the file
 */
export function pictureInput(reading: Reading, report: InputReport | null): Input | null {
  const { place } = reading;
  if (place.kind === "pipe") {
    return null;
  }
  const rate = String(LOOKS[place.kind]);
  const isGif = report?.formats.includes("gif") === true;
  const image = isGif
    ? ["-r", rate, "-stream_loop", "-1", "-re"]
    : ["-f", "image2", "-pattern_type", "none", "-loop", "1", "-framerate", rate, "-re"];
  // JPEG and WebP have BT.601; ffmpeg gives it to RGB.
  return { ...inputOf(reading, image), isBt601: true, map: "0:v:0" };
}

/** For what is only counted or varies: the rate at which pictures are repeated; null where they come steadily. */
export function fillingRate({ fps, baseRate }: VideoStream): number | null {
  const base = baseRate ?? fps;
  if (base === null || base <= 0) {
    return null;
  }
  const average = fps ?? base;
  if (average >= STEADY * base) {
    return base >= LEAST_RATE ? null : base * Math.ceil(LEAST_RATE / base);
  }
  if (base > MOST_RATE) {
    return Math.min(MOST_RATE, Math.max(MOST_RATE / 2, Math.ceil(2 * average)));
  }
  return base >= LEAST_RATE ? base : base * Math.ceil(LEAST_RATE / base);
}

function inputOf({ url, options }: Reading, more: readonly string[]): Input {
  return {
    options: [...options, ...more],
    url,
    codec: null,
    hasSettings: false,
    isBt601: false,
    hasUnixTime: false,
    isReported: true,
    map: "0:V:0",
  };
}
