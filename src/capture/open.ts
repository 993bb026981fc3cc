import { accessSync, closeSync, constants, existsSync, openSync, readSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { isatty } from "node:tty";
import { fileURLToPath } from "node:url";
import { ExitCode, LanvidError, messageOf, usageError } from "../errors.ts";
import { type Ffmpeg, type InputReport, listDemuxers, withoutSecrets } from "../ffmpeg.ts";
import type { Log } from "../log.ts";
import type { FrameSource } from "../media.ts";
import { type Monitor, monitors, monitorsNow } from "../sys.ts";
import { KIB, MIB, type Size } from "../units.ts";
import { type CaptureSettings, type Input, KNOWN_RATE } from "./arguments.ts";
import { type Camera, readFormats, seeCameras } from "./cameras.ts";
import { isRgb, isTelling } from "./canonical.ts";
import { cameraInput, chooseCamera, DEFAULT_FPS, DEFAULT_SIZE } from "./choose-camera.ts";
import { FfmpegSource } from "./ffmpeg-source.ts";
import { linuxScreen } from "./linux.ts";
import { lookAtJpegs, type Seen } from "./look.ts";
import { macosScreen } from "./macos.ts";
import { natureOf } from "./nature.ts";
import { PatternFeeder } from "./pattern-feeder.ts";
import { planCapture } from "./plan.ts";
import { withoutPlaylists } from "./playlists.ts";
import { firstInput, knownInput, pictureInput, type Reading } from "./reading.ts";
import type { SourceSpec } from "./source-spec.ts";
import { isStill, STILL_HEAD_BYTES } from "./still-file.ts";
import { MIN_PATTERN } from "./test-pattern.ts";
import { jpegWays, mayBeJpegs, rtspWays, type Way, Ways } from "./ways.ts";
import { windowsScreen } from "./windows.ts";

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

export interface CaptureOptions {
  readonly settings: CaptureSettings;
  readonly ffmpeg: Ffmpeg;
  /** How old a frame may be that is shown, ms: it says how often a key frame is needed. */
  readonly maxDelayMs: number;
  /** The source ends because it can't be read; called before its sink is told that it ended. */
  readonly onFault: (error: LanvidError) => void;
  readonly log: Log;
}

/** Everything but a relay, which is not ffmpeg's. */
type LocalSource = Exclude<SourceSpec, { kind: "relay" }>;

/**
 * Makes a source ready; nothing is captured before it is started.
 * @throws LanvidError (source) when it is missing or must not be read, (usage) when the settings don't fit it
 */
export function openSource(spec: LocalSource, options: CaptureOptions): FrameSource {
  switch (spec.kind) {
    case "test":
      return testSource(options);
    case "camera":
      return cameraSource(spec.which, options);
    case "screen":
      return screenSource(spec.index, options);
    case "file":
      return fileSource(spec.path, options);
    case "url":
      return urlSource(spec.url, options);
    case "stdin":
      return stdinSource(options);
    default:
      return spec satisfies never;
  }
}

/** What is known of an input before it is opened: the rate that it is asked for itself, and its size. */
interface Known {
  readonly fps?: number;
  readonly size?: Size | null;
  /** What it is now; null when that can't be seen. */
  readonly latest?: () => Promise<Input | null>;
}

/** A camera or a screen: its pictures are live. */
function deviceSource(
  kind: "camera" | "screen",
  name: string,
  input: Input,
  options: CaptureOptions,
  { fps = options.settings.fps ?? undefined, size = null, latest }: Known = {},
): FrameSource {
  const { settings, ffmpeg, onFault, log } = options;
  const { planAgain, ...planned } = planCapture(
    input,
    { fps: fps ?? null, size: settings.size ?? size, isScreen: kind === "screen" },
    options,
  );
  return new FfmpegSource({
    kind,
    name,
    alwaysOn: false,
    endsWithInput: false,
    ffmpegPath: ffmpeg.path,
    ...planned,
    ...(latest && {
      latest: async () => {
        const now = await latest();
        return now && planAgain(now);
      },
    }),
    stdin: "ignore",
    fps: fps ?? null,
    onFault,
    log,
  });
}

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
): FrameSource {
  const { settings, ffmpeg, onFault, log } = options;
  const isStdin = kind === "stdin";
  const current = () => (opening ? onWay(reading, opening.ways.current) : reading);
  const { planAgain, ...planned } = planCapture(
    firstInput(current()),
    { fps: settings.fps, size: settings.size },
    options,
  );
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
      if (isStdin && input.seen && isTelling(input.seen) && !isRgb(input.seen)) {
        const what =
          "its pictures have fields or colours that are not a screen's: of a pipe, they are shown as they are";
        log.warn(`${name}: ${what}`, "name the file or the address itself");
      }
      return {
        nature,
        plan: planAgain(input),
        picturePlan: nature.isPicture ? picturePlan(report) : null,
        turnedPlan: turnedInput && planAgain(turnedInput),
        mustRestart: mustRestart && !isStdin,
      };
    },
    ...(opening && {
      look: async (signal) => {
        const seen = await opening.look?.(signal);
        const plan = planAgain(firstInput(current()));
        const isStillPicture = seen?.dialect === "still";
        return seen?.hasAnswered === false ? null : { plan, picturePlan: isStillPicture ? picturePlan(null) : null };
      },
      otherWay: (end) => {
        const isOther = opening.ways.isOtherAfter(end);
        return isOther ? { plan: planAgain(firstInput(current())), name: opening.ways.current.name } : null;
      },
    }),
    nature: natureOf(reading.place, null),
    picturePlan: reading.isPicture ? picturePlan(null) : null,
    stdin: isStdin ? "inherit" : "ignore",
    fps: settings.fps,
    onFault,
    log,
  });
}

