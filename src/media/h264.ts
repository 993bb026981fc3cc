import type { Size } from "../units.ts";
import { readSequenceParameters } from "./h264-sps.ts";

/**
 * H.264 access units as a byte stream (ITU-T H.264, Annex B): each NAL unit after a start code.
 * ```
 * [00] 00 00 01 | f ii ttttt | …        f: 0, i: importance, t: type
 * ```
 */

/** What a decoder needs before the first slice. */
export interface H264Parameters extends Size {
  /** For browsers (RFC 6381), as "avc1.42c01f". */
  readonly codec: string;
  /** Sequence and picture parameter set: views without start codes, the first of each. */
  readonly sps: Uint8Array;
  readonly pps: Uint8Array;
}

/** NAL unit types (table 7-1). 1 to 4 are slices that build on other pictures. */
const IDR_SLICE = 5;
const SPS = 7;
const PPS = 8;

/** The NAL units of an access unit, as views without their start codes. */
export function nalUnits(accessUnit: Uint8Array): Uint8Array[] {
  return [...eachUnit(accessUnit)];
}

/** A decoder can begin here: there is an IDR slice. Looks no further than the first slice. */
export function isKeyAccessUnit(accessUnit: Uint8Array): boolean {
  for (let at = nextUnit(accessUnit, 0); at < accessUnit.length; at = nextUnit(accessUnit, at)) {
    const type = typeOf(accessUnit[at]);
    if (isSlice(type)) {
      return type === IDR_SLICE;
    }
  }
  return false;
}

/** What SPS and PPS of a key frame say; undefined when they are absent or broken. Looks no further than the first slice. */
export function h264Parameters(accessUnit: Uint8Array): H264Parameters | undefined {
  let sps: Uint8Array | undefined;
  let pps: Uint8Array | undefined;
  for (let at = nextUnit(accessUnit, 0); at < accessUnit.length; ) {
    const type = typeOf(accessUnit[at]);
    if (isSlice(type)) {
      break;
    }
    const next = nextUnit(accessUnit, at);
    if (type === SPS) {
      sps ??= unitBetween(accessUnit, at, next);
    } else if (type === PPS) {
      pps ??= unitBetween(accessUnit, at, next);
    }
    at = next;
  }
  if (sps === undefined || pps === undefined || pps.length < 2) {
    return undefined;
  }
  const size = readSequenceParameters(sps);
  if (size === undefined) {
    return undefined;
  }
  const codec = `avc1.${[...sps.subarray(1, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  return { ...size, codec, sps, pps };
}

function* eachUnit(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = nextUnit(bytes, 0); at < bytes.length; ) {
    const next = nextUnit(bytes, at);
    const unit = unitBetween(bytes, at, next);
    if (unit.length > 0) {
      yield unit;
    }
    at = next;
  }
}

/** The place after the next start code; the end of `bytes` if there is none. A 1 is rare, so that is looked for. */
function nextUnit(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(1, from + 2); at >= 0; at = bytes.indexOf(1, at + 1)) {
    if (bytes[at - 1] === 0 && bytes[at - 2] === 0) {
      return at + 1;
    }
  }
  return bytes.length;
}

/** The unit that begins at `at`, without the next start code (which ends at `next`) and the zeros before that. */
function unitBetween(bytes: Uint8Array, at: number, next: number): Uint8Array {
  let end = next;
  if (end - at >= 3 && bytes[end - 1] === 1 && bytes[end - 2] === 0 && bytes[end - 3] === 0) {
    end -= 3;
  }
  while (end > at && bytes[end - 1] === 0) {
    end -= 1;
  }
  return bytes.subarray(at, end);
}

function typeOf(header: number | undefined): number {
  return (header ?? 0) & 0x1f;
}

function isSlice(type: number): boolean {
  return type >= 1 && type <= IDR_SLICE;
}

/** How often a key frame shall come, in ms: every other time that a frame may be old, within limits. */
export function keyIntervalMs(maxDelayMs: number): number {
  return Math.min(1000, Math.max(250, 2 * maxDelayMs));
}
