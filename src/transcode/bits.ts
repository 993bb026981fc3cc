import type { Size } from "../units.ts";

/** Bits per pixel at most, of H.264 in full and in half size: more is seldom seen. */
const BITS_PER_PIXEL = { h264: 0.2, "h264-half": 0.1 } as const;
/** The part of the original's bits that a variant may have: each has to be lighter than the one above by a good step. */
const PART = {
  mjpeg: { h264: 1 / 2, "h264-half": 1 / 8 },
  h264: { h264: 1, "h264-half": 1 / 4 },
} as const;
/** The original may have been quiet when it was looked at, bits per second. */
const LEAST = 200_000;

/** x264 takes no longer side (encoder/encoder.c, MAX_RESOLUTION). */
const MAX_H264_SIDE = 16_384;

/** Bits per second at most of a variant that is made for links that can't carry the original. */
export function maxBitrate(of: {
  readonly form: "h264" | "h264-half";
  /** Of this variant. */
  readonly pixelsPerSecond: number;
  /** The original's. */
  readonly codec: "mjpeg" | "h264";
  /** The original's in the last second; 0 where that isn't known. */
  readonly bitsPerSecond: number;
}): number {
  const usual = of.pixelsPerSecond * BITS_PER_PIXEL[of.form];
  const part = of.bitsPerSecond > 0 ? of.bitsPerSecond * PART[of.codec][of.form] : usual;
  return Math.round(Math.max(LEAST, Math.min(usual, part)));
}

/** Half the width and height as H.264, even and at least 2. */
export function halfOf(size: Size): Size {
  return scaled(size, Math.min(1 / 2, fitting(size)));
}

/** The size as H.264, of 4:2:0, has it: even, at least 2; a last column or row is left out, or too long a side scaled. */
export function evenOf(size: Size): Size {
  return scaled(size, fitting(size));
}

/** By how much a picture has to be made smaller for the encoder. */
function fitting({ width, height }: Size): number {
  return Math.min(1, MAX_H264_SIDE / width, MAX_H264_SIDE / height);
}

function scaled({ width, height }: Size, factor: number): Size {
  const even = (side: number) => Math.max(2, 2 * Math.floor((side * factor) / 2));
  return { width: even(width), height: even(height) };
}
