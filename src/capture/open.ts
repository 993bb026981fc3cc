import { existsSync } from "node:fs";
import { LanvidError, usageError } from "../errors.ts";
import type { Source } from "../media.ts";
import { type Monitor, monitors, monitorsNow } from "../sys.ts";
import { systemClock } from "../time.ts";
import type { Size } from "../units.ts";
import { type Input, KNOWN_RATE } from "./arguments.ts";
import { type Camera, readFormats, seeCameras } from "./cameras.ts";
import type { CaptureOptions } from "./capture-options.ts";
import { cameraInput, chooseCamera, DEFAULT_FPS, DEFAULT_SIZE } from "./choose-camera.ts";
import { FfmpegSource } from "./ffmpeg-source.ts";
import { linuxScreen } from "./linux.ts";
import { macosScreen } from "./macos.ts";
import { PatternFeeder } from "./pattern-feeder.ts";
import { planCapture } from "./plan.ts";
import { fileSource, stdinSource, urlSource } from "./read-source.ts";
import { assertReadable } from "./readable.ts";
import type { SourceSpec } from "./source-spec.ts";
import { MIN_PATTERN } from "./test-pattern.ts";
import { windowsScreen } from "./windows.ts";

/** Everything but a relay, which is not ffmpeg's. */
type LocalSource = Exclude<SourceSpec, { kind: "relay" }>;

/**
 * Makes a source ready; nothing is captured before it is started.
 * @throws LanvidError (source) when it is missing or must not be read, (usage) when the settings don't fit it
 */
export function openSource(spec: LocalSource, options: CaptureOptions): Source {
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
): Source {
  const { settings, ffmpeg, log, clock = systemClock } = options;
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
    log,
    clock,
  });
}

function testSource(options: CaptureOptions): Source {
  const { settings, ffmpeg, log, clock = systemClock } = options;
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
    feeder: () => new PatternFeeder(size, fps, clock),
    log,
    clock,
  });
}

function cameraSource(which: string | null, options: CaptureOptions): Source {
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
  return new LanvidError("no-camera", "source", `cannot open a camera: ${reason}`, { hint });
}

function screenSource(index: number | null, options: CaptureOptions): Source {
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
        throw new LanvidError("no-screen", "source", `cannot grab screen ${index}: there is no such monitor`, {
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
    throw new LanvidError("wayland", "source", "cannot grab the screen: Wayland does not let programs see it", {
      hint: 'log in to an "Xorg" or "X11" session, or stream a camera or a file',
    });
  }
  const display = environment["DISPLAY"];
  if (!display) {
    throw new LanvidError("no-display", "source", "cannot grab the screen: no X display is named in DISPLAY", {
      hint: "run lanvid in a terminal of the desktop, or set DISPLAY=:0",
    });
  }
  return display;
}
