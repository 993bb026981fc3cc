import type { Size } from "../../src/units.ts";

/** How the page shows a stream: `?mode=` of lanvid's page. */
export const PAGE_MODES = ["webcodecs", "mse", "jpeg"] as const;
export type PageMode = (typeof PAGE_MODES)[number];
export type Codec = "h264" | "mjpeg";

export const HD: Size = { width: 1280, height: 720 };
export const FULL_HD: Size = { width: 1920, height: 1080 };
/** Of an X screen on which lanvid's window shows a picture of 1920×1080 pixel by pixel. */
export const SCREEN: Size = { width: 2304, height: 1440 };
export const FPS = 30;
/** lanvid's own. */
export const QUALITY = 90;
export const MAX_DELAY_MS = 250;

/** What the stream must be for this mode. */
export function codecOf(mode: PageMode): Codec {
  return mode === "jpeg" ? "mjpeg" : "h264";
}

/** What lanvid must be told to serve it. */
export function serveArguments(mode: PageMode, size: Size): string[] {
  return ["--codec", codecOf(mode), ...sizeArguments(size), "--fps", String(FPS)];
}

export function sizeArguments({ width, height }: Size): string[] {
  return ["--size", `${width}x${height}`];
}

/** Where lanvid's page does so. */
export function pageUrl(host: string, mode: PageMode): string {
  return `http://${host}/?mode=${mode}`;
}
