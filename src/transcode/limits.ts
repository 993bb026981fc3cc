import { MIB, type Size } from "../units.ts";

/**
 * FFmpeg's decoders round a row up before they compare a picture with -max_pixels: to STRIDE_ALIGN, which is 64 where
 * the CPU's family has AVX-512, whether this one has it or not, and 16 on others (libavcodec/decode.c, ff_get_buffer;
 * internal.h). Twice that leaves room for wider ones.
 */
const ROW_STEP = 128;
/** H.264 has whole macroblocks of 16 lines, and pairs of them when it is interlaced (ITU-T H.264, 7.4.2.1.1). */
const COLUMN_STEP = 32;
/**
 * The most that FFmpeg takes in one piece for a picture, bytes per pixel: 3,100 for each 16×16 when the JPEG encoder
 * runs in slices (libavcodec/mpegvideo_enc.c: MAX_MB_BYTES + 100), and a sixteenth more, by which it grows buffers
 * (libavutil/mem.c, av_fast_malloc): 12.9. A frame of pixels has 4, of 16 bits each 8.
 */
const BYTES_PER_PIXEL = 13;
/**
 * Beside that: what is compressed, and tables that do not depend on the size. H.264 may say that it shows a corner of a
 * larger picture, which -max_pixels does not look at: that picture is allocated a plane at a time, so 8K finds no room.
 */
const SPARE_BYTES = 16 * MIB;
/** Larger pictures are not decoded, in pixels: 8K fits. */
export const MAX_PIXELS = 8192 * 8192;
/** Of a picture that a slow machine decodes while it has other things to do. */
const PIXELS_PER_SECOND = 4e6;

/** What an ffmpeg that decodes pictures of this size needs at least, and may have. */
export interface PictureLimits {
  /** For -max_pixels. */
  readonly pixels: number;
  /** For -max_alloc: in one piece. */
  readonly bytes: number;
}

/** @param size of the pictures as they are shown */
export function pictureLimits({ width, height }: Size): PictureLimits {
  const pixels = roundUp(width, ROW_STEP) * roundUp(height, COLUMN_STEP);
  return { pixels, bytes: pixels * BYTES_PER_PIXEL + SPARE_BYTES };
}

/** How much longer than usual a picture of this size may take, ms: 2 s of 4K. */
export function patienceMs({ width, height }: Size): number {
  return Math.round((1000 * width * height) / PIXELS_PER_SECOND);
}

function roundUp(side: number, step: number): number {
  return step * Math.ceil(side / step);
}
