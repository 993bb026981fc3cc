import type { Size } from "../units.ts";

/** More segments before the frame header are no encoder's: a colour profile takes 255 at most. */
const MAX_SEGMENTS = 1024;

/**
 * Reads a JPEG's size from its frame header (ITU-T T.81, B.2.2), in pixels; undefined if there is none in `bytes`.
 * Looks at markers only: nothing is decoded, and no count in the file is trusted for more than a step forward.
 */
export function jpegSize(bytes: Uint8Array): Size | undefined {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) {
    return undefined;
  }
  let at = 2;
  let segments = 0;
  while (at + 9 <= bytes.length && segments < MAX_SEGMENTS) {
    if (bytes[at] !== 0xff) {
      return undefined;
    }
    const marker = bytes[at + 1] as number;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const isFrameHeader = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrameHeader) {
      const height = ((bytes[at + 5] as number) << 8) | (bytes[at + 6] as number);
      const width = ((bytes[at + 7] as number) << 8) | (bytes[at + 8] as number);
      return width > 0 && height > 0 ? { width, height } : undefined;
    }
    if (marker === 0xda || marker === 0xd9) {
      return undefined;
    }
    const length = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
    if (length < 2) {
      return undefined;
    }
    at += 2 + length;
    segments += 1;
  }
  return undefined;
}

/**
 * Whether a JPEG that ffmpeg wrote has square pixels: JFIF's density (ITU-T T.871, 10.1) is the same both ways. Cameras
 * write any numbers there, and nobody goes by them.
 */
export function hasSquarePixels(bytes: Uint8Array): boolean {
  const isJfif = bytes[2] === 0xff && bytes[3] === 0xe0 && bytes[13] === 0;
  return !isJfif || (bytes[14] === bytes[16] && bytes[15] === bytes[17]);
}
