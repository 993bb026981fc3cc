import { resolve } from "node:path";
import type { Ffmpeg } from "../../ffmpeg.ts";
import type { Log } from "../../log.ts";
import { type NewPacket, pictureFileName } from "../../media.ts";
import { picturesFolder } from "../../sys.ts";
import { type Clock, systemClock } from "../../time.ts";
import { JpegEncoder } from "../../transcode.ts";
import type { Size } from "../../units.ts";
import { isTaken, writeJpeg } from "../recorder.ts";

/** How long a picture may take to become JPEG, ms. */
const ENCODE_MS = 5000;

export interface Seen {
  readonly frame: NewPacket;
  /** Valid during the call only: bgra. */
  readonly pixels: Uint8Array;
  readonly size: Size;
}

/**
 * Writes what is seen into a new file of the person's folder for pictures, or of the current one where there is none: a
 * JPEG as it was received, or one that is made of the pixels.
 * @param name the stream's, which is in the file's
 * @returns the file's path
 */
export async function saveSnapshot(
  seen: Seen,
  name: string,
  ffmpeg: Ffmpeg,
  log: Log,
  clock: Clock = systemClock,
): Promise<string> {
  const fileName = pictureFileName(name, new Date(clock.unixMs()));
  const bytes = seen.frame.bytes[0] === 0xff ? seen.frame.bytes : await encoded(seen, ffmpeg, log, clock);
  const folder = picturesFolder() ?? ".";
  for (let count = 1; ; count++) {
    const path = resolve(folder, count === 1 ? fileName : fileName.replace(/\.jpg$/, ` (${count}).jpg`));
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

async function encoded({ pixels, size, frame }: Seen, ffmpeg: Ffmpeg, log: Log, clock: Clock): Promise<Uint8Array> {
  const { promise, resolve: onJpeg, reject } = Promise.withResolvers<Uint8Array>();
  const encoder = new JpegEncoder({
    findFfmpeg: () => ffmpeg,
    onPicture: ({ bytes }) => onJpeg(bytes),
    log,
    clock,
  });
  using _timer = clock.after(ENCODE_MS, () => reject(new Error("ffmpeg makes no JPEG of it")));
  try {
    encoder.push({ ...size, channels: 4 }, { capturedAt: frame.capturedAt, bytes: pixels.slice() });
    return await promise;
  } finally {
    await encoder.close();
  }
}
