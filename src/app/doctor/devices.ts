import { accessSync, constants, existsSync } from "node:fs";
import { listScreens, type Screen, type SeenCamera, seeCameras, x11Display } from "../../capture.ts";
import { LanvidError, messageOf } from "../../errors.ts";
import { browserOpener } from "../../sys.ts";
import { whyNoWindow } from "../open-view.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";
import { permissionHint } from "./permissions.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The cameras that `serve` can take. @param ffmpegPath null when there is none */
export function checkCameras(ffmpegPath: string | null): Finding {
  const { platform, env } = process;
  const cameras = seeCameras(ffmpegPath);
  const denied = platform === "linux" ? cameras.filter(({ path }) => !isReadable(path)) : [];
  return camerasFinding(cameras, denied, platform, env);
}

/** @param denied those that this user must not open */
export function camerasFinding(
  cameras: readonly SeenCamera[],
  denied: readonly SeenCamera[],
  platform: NodeJS.Platform,
  env: Environment,
): Finding {
  if (cameras.length === 0) {
    return warn("cameras", "none found", 'plug one in, or stream something else: "lanvid serve screen", a file, test');
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
export function checkScreens(ffmpegPath: string | null): Finding {
  const { platform, env } = process;
  if (platform !== "linux") {
    return screensFinding(listScreens(ffmpegPath), platform, env);
  }
  try {
    const display = x11Display(env);
    const screens = listScreens(ffmpegPath);
    return screens.length > 0 ? screensFinding(screens, platform, env) : displayFinding(display, existsSync);
  } catch (error) {
    return warn("screens", messageOf(error), error instanceof LanvidError ? (error.hint ?? null) : null);
  }
}

export function screensFinding(screens: readonly Screen[], platform: NodeJS.Platform, env: Environment): Finding {
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
export function displayFinding(display: string, exists: (path: string) => boolean): Finding {
  const local = /^(?:unix)?:(\d+)/.exec(display)?.[1];
  return local === undefined || exists(`/tmp/.X11-unix/X${local}`)
    ? ok("screens", `screen: the X display ${display}`)
    : warn("screens", `the X display ${display} is not there`, "set DISPLAY to the one that you see, mostly :0");
}

/** Where `watch` shows its picture. */
export function checkView(): Finding {
  const { platform, env } = process;
  const why = whyNoWindow(platform, env);
  if (why === null) {
    return ok("view", platform === "win32" ? "watch opens a window" : `watch opens a window on ${env["DISPLAY"]}`);
  }
  const opener = browserOpener();
  return viewFinding(opener, opener === null ? null : Bun.which(opener), env);
}

/**
 * Where there can be no window.
 * @param opener what opens a browser; null without a display
 * @param path where it is; null when not installed
 */
export function viewFinding(opener: string | null, path: string | null, env: Environment): Finding {
  const hint = "open the address that watch prints in a browser, use --view terminal, or --view none";
  if (opener === null) {
    return warn("view", "no display is here, so watch can't open its browser page", hint);
  }
  if (path === null) {
    return warn(
      "view",
      `watch can't open its browser page: ${opener} is not installed`,
      `install xdg-utils, or ${hint}`,
    );
  }
  const where = env["WAYLAND_DISPLAY"] ? " on Wayland" : "";
  return ok("view", `watch opens a browser page${where} (by ${path})`);
}
