import { MIB, type Size } from "../units.ts";

const text = new TextEncoder();
const CRLF = text.encode("\r\n");
/** An access unit delimiter: without it ffmpeg knows the end of a picture only when the next one begins. */
const DELIMITER = Uint8Array.of(0, 0, 0, 1, 0x09, 0xf0);
/** What ffmpeg may allocate in one piece beside a picture, bytes. */
const SPARE_BYTES = 32 * MIB;

export interface Decoding {
  readonly codec: "mjpeg" | "h264";
  /** What was announced. */
  readonly size: Size;
  /** Of the pictures that come out. */
  readonly output: Size;
}

/**
 * JPEG (as multipart with its length) or H.264 (Annex B) in, pixels as bgra out, nothing held back.
 * What comes from another machine is decoded with nothing to reach but the pipe, and no picture larger than announced.
 */
export function decoderArguments({ codec, size, output }: Decoding, hasFpsMode: boolean): string[] {
  const { width, height } = size;
  return [
    "-hide_banner",
    "-loglevel",
    "error",
    "-max_alloc",
    String(width * height * 8 + SPARE_BYTES),
    "-protocol_whitelist",
    "pipe",
    "-max_pixels",
    // Decoders round up to whole blocks of 16×16.
    String((width + 16) * (height + 16)),
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

/** A picture as it is written to that ffmpeg. */
export function wrapped(codec: "mjpeg" | "h264", bytes: Uint8Array): readonly Uint8Array[] {
  if (codec === "h264") {
    return [bytes, DELIMITER];
  }
  const head = `--ffmpeg\r\nContent-Type: image/jpeg\r\nContent-Length: ${bytes.length}\r\n\r\n`;
  return [text.encode(head), bytes, CRLF];
}
