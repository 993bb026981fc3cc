import { accessSync, constants, existsSync } from "node:fs";
import { listScreens, type Screen, type SeenCamera, seeCameras, x11Display } from "../capture.ts";
import { LanvidError, messageOf } from "../errors.ts";
import { whyNoWindow } from "../outputs/player.ts";
import { browserOpener } from "../sys.ts";
import { whyNoDisplay } from "../window.ts";
import { type Checked, fail, ok, warn } from "./finding.ts";
import { permissionHint } from "./permissions.ts";

const DISPLAY_HINT = "set DISPLAY to the one you see, usually :0";

type Environment = Readonly<Record<string, string | undefined>>;

/** The cameras that `serve` can take, and whether there is one that may be opened. @param ffmpegPath null when there is none */
export function checkCameras(ffmpegPath: string | null): [Checked, boolean] {
  const { platform, env } = process;
  const cameras = seeCameras(ffmpegPath);
  const denied = platform === "linux" ? cameras.filter(({ path }) => !isReadable(path)) : [];
  return [camerasFinding(cameras, denied, platform, env), cameras.length > denied.length];
}

/** @param denied those that this user must not open */
export function camerasFinding(
  cameras: readonly SeenCamera[],
  denied: readonly SeenCamera[],
  platform: NodeJS.Platform,
  env: Environment,
): Checked {
  if (cameras.length === 0) {
    return warn("cameras", "none found", "plug one in, or stream something else, such as a file or the test pattern");
  }
  const words = cameras.map(({ source, name }) => `${source} ${name}`).join(", ");
  if (denied.length > 0) {
    const names = denied.map(({ name }) => name).join(", ");
    const say = denied.length === cameras.length ? fail : warn;
    return say(
      "cameras",
      `${words}; not allowed to open ${names}`,
      'run "sudo usermod -aG video $USER", then log in again',
    );
  }
  // Whether macOS gives pictures, or only black ones, shows when a camera is opened.
  return ok("cameras", words, platform === "darwin" ? `if no picture comes, ${permissionHint("Camera", env)}` : null);
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** The screens that `serve screen` can take. */
export async function checkScreens(ffmpegPath: string | null): Promise<Checked> {
  const { platform, env } = process;
  if (platform !== "linux") {
    return screensFinding(listScreens(ffmpegPath), platform, env);
  }
  try {
    const display = x11Display(env);
    const screens = listScreens(ffmpegPath);
    if (screens.length > 0) {
      return screensFinding(screens, platform, env);
    }
    const why = await whyNoDisplay();
    const seen = displayFinding(display, existsSync);
    return why === null || seen.status !== "ok" ? seen : warn("screens", why, DISPLAY_HINT);
  } catch (error) {
    return warn("screens", messageOf(error), error instanceof LanvidError ? (error.hint ?? null) : null);
  }
}

export function screensFinding(screens: readonly Screen[], platform: NodeJS.Platform, env: Environment): Checked {
  const leave = platform === "darwin" ? permissionHint("Screen & System Audio Recording", env) : null;
  if (screens.length === 0) {
    return warn("screens", "none found", leave);
  }
  const words = screens.map(({ source, name, size }) =>
    size === null ? `${source} ${name}` : `${source} ${name} ${size.width}×${size.height}`,
  );
  return ok("screens", words.join(", "), leave === null ? null : `if the picture is black, ${leave}`);
}

/** An X display that xrandr, which may not be installed, says nothing of. */
export function displayFinding(display: string, exists: (path: string) => boolean): Checked {
  const local = /^(?:unix)?:(\d+)/.exec(display)?.[1];
  return local === undefined || exists(`/tmp/.X11-unix/X${local}`)
    ? ok("screens", `screen: the X display ${display}`)
    : warn("screens", `the X display ${display} is not there`, DISPLAY_HINT);
}

/** Where `watch` shows its picture. @param hasFfmpeg a window needs it to decode H.264 */
export async function checkView({ hasFfmpeg }: { readonly hasFfmpeg: boolean }): Promise<Checked> {
  const { platform, env } = process;
  const whyNotHere = whyNoWindow(platform, env) ?? (await whyNoDisplay());
  const why = whyNotHere ?? (hasFfmpeg ? null : "a window needs ffmpeg");
  if (why === null) {
    return ok("view", platform === "win32" ? "watch opens a window" : `watch opens a window on ${env["DISPLAY"]}`);
  }
  // Where X is not reached, a browser does not reach it either, unless it knows Wayland.
  const isReached = whyNotHere === null || platform !== "linux" || Boolean(env["WAYLAND_DISPLAY"]);
  const opener = isReached ? browserOpener() : null;
  return viewFinding({ opener, path: opener === null ? null : Bun.which(opener), why, hasFfmpeg }, env);
}

/** Where there can be no window. */
export interface NoWindow {
  /** What opens a browser; null without a display. */
  readonly opener: string | null;
  /** Where that is; null when it is not installed. */
  readonly path: string | null;
  /** Why there can be none, for a person. */
  readonly why: string;
  readonly hasFfmpeg: boolean;
}

export function viewFinding({ opener, path, why, hasFfmpeg }: NoWindow, env: Environment): Checked {
  const page = "open the address that watch prints in a browser";
  const hint = `${page}, or add ${hasFfmpeg ? "--view terminal or " : ""}--view none`;
  if (opener === null) {
    return warn("view", `watch can open neither a window nor a browser: ${why}`, hint);
  }
  if (path === null) {
    return warn(
      "view",
      `watch can open neither a window (${why}) nor a browser (${opener} is not installed)`,
      `install xdg-utils, or ${hint}`,
    );
  }
  const where = env["WAYLAND_DISPLAY"] ? " on Wayland" : "";
  return ok("view", `watch opens its page in a browser${where}, with ${path}: ${why}`);
}
