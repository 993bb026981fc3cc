import type { Size } from "../units.ts";
import { type Input, KNOWN_RATE } from "./arguments.ts";

/** AVFoundation. @param device its number or name in `ffmpeg -f avfoundation -list_devices true -i ""` */
export function macosCamera(device: string, size: Size, fps: number): Input {
  return {
    options: [
      "-f",
      "avfoundation",
      ...KNOWN_RATE,
      "-framerate",
      String(fps),
      "-video_size",
      `${size.width}x${size.height}`,
      "-pixel_format",
      "uyvy422",
    ],
    url: `${device}:none`,
    codec: null,
    hasSettings: true,
    isBt601: true,
    hasUnixTime: false,
  };
}

/** AVFoundation lists screens as "Capture screen N". */
export function macosScreen(index: number, fps: number): Input {
  return {
    options: ["-f", "avfoundation", ...KNOWN_RATE, "-framerate", String(fps), "-capture_cursor", "1"],
    url: `Capture screen ${index}:none`,
    codec: null,
    hasSettings: false,
    isBt601: true,
    hasUnixTime: false,
  };
}
