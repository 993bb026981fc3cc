import { accessSync, constants, existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { isatty } from "node:tty";
import { ExitCode, LanvidError, usageError } from "../errors.ts";
import { type Ffmpeg, listDemuxers, withoutSecrets } from "../ffmpeg.ts";
import type { Log } from "../log.ts";
import type { FrameSource } from "../media.ts";
import { type Monitor, monitors } from "../sys.ts";
import { MIB, type Size } from "../units.ts";
import { type CaptureSettings, type Input, KNOWN_RATE } from "./arguments.ts";
import { type Camera, readFormats, seeCameras } from "./cameras.ts";
import { cameraInput, chooseCamera, DEFAULT_FPS, DEFAULT_SIZE } from "./choose-camera.ts";
import { FfmpegSource } from "./ffmpeg-source.ts";
import { linuxScreen } from "./linux.ts";
import { macosScreen } from "./macos.ts";
import { PatternFeeder } from "./pattern-feeder.ts";
import { planCapture } from "./plan.ts";
import { withoutPlaylists } from "./playlists.ts";
import type { SourceSpec } from "./source-spec.ts";
import { MIN_PATTERN } from "./test-pattern.ts";
import { windowsScreen } from "./windows.ts";

/** A decoder with frame threads holds back a frame per processor. */
const LIVE_INPUT = ["-thread_type", "slice"];
/**
 * What ffmpeg may take in one piece for what comes over the network, bytes: without it, a picture whose end never comes
 * takes all memory there is. A picture of 8K is encoded in less (`rendition/limits.ts`).
 */
const NETWORK_INPUT = [...LIVE_INPUT, "-max_alloc", String(512 * MIB)];

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
      return ffmpegSource("url", withoutSecrets(spec.url), plainInput(spec.url, NETWORK_INPUT), options);
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
}

function ffmpegSource(
  kind: string,
  name: string,
  input: Input,
  options: CaptureOptions,
  { fps = options.settings.fps ?? undefined, size = null }: Known = {},
): FrameSource {
  const isStdin = kind === "stdin";
  return new FfmpegSource({
    kind,
    name,
    alwaysOn: isStdin,
    endsWithInput: isStdin,
    ffmpegPath: options.ffmpeg.path,
    ...planCapture(
      input,
      { fps: fps ?? null, size: options.settings.size ?? size, isScreen: kind === "screen" },
      options,
    ),
    stdin: isStdin ? "inherit" : "ignore",
    fps: fps ?? null,
    onFault: options.onFault,
    log: options.log,
  });
}

function plainInput(url: string, inputOptions: readonly string[]): Input {
  return { options: inputOptions, url, codec: null, hasSettings: false, isBt601: false, hasUnixTime: false };
}

function stdinSource(options: CaptureOptions): FrameSource {
  if (isatty(0)) {
    throw usageError("cannot read video from a terminal", "pipe a program's output into lanvid, or name a source");
  }
  return ffmpegSource("stdin", "standard input", plainInput("pipe:0", LIVE_INPUT), options);
}

/** A file is played at its own speed, over and over: a server does not go away because a clip is over. */
function fileSource(path: string, options: CaptureOptions): FrameSource {
  if (!existsSync(path)) {
    throw new LanvidError("no-source", ExitCode.source, `cannot open "${path}": there is no such file`, {
      hint: "a source is camera, screen, test, -, an address with ://, or a file",
    });
  }
  if (statSync(path).isDirectory()) {
    throw new LanvidError("no-source", ExitCode.source, `cannot open "${path}": it is a folder`, {
      hint: "name a file in it",
    });
  }
  assertReadable(path, `"${path}"`, "check the file's permissions");
  const url = `file:${resolve(path)}`;
  const formats = withoutPlaylists(path, options.settings.extra, () => listDemuxers(options.ffmpeg.path));
  return ffmpegSource("file", path, plainInput(url, [...formats, "-re", "-stream_loop", "-1"]), options);
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
  return ffmpegSource("camera", camera.name, input, options, { fps, size });
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
      return ffmpegSource("screen", name, macosScreen(index ?? 0, fps), own, { fps });
    case "win32":
      return ffmpegSource("screen", name, windowsScreen(fps), own, { fps });
    default: {
      const display = x11Display(process.env);
      const monitor = index === null ? wholeScreen(monitors()) : (monitors()[index] ?? null);
      if (index !== null && index > 0 && monitor === null) {
        throw new LanvidError("no-screen", ExitCode.source, `cannot grab screen ${index}: there is no such monitor`, {
          hint: 'see "lanvid devices"',
        });
      }
      return ffmpegSource("screen", name, linuxScreen(display, monitor, fps), own, { fps, size: monitor });
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
