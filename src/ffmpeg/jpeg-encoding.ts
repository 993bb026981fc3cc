import type { Matrix } from "../media.ts";

/**
 * Filters for JPEG, which is BT.601 in full range by definition (ITU-T T.871, 7), of whatever frames say they are. In two
 * steps: ffmpeg 4.1 forgets the range where it changes the matrix.
 */
export const JPEG_COLOURS = [
  ...["scale=out_color_matrix=smpte170m:out_range=tv", "format=yuv420p"],
  ...["scale=out_range=pc", "format=yuvj420p"],
] as const;

/**
 * The same of 8-bit H.264, in a quarter of the time. @param isFullRange of what comes in
 * @returns none where the matrix is JPEG's own: ffmpeg does the rest by itself
 */
export function jpegOf(matrix: Matrix, isFullRange: boolean): readonly string[] {
  if (matrix === "smpte170m") {
    return [];
  }
  const range = isFullRange ? "pc" : "tv";
  return ["format=yuv420p|yuvj420p", `colorspace=iall=bt709:irange=${range}:all=bt601-6-525:range=pc:fast=1`];
}

/** JPEG pictures with their length on stdout, each written at once, for MultipartReader. */
export const MULTIPART_OUTPUT = ["-f", "mpjpeg", "-flush_packets", "1"] as const;

/** 90 for quality is ffmpeg's `-q:v` 5; 2 is its best, 31 its worst. */
export function qscale(quality: number): number {
  return Math.round(31 - (29 * (quality - 1)) / 99);
}

/** From `-c:v` on. Slice threads, since frame threads keep two pictures. @param quality 1 to 100 */
export function jpegArguments(quality: number): string[] {
  return ["-c:v", "mjpeg", "-q:v", String(qscale(quality)), "-pix_fmt", "yuvj420p", "-thread_type", "slice"];
}
