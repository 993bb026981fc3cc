import type { Matrix } from "../media.ts";
import type { Size } from "../units.ts";
import { decodedColours, pictureInput } from "./input.ts";

export interface Decoding {
  readonly codec: "mjpeg" | "h264";
  readonly matrix: Matrix;
  /** What was announced. */
  readonly size: Size;
  /** Of the pictures that come out. */
  readonly output: Size;
}

/** JPEG or H.264 in, pixels as bgra out, nothing held back. */
export function decoderArguments({ codec, matrix, size, output }: Decoding, hasFpsMode: boolean): string[] {
  const colours = decodedColours(matrix);
  return [
    ...pictureInput(codec, size),
    ...(colours.length > 0 ? ["-vf", colours.join(",")] : []),
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
