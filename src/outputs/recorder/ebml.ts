/** The bytes of Matroska's elements (RFC 8794): a name, a size, and values or more elements. */

import { joinBytes } from "../../media.ts";

/** An element, or a piece of one's content. */
export type Bytes = Uint8Array | readonly number[];

/** Elements by their names in RFC 9559. */
export const ID = {
  ebml: bytes(0x1a45dfa3),
  ebmlVersion: bytes(0x4286),
  ebmlReadVersion: bytes(0x42f7),
  ebmlMaxIdLength: bytes(0x42f2),
  ebmlMaxSizeLength: bytes(0x42f3),
  docType: bytes(0x4282),
  docTypeVersion: bytes(0x4287),
  docTypeReadVersion: bytes(0x4285),
  void: bytes(0xec),
  segment: bytes(0x18538067),
  seekHead: bytes(0x114d9b74),
  seek: bytes(0x4dbb),
  seekId: bytes(0x53ab),
  seekPosition: bytes(0x53ac),
  info: bytes(0x1549a966),
  timestampScale: bytes(0x2ad7b1),
  duration: bytes(0x4489),
  dateUtc: bytes(0x4461),
  muxingApp: bytes(0x4d80),
  writingApp: bytes(0x5741),
  tracks: bytes(0x1654ae6b),
  trackEntry: bytes(0xae),
  trackNumber: bytes(0xd7),
  trackUid: bytes(0x73c5),
  trackType: bytes(0x83),
  flagLacing: bytes(0x9c),
  codecId: bytes(0x86),
  codecPrivate: bytes(0x63a2),
  video: bytes(0xe0),
  pixelWidth: bytes(0xb0),
  pixelHeight: bytes(0xba),
  cluster: bytes(0x1f43b675),
  timestamp: bytes(0xe7),
  simpleBlock: bytes(0xa3),
  cues: bytes(0x1c53bb6b),
  cuePoint: bytes(0xbb),
  cueTime: bytes(0xb3),
  cueTrackPositions: bytes(0xb7),
  cueTrack: bytes(0xf7),
  cueClusterPosition: bytes(0xf1),
} as const;

/** The size of an element that ends where the next one of its level begins. */
export const UNKNOWN_SIZE = bytes(0x01ffffffffffffffn);

/** An element that holds these bytes. */
export function element(id: Uint8Array, ...content: readonly Bytes[]): Uint8Array {
  const length = content.reduce((sum, part) => sum + part.length, 0);
  return joinBytes([id, size(length), ...content]);
}

/** Room for something else. @param length of the whole element, 2 to 128 bytes; or 0 for nothing */
export function voidOf(length: number): Uint8Array {
  return length === 0
    ? new Uint8Array(0)
    : joinBytes([ID.void, bytes(0x80 | (length - 2)), new Uint8Array(length - 2)]);
}

/** A whole number, in as few bytes as it takes, but in at least `length`. */
export function unsigned(value: number | bigint, length = 1): Uint8Array {
  return bytes(value, length);
}

export function signed64(value: bigint): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigInt64(0, value);
  return new Uint8Array(view.buffer);
}

export function float64(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return new Uint8Array(view.buffer);
}

export function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

/** A size is written with a 1 behind as many zeros as more bytes follow: 7 bits of it in one byte, 14 in two, 28 in four. */
function size(length: number): Uint8Array {
  if (length < 0x7f) {
    return bytes(0x80 | length);
  }
  return length < 0x3fff ? bytes(0x4000 | length) : bytes(0x10000000 + length, 4);
}

/** Big-endian, without leading zeros, at least `length` bytes. */
function bytes(value: number | bigint, length = 1): Uint8Array {
  const hex = value.toString(16);
  return Uint8Array.fromHex(hex.padStart(Math.max(length * 2, hex.length + (hex.length % 2)), "0"));
}
