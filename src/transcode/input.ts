import { forPeers } from "../errors.ts";
import type { Named } from "../ffmpeg.ts";
import type { Matrix } from "../media.ts";
import type { Size } from "../units.ts";
import { pictureLimits } from "./limits.ts";

/** What an ffmpeg reads that decodes. */
export const PICTURE: Named = { name: "the picture", noun: forPeers`the picture` };

const text = new TextEncoder();
const CRLF = text.encode("\r\n");
/** An access unit delimiter: without it ffmpeg knows the end of a picture only when the next one begins. */
const DELIMITER = Uint8Array.of(0, 0, 0, 1, 0x09, 0xf0);

/**
 * JPEG (as multipart with its length) or H.264 (Annex B) on stdin, nothing held back: up to and with `-i`. What comes
 * from another machine is decoded with nothing to reach but the pipe, and no picture larger than announced.
 */
export function pictureInput(codec: "mjpeg" | "h264", size: Size): string[] {
  const { pixels, bytes } = pictureLimits(size);
  return [
    "-hide_banner",
    "-loglevel",
    "error",
    "-max_alloc",
    String(bytes),
    "-protocol_whitelist",
    "pipe",
    "-max_pixels",
    String(pixels),
    "-probesize",
    "32",
    "-analyzeduration",
    "0",
    "-flags",
    "low_delay",
    "-threads",
    "1",
    "-f",
    codec === "mjpeg" ? "mpjpeg" : "h264",
    "-i",
    "pipe:0",
  ];
}

/** Filters for pixels of RGB: ffmpeg takes what does not name its matrix for BT.601. */
export function decodedColours(matrix: Matrix): readonly string[] {
  return matrix === "bt709" ? ["setparams=colorspace=bt709"] : [];
}

/** A picture as it is written to that ffmpeg. */
export function wrapped(codec: "mjpeg" | "h264", bytes: Uint8Array): readonly Uint8Array[] {
  if (codec === "h264") {
    return [bytes, DELIMITER];
  }
  const head = `--ffmpeg\r\nContent-Type: image/jpeg\r\nContent-Length: ${bytes.length}\r\n\r\n`;
  return [text.encode(head), bytes, CRLF];
}
