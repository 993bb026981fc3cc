import { encode as encodePng } from "fast-png";
import type { Size } from "../../units.ts";
import { writeWhole } from "./whole-file.ts";

/** Is this the name of a PNG file? */
export function isPng(path: string): boolean {
  return /\.png$/i.test(path);
}

/**
 * Writes a JPEG as it was received, whole or not at all.
 * @param force replace a file that is there
 * @throws LanvidError (output)
 */
export async function writeJpeg(path: string, picture: Uint8Array, force: boolean): Promise<void> {
  await writeWhole(path, picture, force);
}

/**
 * Writes pixels exactly, as PNG, whole or not at all.
 * @param bytes rows from the top: blue, green, red (3), the same and alpha (4), or grey (1)
 * @param force replace a file that is there
 * @returns the file's bytes
 * @throws LanvidError (output)
 */
export async function writePng(
  path: string,
  { width, height, channels }: Size & { readonly channels: 1 | 3 | 4 },
  bytes: Uint8Array,
  force: boolean,
): Promise<number> {
  const data = Uint8Array.from(bytes);
  if (channels !== 1) {
    for (let at = 0; at < data.length; at += channels) {
      data[at] = bytes[at + 2] as number;
      data[at + 2] = bytes[at] as number;
    }
  }
  const png = encodePng({ width, height, channels, data, depth: 8 });
  await writeWhole(path, png, force);
  return png.length;
}
