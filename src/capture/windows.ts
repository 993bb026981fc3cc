import type { Size } from "../units.ts";
import type { Input } from "./arguments.ts";

/** DirectShow. @param name as in `ffmpeg -f dshow -list_devices true -i dummy`; a colon in it would end it */
export function windowsCamera(name: string, size: Size, fps: number): Input {
  return {
    options: ["-f", "dshow", "-video_size", `${size.width}x${size.height}`, "-framerate", String(fps)],
    url: `video=${name.replaceAll(":", "_")}`,
    isMjpeg: false,
    hasSettings: true,
  };
}

/** GDI: the whole desktop. */
export function windowsScreen(fps: number): Input {
  return {
    options: ["-f", "gdigrab", "-framerate", String(fps), "-draw_mouse", "1"],
    url: "desktop",
    isMjpeg: false,
    hasSettings: false,
  };
}