function stdinSource(options: CaptureOptions): FrameSource {
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

function urlSource(url: string, options: CaptureOptions): FrameSource {
  const scheme = url.slice(0, url.indexOf(":")).toLowerCase();
  if (scheme === "file") {
    return fileSource(pathOf(url), options);
  }
  const reading: Reading = { place: { kind: "url", scheme }, url, options: NETWORK_INPUT, fps: options.settings.fps };
  return readSource("url", withoutSecrets(url), reading, options, openingOf(url, scheme, options));
}

function openingOf(url: string, scheme: string, { settings, ffmpeg, log }: CaptureOptions): Opening | undefined {
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
    const seen = await lookAtJpegs({ ...what, log, signal });
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
function fileSource(path: string, options: CaptureOptions): FrameSource {
  if (!existsSync(path)) {
    throw new LanvidError("no-source", ExitCode.source, `cannot open "${path}": there is no such file`, {
      hint: "a source is camera, screen, test, -, an address with ://, or a file",
    });
  }
  const stat = statSync(path);
  if (stat.isDirectory()) {
    throw new LanvidError("no-source", ExitCode.source, `cannot open "${path}": it is a folder`, {
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

function testSource(options: CaptureOptions): FrameSource {
  const { settings, ffmpeg, onFault, log } = options;
  const size = settings.size ?? DEFAULT_SIZE;
  const fps = settings.fps ?? DEFAULT_FPS;
  if (size.width < MIN_PATTERN.width || size.height < MIN_PATTERN.height) {
    const least = `${MIN_PATTERN.width}x${MIN_PATTERN.height}`;
    throw usageError(
      `cannot draw the test pattern at ${size.width}x${size.height}: at least ${least} is needed`,
      `use --size ${least} or more`,
    );
  }
  const geometry = ["-video_size", `${size.width}x${size.height}`, "-framerate", String(fps)];
  const input: Input = {
    options: ["-f", "rawvideo", ...KNOWN_RATE, "-pixel_format", "yuvj420p", ...geometry],
    url: "pipe:0",
    codec: null,
    hasSettings: true,
    isBt601: true,
    hasUnixTime: false,
  };
  return new FfmpegSource({
    kind: "test",
    name: "test pattern",
    alwaysOn: false,
    // An encoder in hardware, or arguments of the person's own, may not work.
    isCertain: settings.encoder === null && settings.extra.length === 0,
    endsWithInput: false,
    ffmpegPath: ffmpeg.path,
    ...planCapture(input, { fps, size }, options),
    stdin: "feeder",
    fps,
    feeder: () => new PatternFeeder(size, fps),
    onFault,
    log,
  });
}

function cameraSource(which: string | null, options: CaptureOptions): FrameSource {
  const camera = findCamera(which, options.ffmpeg.path);
  if (process.platform === "linux") {
    assertReadable(camera.path, camera.name, 'run "sudo usermod -aG video $USER", then log in again');
  }
  const { input, fps, size } = cameraInput(camera, options.settings, process.platform);
  return deviceSource("camera", camera.name, input, options, { fps, size });
}

function findCamera(which: string | null, ffmpegPath: string): Camera {
  const cameras = seeCameras(ffmpegPath);
  const found = chooseCamera(cameras, which);
  if (found) {
    return { ...found, formats: readFormats(ffmpegPath, found.path) };
  }
  if (which !== null && (process.platform === "linux" ? isOtherName(which) : cameras.length === 0)) {
    // Another of its names, such as /dev/v4l/by-id/…; or a listing that could not be read: ffmpeg knows better.
    return { path: which, name: which, source: `camera:${which}`, formats: readFormats(ffmpegPath, which) };
  }
  throw noCamera(
    which === null ? "this machine has none" : `there is no "${which}"`,
    'see "lanvid devices"; "lanvid serve test" streams a test pattern',
  );
}

function isOtherName(which: string): boolean {
  return which.startsWith("/dev/") && existsSync(which);
}

function noCamera(reason: string, hint: string): LanvidError {
  return new LanvidError("no-camera", ExitCode.source, `cannot open a camera: ${reason}`, { hint });
}

function screenSource(index: number | null, options: CaptureOptions): FrameSource {
  const fps = options.settings.fps ?? DEFAULT_FPS;
  const own = { ...options, settings: { ...options.settings, fps: null } };
  const name = index === null ? "screen" : `screen ${index}`;
  switch (process.platform) {
    case "darwin":
      return deviceSource("screen", name, macosScreen(index ?? 0, fps), own, { fps });
    case "win32":
      return deviceSource("screen", name, windowsScreen(fps), own, { fps });
    default: {
      const display = x11Display(process.env);
      const monitorOf = (all: readonly Monitor[]) => (index === null ? wholeScreen(all) : (all[index] ?? null));
      const monitor = monitorOf(monitors());
      if (index !== null && index > 0 && monitor === null) {
        throw new LanvidError("no-screen", ExitCode.source, `cannot grab screen ${index}: there is no such monitor`, {
          hint: 'see "lanvid devices"',
        });
      }
      const latest = async () => {
        const now = monitorOf(await monitorsNow());
        return now && linuxScreen(display, now, fps);
      };
      return deviceSource("screen", name, linuxScreen(display, monitor, fps), own, { fps, size: monitor, latest });
    }
  }
}

/** The area that all monitors cover, named because an ffmpeg before 4.4 grabs 640x480 otherwise; null if unknown. */
function wholeScreen(all: readonly Monitor[]): Monitor | null {
  if (all.length === 0) {
    return null;
  }
  const width = Math.max(...all.map((monitor) => monitor.x + monitor.width));
  const height = Math.max(...all.map((monitor) => monitor.y + monitor.height));
  return { name: "screen", width, height, x: 0, y: 0 };
}

/**
 * The X display to grab. Under Wayland the X server that programs find shows only their own windows on black.
 * @throws LanvidError (source) when there is none, or Wayland hides the screen from it
 */
export function x11Display(environment: Readonly<Record<string, string | undefined>>): string {
  const isWayland = environment["XDG_SESSION_TYPE"] === "wayland" || Boolean(environment["WAYLAND_DISPLAY"]);
  if (isWayland) {
    throw new LanvidError("wayland", ExitCode.source, "cannot grab the screen: Wayland does not let programs see it", {
      hint: 'log in to an "Xorg" or "X11" session, or stream a camera or a file',
    });
  }
  const display = environment["DISPLAY"];
  if (!display) {
    throw new LanvidError("no-display", ExitCode.source, "cannot grab the screen: no X display is named in DISPLAY", {
      hint: "run lanvid in a terminal of the desktop, or set DISPLAY=:0",
    });
  }
  return display;
}

function assertReadable(path: string, name: string, hint: string): void {
  try {
    accessSync(path, constants.R_OK);
  } catch (cause) {
    throw new LanvidError("denied", ExitCode.source, `not allowed to open ${name}`, { cause, hint });
  }
}
