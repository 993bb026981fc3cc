import { FfmpegProcess } from "../ffmpeg.ts";
import type { Log } from "../log.ts";
import { type Clock, systemClock } from "../time.ts";
import { MIB } from "../units.ts";
import { type JpegDialect, jpegDialect } from "./jpeg-dialect.ts";

/** What is looked at, at most: bytes, and ms. */
const MAX_BYTES = 2 * MIB;
const MAX_MS = 3000;

/** What is to be looked at, and with what. */
export interface Look {
  readonly ffmpegPath: string;
  readonly url: string;
  /** Options for ffmpeg, for whatever comes over the network. */
  readonly options: readonly string[];
  /** Options for ffmpeg of the person's own. */
  readonly extra: readonly string[];
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

export interface Seen {
  /** Something came. */
  readonly hasAnswered: boolean;
  /** Null where these are not pictures of a camera, or that can't be said. */
  readonly dialect: JpegDialect | null;
}

/**
 * Looks at the beginning of what a server sends. It is ffmpeg that opens it, as it will afterwards: with the same proxy,
 * names, passwords and certificates.
 */
export async function lookAtJpegs({
  ffmpegPath,
  url,
  options,
  extra,
  log,
  signal,
  clock = systemClock,
}: Look): Promise<Seen> {
  const body = Buffer.alloc(MAX_BYTES);
  let length = 0;
  let dialect: JpegDialect | null | undefined;
  const args = ["-hide_banner", "-nostdin", "-loglevel", "error", ...options, ...extra, "-f", "data", "-i", url];
  const output = ["-map", "0", "-c", "copy", "-f", "data", "-flush_packets", "1", "pipe:1"];
  let child: FfmpegProcess;
  try {
    child = new FfmpegProcess(ffmpegPath, [...args, ...output], {
      stdin: "ignore",
      onOutput: (chunk) => {
        if (dialect !== undefined) {
          return;
        }
        const taken = chunk.subarray(0, MAX_BYTES - length);
        body.set(taken, length);
        length += taken.length;
        dialect = jpegDialect(body.subarray(0, length), "going on");
        if (dialect !== undefined || length === MAX_BYTES) {
          child.kill();
        }
      },
      onExit: () => {},
      log,
    });
  } catch {
    // It is run again for the pictures, and says then what is wrong.
    return { hasAnswered: false, dialect: null };
  }
  let isCut = false;
  const cut = () => {
    isCut = true;
    child.kill();
  };
  using _limit = clock.after(MAX_MS, cut);
  signal.addEventListener("abort", cut, { once: true });
  await child.finished;
  signal.removeEventListener("abort", cut);
  const seen = body.subarray(0, length);
  return { hasAnswered: length > 0, dialect: dialect ?? jpegDialect(seen, isCut ? "silent" : "over") ?? null };
}
