// Parts: ffmpeg
import { createHash } from "node:crypto";
import { jpegSize, STRIP_BLOCK, STRIP_COLUMNS, stripBits } from "../../src/media.ts";
import { renditionArguments } from "../../src/transcode/rendition-arguments.ts";
import type { Size } from "../../src/units.ts";
import type { Picture, Strip } from "./picture.ts";

const text = new TextEncoder();

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The pictures in bytes that `watch --output` wrote. FF D9 ends each: JPEG's own data never holds it. */
export function jpegsOf(bytes: Uint8Array): Uint8Array[] {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const jpegs: Uint8Array[] = [];
  for (let at = 0; ; ) {
    const end = all.indexOf("ffd9", at, "hex");
    if (end < 0) {
      return jpegs;
    }
    jpegs.push(bytes.subarray(at, end + 2));
    at = end + 2;
  }
}

/** The pixels (bgr24) that lanvid's rendition makes of JPEGs of one size: by an ffmpeg with the very same arguments. */
export async function pixelsOf(jpegs: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const size = jpegSize(jpegs[0] ?? new Uint8Array()) as Size;
  const parts = jpegs.map((jpeg) =>
    Buffer.concat([
      text.encode(`--ffmpeg\r\nContent-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`),
      jpeg,
      text.encode("\r\n"),
    ]),
  );
  const child = Bun.spawn(
    [
      "ffmpeg",
      ...renditionArguments(
        { codec: "mjpeg", matrix: "smpte170m", isFullRange: true, ...size },
        { kind: "bgr24" },
        true,
      ),
    ],
    {
      stdin: Buffer.concat(parts),
      stdout: "pipe",
      stderr: "inherit",
      timeout: 30_000,
    },
  );
  const raw = await child.stdout.bytes();
  const length = size.width * size.height * 3;
  return jpegs.map((_, index) => raw.subarray(index * length, (index + 1) * length));
}

/** A decoded picture's pixels as OpenCV has them. */
export function bgrOf({ rgba }: Picture): Uint8Array {
  const bgr = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    bgr[to] = rgba[from + 2] as number;
    bgr[to + 1] = rgba[from + 1] as number;
    bgr[to + 2] = rgba[from] as number;
  }
  return bgr;
}

/** Reads the strip of an unscaled bgr24 picture; null where there is none. */
export function stripOfBgr(bytes: Uint8Array, width: number): Strip | null {
  const row = (index: number) => {
    let bits = 0;
    for (let column = 0; column < STRIP_COLUMNS; column++) {
      const x = column * STRIP_BLOCK + STRIP_BLOCK / 2;
      const y = index * STRIP_BLOCK + STRIP_BLOCK / 2;
      bits |= ((bytes[(y * width + x) * 3 + 1] as number) >= 128 ? 1 : 0) << column;
    }
    return bits >>> 0;
  };
  const [time, count] = [row(0), row(1)];
  const counter = count & 0xff_ffff;
  return count === stripBits(0, counter)[1] ? { time, counter } : null;
}
