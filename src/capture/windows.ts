import type { Size } from "../units.ts";
import { type Input, KNOWN_RATE } from "./arguments.ts";

/**
 * DirectShow.
 * @param name the alternative name or the name in `ffmpeg -f dshow -list_devices true -i dummy`; a colon would end it
 * @param isMjpeg the camera gives JPEG at this size: it is taken as it is
 */
export function windowsCamera(name: string, size: Size, fps: number, isMjpeg = false): Input {
  return {
    options: [
      "-f",
      "dshow",
      ...KNOWN_RATE,
      ...(isMjpeg ? ["-vcodec", "mjpeg"] : []),
      "-video_size",
      `${size.width}x${size.height}`,
      "-framerate",
      String(fps),
    ],
    url: `video=${name.replaceAll(":", "_")}`,
    isMjpeg,
    hasSettings: true,
  };
}

/** GDI: the whole desktop. */
export function windowsScreen(fps: number): Input {
  return {
    options: ["-f", "gdigrab", ...KNOWN_RATE, "-framerate", String(fps), "-draw_mouse", "1"],
    url: "desktop",
    isMjpeg: false,
    hasSettings: false,
  };
}
