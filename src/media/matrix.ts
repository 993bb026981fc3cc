import type { Size } from "../units.ts";

/** What YCbCr was made with, by ffmpeg's names: BT.709 or BT.601. */
export type Matrix = "bt709" | "smpte170m";

/** Table E-5 of ITU-T H.264. */
const BT709 = 1;
const UNSPECIFIED = 2;
/** Pictures that do not say it have BT.709 if one of their sides is as long: players guess so. */
const HD: Size = { width: 1280, height: 577 };

/** What H.264 is made with, or taken to be where it does not say. */
export function matrixOf({ matrix, width, height }: Size & { readonly matrix: number }): Matrix {
  if (matrix === UNSPECIFIED) {
    return usualMatrix({ width, height });
  }
  return matrix === BT709 ? "bt709" : "smpte170m";
}

/** What pictures of this size usually have. */
export function usualMatrix({ width, height }: Size): Matrix {
  return width >= HD.width || height >= HD.height ? "bt709" : "smpte170m";
}
