import type { Monitor } from "../sys.ts";
import type { Size } from "../units.ts";
import { type Input, KNOWN_RATE } from "./arguments.ts";

/** Video4Linux2. @param codec what the camera gives encoded at this size: it is taken as it is */
export function linuxCamera(path: string, size: Size, fps: number, codec: Input["codec"]): Input {
  return {
    options: [
      "-f",
      "v4l2",
      ...KNOWN_RATE,
      ...(codec === null ? [] : ["-input_format", codec]),
      "-video_size",
      `${size.width}x${size.height}`,
      "-framerate",
      String(fps),
    ],
    url: path,
    codec,
    hasSettings: true,
    // H.264 says itself what its colours are.
    isBt601: codec !== "h264",
    hasUnixTime: false,
  };
}

/** X11. @param monitor null for the whole X screen */
export function linuxScreen(display: string, monitor: Monitor | null, fps: number): Input {
  const area = monitor === null ? [] : ["-video_size", `${monitor.width}x${monitor.height}`];
  return {
    options: ["-f", "x11grab", ...KNOWN_RATE, "-framerate", String(fps), ...area],
    url: monitor === null ? display : `${display}+${monitor.x},${monitor.y}`,
    codec: null,
    hasSettings: false,
    isBt601: true,
    hasUnixTime: true,
  };
}
