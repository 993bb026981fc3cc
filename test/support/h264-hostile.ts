/** Access units that no encoder makes. */

import { h264Parameters } from "../../src/media.ts";

const START_CODE = [0, 0, 0, 1];
/** A slice of a key picture that has no more than its header, behind the shortest start code. */
const EMPTY_SLICE = [0, 0, 1, 0x65];

/** A key frame, and behind it slices of one byte, up to so many bytes. */
export function inManyUnits(key: Uint8Array, byteCount: number): Uint8Array {
  const bytes = new Uint8Array(byteCount);
  bytes.set(key);
  for (let at = key.length; at + EMPTY_SLICE.length <= byteCount; at += EMPTY_SLICE.length) {
    bytes.set(EMPTY_SLICE, at);
  }
  return bytes;
}

/** A key frame of so many bytes, nearly all of which are its SPS, whose beginning is as it was. */
export function withLongSps(key: Uint8Array, byteCount: number): Uint8Array {
  const parameters = h264Parameters(key);
  if (parameters === undefined) {
    throw new Error("this is no key frame");
  }
  const rest = [...START_CODE, ...parameters.pps, ...START_CODE, 0x65, 1, 2, 3];
  const bytes = new Uint8Array(byteCount).fill(0x55);
  bytes.set([...START_CODE, ...parameters.sps]);
  bytes.set(rest, byteCount - rest.length);
  return bytes;
}
