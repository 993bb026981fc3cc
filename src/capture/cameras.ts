import { readdirSync, readFileSync } from "node:fs";
import { monitors } from "../sys.ts";
import { parseSize, type Size } from "../units.ts";
import { avfoundationDevice, parseAvfoundation } from "./avfoundation-listing.ts";
import { parseDshowCameras, parseDshowFormats } from "./dshow-listing.ts";

/** One format that a camera offers, by ffmpeg's name; fps null where the driver's listing does not say. */
export interface VideoFormat extends Size {
  readonly codec: string;
  readonly fps: number | null;
}

/** A camera that is there. */
export interface SeenCamera {
  /**
   * What ffmpeg opens, stable while it is plugged in: "/dev/video0", on Windows the alternative name, on macOS the name
   * or the number.
   */
  readonly path: string;
  readonly name: string;
  /** The word for `serve`: "camera:0". */
  readonly source: string;
}

export interface Camera extends SeenCamera {
  readonly formats: readonly VideoFormat[];
}

/** A screen that can be grabbed. */
export interface Screen {
  readonly id: string;
  readonly name: string;
  /** The word for `serve`: "screen:0". */
  readonly source: string;
  /** Pixels; null where the system's listing does not say. */
  readonly size: Size | null;
}

const SYSFS = "/sys/class/video4linux";
/** How long a listing may take, ms. */
const LISTING_MS = 5000;

/**
 * The cameras of this machine with their formats, in the order of their numbers.
 * @param ffmpegPath asks them; null leaves the formats unknown, and gives no camera on macOS and Windows
 */
export function listCameras(ffmpegPath: string | null, platform: NodeJS.Platform = process.platform): Camera[] {
  return seeCameras(ffmpegPath, platform).map((camera) => ({
    ...camera,
    formats: ffmpegPath === null ? [] : readFormats(ffmpegPath, camera.path, platform),
  }));
}

/**
 * The cameras of this machine, none of which is opened.
 * @param ffmpegPath lists them on macOS and Windows; Linux needs none
 */
export function seeCameras(ffmpegPath: string | null, platform: NodeJS.Platform = process.platform): SeenCamera[] {
  if (platform === "linux") {
    return linuxCameras();
  }
  const found = ffmpegPath === null ? [] : listedCameras(ffmpegPath, platform);
  return found.map((camera, index) => ({ ...camera, source: `camera:${index}` }));
}

function listedCameras(ffmpegPath: string, platform: NodeJS.Platform): Omit<SeenCamera, "source">[] {
  switch (platform) {
    case "darwin": {
      const { cameras } = parseAvfoundation(listAvfoundation(ffmpegPath));
      return cameras.map((camera) => ({ path: avfoundationDevice(cameras, camera), name: camera.name }));
    }
    case "win32": {
      const text = said(ffmpegPath, ["-f", "dshow", "-list_devices", "true", "-i", "dummy"]);
      return parseDshowCameras(text).map(({ name, alternativeName }) => ({ path: alternativeName ?? name, name }));
    }
    default:
      return [];
  }
}

/**
 * The screens of this machine: on Linux the monitors of the X display, on Windows the whole desktop.
 * @param ffmpegPath lists them on macOS
 */
export function listScreens(ffmpegPath: string | null, platform: NodeJS.Platform = process.platform): Screen[] {
  switch (platform) {
    case "darwin": {
      const { screens } = parseAvfoundation(ffmpegPath === null ? "" : listAvfoundation(ffmpegPath));
      return screens.map(({ name }, index) => ({ id: name, name, source: `screen:${index}`, size: null }));
    }
    case "win32":
      return [{ id: "desktop", name: "desktop", source: "screen", size: null }];
    default:
      return monitors().map(({ name, width, height }, index) => ({
        id: name,
        name,
        source: `screen:${index}`,
        size: { width, height },
      }));
  }
}

function listAvfoundation(ffmpegPath: string): string {
  return said(ffmpegPath, ["-f", "avfoundation", "-list_devices", "true", "-i", ""]);
}

/** What ffmpeg says on stderr before it ends; it ends each listing as if it had failed. */
function said(ffmpegPath: string, args: readonly string[]): string {
  const { stderr } = Bun.spawnSync([ffmpegPath, "-hide_banner", ...args], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
    timeout: LISTING_MS,
  });
  return stderr.toString();
}

/** From sysfs, in the order of their number. Nodes without a picture (metadata, encoders) are left out. */
function linuxCameras(): SeenCamera[] {
  let nodes: string[];
  try {
    nodes = readdirSync(SYSFS);
  } catch {
    // No Video4Linux in this kernel.
    return [];
  }
  const number = (node: string) => Number(node.slice("video".length));
  return nodes
    .filter((node) => /^video\d+$/.test(node) && isFirstOfDevice(node))
    .sort((a, b) => number(a) - number(b))
    .map((node) => ({
      path: `/dev/${node}`,
      name: readText(`${SYSFS}/${node}/name`) || node,
      source: `camera:${number(node)}`,
    }));
}

/** A USB camera has a second node for metadata, with index 1. */
function isFirstOfDevice(node: string): boolean {
  return (readText(`${SYSFS}/${node}/index`) || "0") === "0";
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "";
  }
}

/** What a camera offers, as ffmpeg lists it; empty when it can't be asked: on macOS only by opening it. */
export function readFormats(
  ffmpegPath: string,
  path: string,
  platform: NodeJS.Platform = process.platform,
): VideoFormat[] {
  switch (platform) {
    case "win32":
      return parseDshowFormats(said(ffmpegPath, ["-f", "dshow", "-list_options", "true", "-i", `video=${path}`]));
    case "darwin":
      return [];
    default:
      return parseFormats(said(ffmpegPath, ["-f", "v4l2", "-list_formats", "all", "-i", path]));
  }
}

/**
 * Reads ffmpeg's listing of a V4L2 device:
 * ```
 * [video4linux2,v4l2 @ 0x55d] Compressed:       mjpeg :          Motion-JPEG : 1280x720 640x480
 * [video4linux2,v4l2 @ 0x55d] Raw       :     yuyv422 :           YUYV 4:2:2 : 640x480 320x240
 * ```
 */
export function parseFormats(text: string): VideoFormat[] {
  const lines = text.matchAll(/\]\s+(?:Compressed|Raw)\s*:\s*(\S+)\s*:.*:((?:\s+\d+x\d+)+)\s*$/gm);
  return [...lines].flatMap(([, codec, sizes]) =>
    (sizes as string)
      .trim()
      .split(/\s+/)
      .map(parseSize)
      .filter((size) => size !== undefined)
      .map((size) => ({ codec: codec as string, ...size, fps: null })),
  );
}
