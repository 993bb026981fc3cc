import { resolve } from "node:path";
import type { Ffmpeg } from "../ffmpeg.ts";
import type { Log } from "../log.ts";
import type { NewFrame } from "../media.ts";
import { isTaken, writeJpeg } from "../record.ts";
import { JpegEncoder } from "../rendition.ts";
import type { Size } from "../units.ts";

/** How long a picture may take to become JPEG, ms. */
const ENCODE_MS = 5000;

export interface Seen {
  readonly frame: NewFrame;
  /** Valid during the call only: bgra. */
  readonly pixels: Uint8Array;
  readonly size: Size;
}

/**
 * Writes what is seen into a new file of the current folder, named by the time: a JPEG as it was received, or one that
 * is made of the pixels.
 * @returns the file's path
 */
export async function saveSnapshot(seen: Seen, ffmpeg: Ffmpeg, log: Log): Promise<string> {
  const bytes = seen.frame.bytes[0] === 0xff ? seen.frame.bytes : await encoded(seen, ffmpeg, log);
  const base = `lanvid-${timeOf(new Date())}`;
  for (let count = 1; ; count++) {
    const path = resolve(count === 1 ? `${base}.jpg` : `${base}-${count}.jpg`);
    try {
      await writeJpeg(path, bytes, false);
      return path;
    } catch (error) {
      if (!isTaken(error)) {
        throw error;
      }
    }
  }
}

/** "2026-03-09-174502", local time. */
function timeOf(date: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day}-${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}`;
}

async function encoded({ pixels, size, frame }: Seen, ffmpeg: Ffmpeg, log: Log): Promise<Uint8Array> {
  const { promise, resolve: onJpeg, reject } = Promise.withResolvers<Uint8Array>();
  const encoder = new JpegEncoder({
    findFfmpeg: () => ffmpeg,
    onPicture: ({ bytes }) => onJpeg(bytes),
    log,
  });
  const timer = setTimeout(() => reject(new Error("ffmpeg makes no JPEG of it")), ENCODE_MS);
  try {
    encoder.push({ ...size, channels: 4 }, { capturedAt: frame.capturedAt, bytes: pixels.slice() });
    return await promise;
  } finally {
    clearTimeout(timer);
    await encoder.close();
  }
}
