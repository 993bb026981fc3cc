import { badOutput } from "../ffmpeg.ts";
import {
  accessUnitFault,
  type H264Parameters,
  h264Parameters,
  hasSlice,
  isKeyAccessUnit,
  joinBytes,
} from "../media.ts";
import type { Size } from "../units.ts";

/** A frame that a viewer can use. */
export interface H264Frame {
  readonly bytes: Uint8Array;
  readonly isKey: boolean;
  /** Of a key frame. */
  readonly size: Size | null;
  /** Of a key frame: its pixels are. */
  readonly isSquare: boolean;
}

const START_CODE = Uint8Array.of(0, 0, 0, 1);

/** Makes a stream begin with a key frame, and every key frame hold its parameters: some cameras send them once. */
export class H264Frames {
  #parameters: H264Parameters | undefined;
  #hasBegun = false;
  readonly #onBroken: (fault: string) => void;

  /** @param onBroken called for each access unit that is broken, with what is wrong with it */
  constructor(onBroken: (fault: string) => void) {
    this.#onBroken = onBroken;
  }

  /**
   * @returns null for what no decoder could begin with, for what is broken and what builds on it, and for what is no picture
   * @throws Error for what is not in Annex B: what ffmpeg is said to be wrote garbage, which may look like NUT
   */
  take(accessUnit: Uint8Array): H264Frame | null {
    assertStartCode(accessUnit);
    const fault = accessUnitFault(accessUnit);
    if (fault !== undefined) {
      this.#hasBegun = false;
      this.#onBroken(fault);
      return null;
    }
    const isKey = isKeyAccessUnit(accessUnit);
    const parameters = h264Parameters(accessUnit);
    this.#parameters = parameters ?? this.#parameters;
    if (!isKey) {
      const isPicture = this.#hasBegun && (parameters === undefined || hasSlice(accessUnit));
      return isPicture ? { bytes: accessUnit, isKey, size: null, isSquare: true } : null;
    }
    if (this.#parameters === undefined) {
      return null;
    }
    this.#hasBegun = true;
    const { width, height, pixelAspect, sps, pps } = this.#parameters;
    const bytes = parameters ? accessUnit : joinBytes([START_CODE, sps, START_CODE, pps, accessUnit]);
    return { bytes, isKey, size: { width, height }, isSquare: pixelAspect[0] === pixelAspect[1] };
  }
}

/** `00 00 01`, after any number of zeros. */
function assertStartCode(bytes: Uint8Array): void {
  let zeros = 0;
  while (bytes[zeros] === 0) {
    zeros += 1;
  }
  if (zeros < 2 || bytes[zeros] !== 1) {
    throw badOutput("a frame of H.264 begins without a start code");
  }
}
