import { KIB } from "../units.ts";
import { readSequenceParameters, type Sequence } from "./h264-sps.ts";
import { sameBytes } from "./same-bytes.ts";

/**
 * H.264 access units as a byte stream (ITU-T H.264, Annex B): each NAL unit after a start code.
 * ```
 * [00] 00 00 01 | f ii ttttt | …        f: 0, i: importance, t: type
 * ```
 */

/** What a decoder needs before the first slice. */
export interface H264Parameters extends Sequence {
  /** For browsers (RFC 6381), as "avc1.42c01f". */
  readonly codec: string;
  /** Sequence and picture parameter set without start codes, the first of each; in memory of their own, so that whoever
   * keeps them does not keep the frame. */
  readonly sps: Uint8Array;
  readonly pps: Uint8Array;
}

/** NAL unit types (table 7-1). 1 to 4 are slices that build on other pictures. */
const IDR_SLICE = 5;
const SPS = 7;
const PPS = 8;

/** An access unit of more NAL units is no encoder's: a slice for each row of 8K makes 270. */
export const MAX_NAL_UNITS = 1024;
/** Encoders' parameter sets have some 30 bytes, some 300 with scaling lists; containers can't say more than 65,535. */
export const MAX_PARAMETER_SET_BYTES = 4 * KIB;

/**
 * Why an access unit that somebody else made is broken, in words without a subject; undefined when it is not. Reads it
 * once, so that what reads it further need not fear what is in it.
 */
export function accessUnitFault(accessUnit: Uint8Array): string | undefined {
  let count = 0;
  let fault: string | undefined;
  visitNalUnits(accessUnit, (from, to) => {
    count += 1;
    if (count > MAX_NAL_UNITS) {
      fault = `more than ${MAX_NAL_UNITS} NAL units`;
    } else if (isParameterSet(typeOf(accessUnit[from])) && to - from > MAX_PARAMETER_SET_BYTES) {
      fault = `a parameter set of ${to - from} bytes, at most ${MAX_PARAMETER_SET_BYTES} are allowed`;
    }
    return fault === undefined;
  });
  return fault;
}

/** The NAL units of an access unit, as views without their start codes. One without `accessUnitFault` has few. */
export function nalUnits(accessUnit: Uint8Array): Uint8Array[] {
  const units: Uint8Array[] = [];
  visitNalUnits(accessUnit, (from, to) => {
    units.push(accessUnit.subarray(from, to));
    return true;
  });
  return units;
}

/**
 * Calls `visit` with the offsets at which each NAL unit begins and ends, without start codes, padding and empty units, until
 * it returns false. Allocates nothing, however many there are.
 */
export function visitNalUnits(accessUnit: Uint8Array, visit: (from: number, to: number) => boolean): void {
  for (let from = nextUnit(accessUnit, 0); from < accessUnit.length; ) {
    const next = nextUnit(accessUnit, from);
    const to = endOfUnit(accessUnit, from, next);
    if (to > from && !visit(from, to)) {
      return;
    }
    from = next;
  }
}

/** There is a part of a picture in it. Looks no further than that. */
export function hasSlice(accessUnit: Uint8Array): boolean {
  return firstSlice(accessUnit) !== undefined;
}

/** A decoder can begin here: there is an IDR slice. Looks no further than the first slice. */
export function isKeyAccessUnit(accessUnit: Uint8Array): boolean {
  return firstSlice(accessUnit) === IDR_SLICE;
}

/** The type of the first slice. */
function firstSlice(accessUnit: Uint8Array): number | undefined {
  for (let at = nextUnit(accessUnit, 0); at < accessUnit.length; at = nextUnit(accessUnit, at)) {
    const type = typeOf(accessUnit[at]);
    if (isSlice(type)) {
      return type;
    }
  }
  return undefined;
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
      sps ??= accessUnit.subarray(at, endOfUnit(accessUnit, at, next));
    } else if (type === PPS) {
      pps ??= accessUnit.subarray(at, endOfUnit(accessUnit, at, next));
    }
    at = next;
  }
  if (sps === undefined || pps === undefined || pps.length < 2) {
    return undefined;
  }
  if (sps.length > MAX_PARAMETER_SET_BYTES || pps.length > MAX_PARAMETER_SET_BYTES) {
    return undefined;
  }
  const sequence = readSequenceParameters(sps);
  if (sequence === undefined) {
    return undefined;
  }
  const codec = `avc1.${[...sps.subarray(1, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  return { ...sequence, codec, sps: sps.slice(), pps: pps.slice() };
}

/** A decoder that was told these need not be told those. */
export function hasSameParameters(one: H264Parameters, other: H264Parameters): boolean {
  return sameBytes(one.sps, other.sps) && sameBytes(one.pps, other.pps);
}

/**
 * The place after the next start code; the end of `bytes` if there is none. Looks at every third byte where it can, and
 * calls nothing: whatever the bytes are, a mebibyte takes a millisecond or two.
 */
function nextUnit(bytes: Uint8Array, from: number): number {
  const { length } = bytes;
  for (let at = from + 2; at < length; ) {
    const byte = bytes[at] as number;
    if (byte === 0) {
      at += 1;
    } else if (byte === 1 && bytes[at - 1] === 0 && bytes[at - 2] === 0) {
      return at + 1;
    } else {
      at += 3;
    }
  }
  return length;
}

/** Where the unit that begins at `at` ends: before the next start code (which ends at `next`) and the zeros before that. */
function endOfUnit(bytes: Uint8Array, at: number, next: number): number {
  let end = next;
  if (end - at >= 3 && bytes[end - 1] === 1 && bytes[end - 2] === 0 && bytes[end - 3] === 0) {
    end -= 3;
  }
  while (end > at && bytes[end - 1] === 0) {
    end -= 1;
  }
  return end;
}

function typeOf(header: number | undefined): number {
  return (header ?? 0) & 0x1f;
}

function isParameterSet(type: number): boolean {
  return type === SPS || type === PPS;
}

function isSlice(type: number): boolean {
  return type >= 1 && type <= IDR_SLICE;
}

/** How often a key frame shall come, in ms: every other time that a frame may be old, within limits. */
export function keyIntervalMs(maxDelayMs: number): number {
  return Math.min(1000, Math.max(250, 2 * maxDelayMs));
}
