import type { Size } from "../units.ts";
import { type Input, KNOWN_RATE } from "./arguments.ts";

/**
 * DirectShow.
 * @param name the alternative name or the name in `ffmpeg -f dshow -list_devices true -i dummy`; a colon would end it
 * @param codec what the camera gives encoded at this size: it is taken as it is
 */
export function windowsCamera(name: string, size: Size, fps: number, codec: Input["codec"] = null): Input {
  return {
    options: [
      "-f",
      "dshow",
      ...KNOWN_RATE,
      ...(codec === null ? [] : ["-vcodec", codec]),
      "-video_size",
      `${size.width}x${size.height}`,
      "-framerate",
      String(fps),
    ],
    url: `video=${name.replaceAll(":", "_")}`,
    codec,
    hasSettings: true,
    // H.264 says itself what its colours are.
    isBt601: codec !== "h264",
    hasUnixTime: false,
  };
}

/** GDI: the whole desktop. */
export function windowsScreen(fps: number): Input {
  return {
    options: ["-f", "gdigrab", ...KNOWN_RATE, "-framerate", String(fps), "-draw_mouse", "1"],
    url: "desktop",
    codec: null,
    hasSettings: false,
    isBt601: true,
    hasUnixTime: false,
  };
}
