import { MAX_SIDE, type Size } from "../units.ts";

/** Profiles whose SPS says how colour is stored (7.3.2.1.1). */
const HIGH_PROFILES: ReadonlySet<number> = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);
/** Of 4:4:4. */
const FULL_CHROMA = 3;

class BrokenSps extends Error {}

/**
 * The size of the pictures, in pixels as they are shown, from a sequence parameter set (ITU-T H.264, 7.3.2.1.1) without
 * its start code; undefined when it is broken. What follows the size (VUI) is not read.
 */
export function readSequenceParameters(sps: Uint8Array): Size | undefined {
  if (sps.length < 4 || ((sps[0] as number) & 0x9f) !== 7) {
    return undefined;
  }
  try {
    return readSize(new BitReader(sps.subarray(1)));
  } catch (error) {
    if (error instanceof BrokenSps) {
      return undefined;
    }
    throw error;
  }
}

function readSize(bits: BitReader): Size {
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
    return checked({ width, height });
  }
  const hasHalfWidth = !chroma.isSeparate && (chroma.format === 1 || chroma.format === 2);
  const hasHalfHeight = !chroma.isSeparate && chroma.format === 1;
  const [left, right, top, bottom] = [bits.golomb(), bits.golomb(), bits.golomb(), bits.golomb()];
  return checked({
    width: width - (left + right) * (hasHalfWidth ? 2 : 1),
    height: height - (top + bottom) * (hasHalfHeight ? 2 : 1) * rowsPerUnit,
  });
}

function checked(size: Size): Size {
  const fits = (side: number) => side > 0 && side <= MAX_SIDE;
  if (!fits(size.width) || !fits(size.height)) {
    throw new BrokenSps();
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

/** Reads a NAL unit's bits, past the bytes that keep start codes out of it (00 00 **03**). */
class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #zeros = 0;
  #byte = 0;
  #left = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** @param count at most 31 */
  unsigned(count: number): number {
    let value = 0;
    for (let bit = 0; bit < count; bit++) {
      value = value * 2 + this.#bit();
    }
    return value;
  }

  /** ue(v) (9.1). @param limit the greatest value that is allowed */
  golomb(limit = 2 ** 31): number {
    let zeros = 0;
    while (this.#bit() === 0) {
      zeros += 1;
      if (zeros > 31) {
        throw new BrokenSps();
      }
    }
    const value = 2 ** zeros - 1 + this.unsigned(zeros);
    if (value > limit) {
      throw new BrokenSps();
    }
    return value;
  }

  /** se(v) (9.1.1) */
  signedGolomb(): number {
    const value = this.golomb(2 ** 32);
    return value % 2 === 1 ? (value + 1) / 2 : -value / 2;
  }

  #bit(): number {
    if (this.#left === 0) {
      this.#byte = this.#nextByte();
      this.#left = 8;
    }
    this.#left -= 1;
    return (this.#byte >> this.#left) & 1;
  }

  #nextByte(): number {
    let byte = this.#bytes[this.#at++];
    if (this.#zeros >= 2 && byte === 3) {
      this.#zeros = 0;
      byte = this.#bytes[this.#at++];
    }
    if (byte === undefined) {
      throw new BrokenSps();
    }
    this.#zeros = byte === 0 ? this.#zeros + 1 : 0;
    return byte;
  }
}
