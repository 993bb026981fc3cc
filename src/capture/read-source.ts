import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { isatty } from "node:tty";
import { fileURLToPath } from "node:url";
import { LanvidError, messageOf, usageError } from "../errors.ts";
import { type InputReport, listDemuxers, withoutSecrets } from "../ffmpeg.ts";
import type { Log } from "../log.ts";
import type { Source } from "../media.ts";
import { systemClock } from "../time.ts";
import { KIB, MIB } from "../units.ts";
import type { Input } from "./arguments.ts";
import { isRgb, isTelling } from "./canonical.ts";
import type { CaptureOptions } from "./capture-options.ts";
import { FfmpegSource } from "./ffmpeg-source.ts";
import type { FfmpegSourceOptions } from "./ffmpeg-source-options.ts";
import { lookAtJpegs, type Seen } from "./look.ts";
import { natureOf } from "./nature.ts";
import { planCapture } from "./plan.ts";
import { withoutPlaylists } from "./playlists.ts";
import { assertReadable } from "./readable.ts";
import { firstInput, knownInput, pictureInput, type Reading } from "./reading.ts";
import type { CapturePlan } from "./run.ts";
import { isStill, STILL_HEAD_BYTES } from "./still-file.ts";
import { jpegWays, mayBeJpegs, rtspWays, type Way, Ways } from "./ways.ts";

/** Sources of which ffmpeg says what they are when it has opened them: files, URLs and standard input. */

/** A decoder with frame threads holds back a frame per processor. */
const LIVE_INPUT = ["-thread_type", "slice"];
/**
 * How much of a pipe ffmpeg may read to find out what comes, bytes. It is never sure of JPEG behind JPEG, and would read a
 * MiB of it: half a minute of small pictures, which then come at once, as if they were new.
 */
const PIPE_INPUT = ["-formatprobesize", String(16 * KIB)];
/**
 * What ffmpeg may take in one piece for what comes over the network, bytes: without it, a picture whose end never comes
 * takes all memory there is. A picture of 8K is encoded in less (`rendition/limits.ts`).
 */
const NETWORK_ALLOC = ["-max_alloc", String(512 * MIB)];
const NETWORK_INPUT = [...LIVE_INPUT, ...NETWORK_ALLOC];

/** How an address is opened that can be read in several ways. */
interface Opening {
  readonly ways: Ways;
  /** Finds out which. */
  readonly look?: (signal: AbortSignal) => Promise<Seen>;
}

function onWay(reading: Reading, { options, isLive = false }: Way): Reading {
  return { ...reading, options: [...reading.options, ...options], isLive };
}

/** A source of which ffmpeg says what it is when it has opened it. */
function readSource(
  kind: "file" | "url" | "stdin",
  name: string,
  reading: Reading,
  options: CaptureOptions,
  opening?: Opening,
): Source {
  const { settings, ffmpeg, log, clock = systemClock } = options;
  const isStdin = kind === "stdin";
  const current = () => (opening ? onWay(reading, opening.ways.current) : reading);
  const { planAgain, ...planned } = planCapture(
    firstInput(current()),
    { fps: settings.fps, size: settings.size },
    options,
  );
  const planFirst = () => planAgain(firstInput(current()));
  const picturePlan = (report: InputReport | null) => {
    const picture = pictureInput(reading, report);
    return picture && planAgain(picture);
  };
  return new FfmpegSource({
    kind,
    name,
    alwaysOn: isStdin,
    readsOnce: reading.place.kind === "pipe",
    endsWithInput: isStdin,
    ffmpegPath: ffmpeg.path,
    ...planned,
    learn: (report) => {
      const { nature, input, turnedInput, mustRestart } = knownInput(current(), report);
      if (isStdin) {
        warnOfProperties(name, input, log);
      }
      return {
        nature,
        plan: planAgain(input),
        picturePlan: nature.isPicture ? picturePlan(report) : null,
        turnedPlan: turnedInput && planAgain(turnedInput),
        mustRestart: mustRestart && !isStdin,
      };
    },
    ...(opening && byOpening(opening, planFirst, () => picturePlan(null))),
    nature: natureOf(reading.place, null),
    picturePlan: reading.isPicture ? picturePlan(null) : null,
    stdin: isStdin ? "inherit" : "ignore",
    fps: settings.fps,
    log,
    clock,
  });
}

