import { MAX_SIDE, type Size } from "../units.ts";
import { BitReader, BrokenParameters } from "./h264-bits.ts";
import { PLAIN_USABILITY, readUsability, type Usability } from "./h264-vui.ts";

/** Profiles whose SPS says how colour is stored (7.3.2.1.1). */
const HIGH_PROFILES: ReadonlySet<number> = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);
/** Of 4:4:4. */
const FULL_CHROMA = 3;

/** What a sequence parameter set says of the pictures; their size in pixels as they are shown. */
export interface Sequence extends Size, Usability {
  /** All pictures are coded as frames: none as two fields. */
  readonly isFrames: boolean;
}

/**
 * Reads a sequence parameter set (ITU-T H.264, 7.3.2.1.1) without its start code; undefined when it is broken. Of what
 * follows the size (VUI), what is broken is taken for not said.
 */
export function readSequenceParameters(sps: Uint8Array): Sequence | undefined {
  if (sps.length < 4 || ((sps[0] as number) & 0x9f) !== 7) {
    return undefined;
  }
  try {
    const bits = new BitReader(sps.subarray(1));
    const size = readSize(bits);
    return { ...size, ...usabilityAfter(bits) };
  } catch (error) {
    if (error instanceof BrokenParameters) {
      return undefined;
    }
    throw error;
  }
}

function usabilityAfter(bits: BitReader): Usability {
  try {
    return bits.unsigned(1) === 1 ? readUsability(bits) : PLAIN_USABILITY;
  } catch (error) {
    if (error instanceof BrokenParameters) {
      return PLAIN_USABILITY;
    }
    throw error;
  }
}

function readSize(bits: BitReader): Size & Pick<Sequence, "isFrames"> {
  const profile = bits.unsigned(8);
  bits.unsigned(16); // constraints, level
  bits.golomb(31); // seq_parameter_set_id
  const chroma = HIGH_PROFILES.has(profile) ? readColour(bits) : { format: 1, isSeparate: false };
  bits.golomb(12); // log2_max_frame_num_minus4
  skipOrderCount(bits);
  bits.golomb(16); // max_num_ref_frames
  bits.unsigned(1); // gaps_in_frame_num_value_allowed_flag
  const columns = bits.golomb(MAX_SIDE / 16) + 1;
  const mapRows = bits.golomb(MAX_SIDE / 16) + 1;
  const isFrames = bits.unsigned(1) === 1;
  if (!isFrames) {
    bits.unsigned(1); // mb_adaptive_frame_field_flag
  }
  bits.unsigned(1); // direct_8x8_inference_flag
  const rowsPerUnit = isFrames ? 1 : 2;
  const width = columns * 16;
  const height = mapRows * 16 * rowsPerUnit;
  if (bits.unsigned(1) === 0) {
    return { ...checked({ width, height }), isFrames };
  }
  const hasHalfWidth = !chroma.isSeparate && (chroma.format === 1 || chroma.format === 2);
  const hasHalfHeight = !chroma.isSeparate && chroma.format === 1;
  const [left, right, top, bottom] = [bits.golomb(), bits.golomb(), bits.golomb(), bits.golomb()];
  const size = checked({
    width: width - (left + right) * (hasHalfWidth ? 2 : 1),
    height: height - (top + bottom) * (hasHalfHeight ? 2 : 1) * rowsPerUnit,
  });
  return { ...size, isFrames };
}

function checked(size: Size): Size {
  const fits = (side: number) => side > 0 && side <= MAX_SIDE;
  if (!fits(size.width) || !fits(size.height)) {
    throw new BrokenParameters();
  }
  return size;
}

function readColour(bits: BitReader): { readonly format: number; readonly isSeparate: boolean } {
  const format = bits.golomb(FULL_CHROMA);
  const isSeparate = format === FULL_CHROMA && bits.unsigned(1) === 1;
  bits.golomb(6); // bit_depth_luma_minus8
  bits.golomb(6); // bit_depth_chroma_minus8
  bits.unsigned(1); // qpprime_y_zero_transform_bypass_flag
  if (bits.unsigned(1) === 1) {
    const lists = format === FULL_CHROMA ? 12 : 8;
    for (let list = 0; list < lists; list++) {
      if (bits.unsigned(1) === 1) {
        skipScalingList(bits, list < 6 ? 16 : 64);
      }
    }
  }
  return { format, isSeparate };
}

/** 7.3.2.1.1.1 */
function skipScalingList(bits: BitReader, length: number): void {
  let last = 8;
  let next = 8;
  for (let at = 0; at < length; at++) {
    if (next !== 0) {
      next = (last + bits.signedGolomb() + 256) % 256;
    }
    last = next === 0 ? last : next;
  }
}

function skipOrderCount(bits: BitReader): void {
  const type = bits.golomb(2);
  if (type === 0) {
    bits.golomb(12); // log2_max_pic_order_cnt_lsb_minus4
  } else if (type === 1) {
    bits.unsigned(1); // delta_pic_order_always_zero_flag
    bits.signedGolomb();
    bits.signedGolomb();
    const count = bits.golomb(255);
    for (let at = 0; at < count; at++) {
      bits.signedGolomb();
    }
  }
}
