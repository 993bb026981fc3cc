/** Of the stream that bench/viewers.ts sends: 30 frames per second, two key frames, each as large as six others. */
export const FRAME_MS = 1000 / 30;
export const FRAMES_PER_KEY = 15;
const KEY_FACTOR = 6;
/** lanvid's default. */
export const MAX_DELAY_MS = 250;

/** A key frame's bytes and another frame's, at so many bits per second. */
export function frameSizes(bitsPerSecond: number): { readonly key: number; readonly other: number } {
  const bytesPerKey = ((bitsPerSecond / 8) * FRAMES_PER_KEY * FRAME_MS) / 1000;
  const other = Math.round(bytesPerKey / (KEY_FACTOR + FRAMES_PER_KEY - 1));
  return { key: KEY_FACTOR * other, other };
}
