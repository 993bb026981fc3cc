import type { JpegDialect } from "./jpeg-dialect.ts";

/** A way to read an address. */
export interface Way {
  /** What ffmpeg is told for it, besides what it is told in any case. */
  readonly options: readonly string[];
  /** What it gives is live, whatever ffmpeg makes of it. */
  readonly isLive?: boolean;
  /** For the person who is told that it is tried. */
  readonly name: string;
}

/** How a run of ffmpeg ended, as far as it says something of the way. */
export interface WayEnd {
  readonly pictures: number;
  readonly stall: unknown;
  readonly exit: { readonly stderr: readonly string[] };
}

/** There was an answer, and it could not be read. */
const UNREADABLE = /Invalid data found when processing input/;
/** A part is not as ffmpeg wants it; at the end of all it finds a line of no bytes. */
const NO_PART = /\[mpjpeg @ .*(?:Unexpected Content-Type|Expected boundary .* line of [1-9])/;

const PLAIN: Way = { options: [], name: "as it is" };

/** By which ways an address can be read: the first is taken, the next where one gives no picture, and so on in turn. */
export class Ways {
  #all: readonly Way[];
  #at = 0;

  constructor(all: readonly Way[] = [PLAIN]) {
    this.#all = all;
  }

  get current(): Way {
    return this.#all[this.#at] ?? PLAIN;
  }

  /** More is known: these are the ways. */
  replace(all: readonly Way[]): void {
    this.#all = all;
    this.#at = 0;
  }

  /** @returns whether the next run goes another way */
  isOtherAfter({ pictures, stall, exit }: WayEnd): boolean {
    const isUnreadable = exit.stderr.some((line) => UNREADABLE.test(line));
    const isWrong = exit.stderr.some((line) => NO_PART.test(line));
    if (this.#all.length < 2 || !(isWrong || (pictures === 0 && (stall !== null || isUnreadable)))) {
      return false;
    }
    this.#at = (this.#at + 1) % this.#all.length;
    return true;
  }
}

/** ffmpeg's options by which a person says how RTSP is to be carried. */
const RTSP_OPTIONS: ReadonlySet<string> = new Set(["-rtsp_transport", "-rtsp_flags"]);

/**
 * RTSP by TCP, which ffmpeg itself leaves for UDP where a camera refuses it: UDP is granted by nearly all, and then
 * stopped by firewalls, containers and virtual machines without a word.
 * @param extra arguments of the person's own
 */
export function rtspWays(extra: readonly string[]): readonly Way[] {
  if (extra.some((word) => RTSP_OPTIONS.has(word))) {
    return [PLAIN];
  }
  return [
    { options: ["-rtsp_flags", "prefer_tcp"], name: "RTSP by TCP" },
    { options: ["-rtsp_transport", "udp"], name: "RTSP by UDP" },
  ];
}

const MULTIPART: Way = { options: ["-f", "mpjpeg"], isLive: true, name: "its parts one by one" };
/** ffmpeg gives a picture when the next one begins. */
const LOOSE: Way = { options: ["-f", "mjpeg"], isLive: true, name: "all JPEGs that are in it" };

/** How a camera's JPEGs by HTTP are read. */
export function jpegWays(dialect: JpegDialect | null): readonly Way[] {
  switch (dialect) {
    case "multipart":
      return [MULTIPART, LOOSE];
    case "loose":
      return [LOOSE];
    case "still":
    case null:
      return [PLAIN];
    default:
      return dialect satisfies never;
  }
}

/** Names that say what comes; such addresses are not looked at. */
const SUFFIX = /\.(?:m3u8?|mpd|mp4|m4v|mov|mkv|webm|ts|mts|m2ts|flv|avi|ogv|wmv|mpe?g|gif|png|webp)$/i;

/** It may be a camera that gives JPEGs by HTTP. @param extra arguments of the person's own, who may name the format */
export function mayBeJpegs(url: string, extra: readonly string[]): boolean {
  const [, path = ""] = /^https?:\/\/[^/?#]*([^?#]*)/i.exec(url) ?? [];
  return /^https?:/i.test(url) && !SUFFIX.test(path) && !extra.includes("-f");
}
