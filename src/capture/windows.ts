import type { Size } from "../units.ts";
import { type Input, KNOWN_RATE } from "./arguments.ts";

/** DirectShow. @param name as in `ffmpeg -f dshow -list_devices true -i dummy`; a colon in it would end it */
export function windowsCamera(name: string, size: Size, fps: number): Input {
  return {
    options: ["-f", "dshow", ...KNOWN_RATE, "-video_size", `${size.width}x${size.height}`, "-framerate", String(fps)],
    url: `video=${name.replaceAll(":", "_")}`,
    isMjpeg: false,
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