/** What is found out before an address is read, and after it could not be. */
function byOpening(
  { look, ways }: Opening,
  planFirst: () => CapturePlan,
  picturePlan: () => CapturePlan | null,
): Pick<FfmpegSourceOptions, "look" | "otherWay"> {
  return {
    look: async (signal) => {
      const seen = await look?.(signal);
      const plan = planFirst();
      const isPicture = seen?.dialect === "still";
      return seen?.hasAnswered === false ? null : { plan, picturePlan: isPicture ? picturePlan() : null };
    },
    otherWay: (end) => (ways.isOtherAfter(end) ? { plan: planFirst(), name: ways.current.name } : null),
  };
}

/** Nothing can be begun again for what a pipe turns out to give. */
function warnOfProperties(name: string, { seen }: Input, log: Log): void {
  if (seen && isTelling(seen) && !isRgb(seen)) {
    const what = "its pictures have fields or colours that are not a screen's: of a pipe, they are shown as they are";
    log.warn(`${name}: ${what}`, "name the file or the address itself");
  }
}

/** Standard input, which runs from the start. */
export function stdinSource(options: CaptureOptions): Source {
  if (isatty(0)) {
    throw usageError("cannot read video from a terminal", "pipe a program's output into lanvid, or name a source");
  }
  const reading: Reading = {
    place: { kind: "pipe" },
    url: "pipe:0",
    options: [...LIVE_INPUT, ...PIPE_INPUT],
    fps: options.settings.fps,
  };
  return readSource("stdin", "standard input", reading, options);
}

/** Whatever ffmpeg opens by a URL. @throws LanvidError (usage, source) for a file:// that is none */
export function urlSource(url: string, options: CaptureOptions): Source {
  const scheme = url.slice(0, url.indexOf(":")).toLowerCase();
  if (scheme === "file") {
    return fileSource(pathOf(url), options);
  }
  const reading: Reading = { place: { kind: "url", scheme }, url, options: NETWORK_INPUT, fps: options.settings.fps };
  return readSource("url", withoutSecrets(url), reading, options, openingOf(url, scheme, options));
}

function openingOf(url: string, scheme: string, options: CaptureOptions): Opening | undefined {
  const { settings, ffmpeg, log, clock = systemClock } = options;
  const { extra } = settings;
  if (scheme === "rtsp" || scheme === "rtsps") {
    return { ways: new Ways(rtspWays(extra)) };
  }
  if (!mayBeJpegs(url, extra)) {
    return undefined;
  }
  const ways = new Ways();
  const look = async (signal: AbortSignal) => {
    const what = { ffmpegPath: ffmpeg.path, url, options: NETWORK_ALLOC, extra };
    const seen = await lookAtJpegs({ ...what, log, signal, clock });
    ways.replace(jpegWays(seen.dialect));
    return seen;
  };
  return { ways, look };
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw usageError(`cannot read source "${url}": ${messageOf(cause)}`, "name the file by its path");
  }
}

/** A file is played at its own speed, over and over: a server does not go away because a clip is over. */
export function fileSource(path: string, options: CaptureOptions): Source {
  if (!existsSync(path)) {
    throw new LanvidError("no-source", "source", `cannot open "${path}": there is no such file`, {
      hint: "a source is camera, screen, test, -, an address with ://, or a file",
    });
  }
  const stat = statSync(path);
  if (stat.isDirectory()) {
    throw new LanvidError("no-source", "source", `cannot open "${path}": it is a folder`, {
      hint: "name a file in it",
    });
  }
  assertReadable(path, `"${path}"`, "check the file's permissions");
  const { settings, ffmpeg } = options;
  const formats = withoutPlaylists(path, settings.extra, () => listDemuxers(ffmpeg.path));
  const reading: Reading = {
    place: { kind: stat.isFile() ? "file" : "pipe" },
    url: `file:${resolve(path)}`,
    options: stat.isFile() ? formats : [...formats, ...PIPE_INPUT],
    fps: settings.fps,
    isPicture: stat.isFile() && !settings.extra.includes("-f") && isStill(headOf(path), path),
  };
  return readSource("file", path, reading, options);
}

function headOf(path: string): Uint8Array {
  const file = openSync(path, "r");
  try {
    const head = new Uint8Array(STILL_HEAD_BYTES);
    return head.subarray(0, readSync(file, head));
  } finally {
    closeSync(file);
  }
}
