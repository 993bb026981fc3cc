import { readdirSync, readFileSync } from "node:fs";
import type { Size } from "../units.ts";

/** One format that a camera offers, by ffmpeg's name; fps null where the driver's listing does not say. */
export interface VideoFormat extends Size {
  readonly codec: string;
  readonly fps: number | null;
}

export interface Camera {
  /** Stable while it is plugged in: "/dev/video0". */
  readonly path: string;
  readonly name: string;
  readonly formats: readonly VideoFormat[];
}

const SYSFS = "/sys/class/video4linux";

/**
 * The cameras of this Linux machine, from sysfs and V4L2, in order of their number; none elsewhere. Nodes without a
 * picture (metadata, encoders) are left out.
 * @param ffmpegPath asks V4L2 for the formats; null leaves them unknown
 */
export function listCameras(ffmpegPath: string | null): Camera[] {
  let nodes: string[];
  try {
    nodes = readdirSync(SYSFS);
  } catch {
    // No Video4Linux in this kernel, or not Linux.
    return [];
  }
  const number = (node: string) => Number(node.slice("video".length));
  return nodes
    .filter((node) => /^video\d+$/.test(node) && isFirstOfDevice(node))
    .sort((a, b) => number(a) - number(b))
    .map((node) => ({
      path: `/dev/${node}`,
      name: readText(`${SYSFS}/${node}/name`) || node,
      formats: ffmpegPath === null ? [] : readFormats(ffmpegPath, `/dev/${node}`),
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

/** What a V4L2 device offers, as ffmpeg lists it; empty when it can't be asked. */
export function readFormats(ffmpegPath: string, path: string): VideoFormat[] {
  const command = [ffmpegPath, "-hide_banner", "-f", "v4l2", "-list_formats", "all", "-i", path];
  const { stderr } = Bun.spawnSync(command, { stdin: "ignore", stdout: "ignore", stderr: "pipe", timeout: 3000 });
  return parseFormats(stderr.toString());
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
    [...(sizes as string).matchAll(/(\d+)x(\d+)/g)].map(([, width, height]) => ({
      codec: codec as string,
      width: Number(width),
      height: Number(height),
      fps: null,
    })),
  );
}
