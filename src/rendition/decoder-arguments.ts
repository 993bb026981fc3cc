import type { Size } from "../units.ts";
import { pictureInput } from "./input.ts";

export interface Decoding {
  readonly codec: "mjpeg" | "h264";
  /** What was announced. */
  readonly size: Size;
  /** Of the pictures that come out. */
  readonly output: Size;
}

/** JPEG or H.264 in, pixels as bgra out, nothing held back. */
export function decoderArguments({ codec, size, output }: Decoding, hasFpsMode: boolean): string[] {
  return [
    ...pictureInput(codec, size),
    ...(hasFpsMode ? ["-fps_mode", "passthrough"] : ["-vsync", "passthrough"]),
    "-threads",
    "1",
    "-s",
    `${output.width}x${output.height}`,
    "-f",
    "rawvideo",
    "-pix_fmt",
    "bgra",
    "pipe:1",
  ];
}
