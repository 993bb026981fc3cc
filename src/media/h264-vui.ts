import type { BitReader } from "./h264-bits.ts";

/** How pictures are to be shown (ITU-T H.264, annex E, VUI). */
export interface Usability {
  /** A pixel's width by its height, as two numbers; 1 by 1 where it is not said. */
  readonly pixelAspect: readonly [number, number];
  readonly isFullRange: boolean;
  /** Tables E-3 to E-5; 2 where it is not said. */
  readonly primaries: number;
  readonly transfer: number;
  readonly matrix: number;
}

const UNSPECIFIED = 2;
/** Where nothing is said. */
export const PLAIN_USABILITY: Usability = {
  pixelAspect: [1, 1],
  isFullRange: false,
  primaries: UNSPECIFIED,
  transfer: UNSPECIFIED,
  matrix: UNSPECIFIED,
};

/** Table E-1, from 1 on. */
const PIXEL_ASPECTS: readonly (readonly [number, number])[] = [
  ...([
    [1, 1],
    [12, 11],
    [10, 11],
    [16, 11],
    [40, 33],
    [24, 11],
    [20, 11],
    [32, 11],
  ] as const),
  ...([
    [80, 33],
    [18, 11],
    [15, 11],
    [64, 33],
    [160, 99],
    [4, 3],
    [3, 2],
    [2, 1],
  ] as const),
];
const OTHER_ASPECT = 255;

/** Reads what is said of shape and colours, and no further. */
export function readUsability(bits: BitReader): Usability {
  const pixelAspect = bits.unsigned(1) === 1 ? readAspect(bits) : PLAIN_USABILITY.pixelAspect;
  if (bits.unsigned(1) === 1) {
    bits.unsigned(1); // overscan_appropriate_flag
  }
  if (bits.unsigned(1) === 0) {
    return { ...PLAIN_USABILITY, pixelAspect };
  }
  bits.unsigned(3); // video_format
  const isFullRange = bits.unsigned(1) === 1;
  if (bits.unsigned(1) === 0) {
    return { ...PLAIN_USABILITY, pixelAspect, isFullRange };
  }
  const [primaries, transfer, matrix] = [bits.unsigned(8), bits.unsigned(8), bits.unsigned(8)];
  return { pixelAspect, isFullRange, primaries, transfer, matrix };
}

function readAspect(bits: BitReader): readonly [number, number] {
  const named = bits.unsigned(8);
  const [width, height] = named === OTHER_ASPECT ? [bits.unsigned(16), bits.unsigned(16)] : [0, 0];
  return width > 0 && height > 0 ? [width, height] : (PIXEL_ASPECTS[named - 1] ?? [1, 1]);
}
