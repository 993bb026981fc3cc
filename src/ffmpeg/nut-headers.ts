import { badOutput } from "./bad-output.ts";
import type { NutBytes } from "./nut-bytes.ts";

/** What NUT's main header says (nut.txt, "main header"). */
export interface MainHeader {
  readonly streamCount: number;
  readonly timeBases: readonly TimeBase[];
  /** By a frame's first byte; undefined where that byte begins no frame. */
  readonly frameCodes: readonly (FrameCode | undefined)[];
  /** What frames begin with and is left out of them, by number; the first is empty. */
  readonly elided: readonly Uint8Array[];
}

/** Seconds are `numerator / denominator`. */
export interface TimeBase {
  readonly numerator: number;
  readonly denominator: number;
}

/** What a frame's first byte stands for. */
export interface FrameCode {
  readonly flags: number;
  readonly stream: number;
  readonly sizeFactor: number;
  readonly sizeRest: number;
  readonly ptsStep: number;
  readonly reserved: number;
  readonly elided: number;
}

/** What a stream header says of times. */
export interface StreamHeader {
  readonly stream: number;
  /** Its number among the main header's. */
  readonly timeBase: number;
  /** Bits of a time that is written short. */
  readonly shortPtsBits: number;
}

/** ffmpeg writes version 3 unless told to experiment. Version 4 has more fields. */
const VERSION = 3;
const MAX_STREAMS = 16;
const MAX_TIME_BASES = 16;
const MAX_ELIDED = 128;
const MAX_ELIDED_BYTES = 255;
const MAX_TIME_BASE = 2 ** 31;
const MAX_SHORT_PTS_BITS = 16;
const CODES = 256;
/** Begins packets, so that it begins no frame. */
const N = 0x4e;

/** @throws LanvidError (ffmpeg) when it is not what ffmpeg writes */
export function readMainHeader(bytes: NutBytes): MainHeader {
  const version = bytes.number();
  if (version !== VERSION) {
    throw badOutput(`NUT version ${version}, only ${VERSION} is known`);
  }
  const streamCount = atMost("streams", bytes.number(), MAX_STREAMS);
  bytes.skip(); // max_distance
  const timeBases = list(atMost("time bases", bytes.number(), MAX_TIME_BASES), () => ({
    numerator: within("a time base", bytes.number(), 1, MAX_TIME_BASE),
    denominator: within("a time base", bytes.number(), 1, MAX_TIME_BASE),
  }));
  const frameCodes = readFrameCodes(bytes);
  const elided = list(atMost("elided headers", bytes.number(), MAX_ELIDED - 1), () => {
    const header = bytes.block();
    atMost("bytes of an elided header", header.length, MAX_ELIDED_BYTES);
    return header.slice();
  });
  return { streamCount, timeBases, frameCodes, elided: [new Uint8Array(0), ...elided] };
}

/** The table of frame codes, written as runs: only what differs from the run before is there. */
function readFrameCodes(bytes: NutBytes): readonly (FrameCode | undefined)[] {
  const codes: (FrameCode | undefined)[] = [];
  let ptsStep = 0;
  let sizeFactor = 1;
  let stream = 0;
  let elided = 0;
  while (codes.length < CODES && !bytes.isShort) {
    const flags = bytes.number();
    const fields = bytes.number();
    ptsStep = fields > 0 ? bytes.signed() : ptsStep;
    sizeFactor = fields > 1 ? bytes.number() : sizeFactor;
    stream = fields > 2 ? bytes.number() : stream;
    const sizeRest = fields > 3 ? bytes.number() : 0;
    const reserved = fields > 4 ? bytes.number() : 0;
    const count = fields > 5 ? bytes.number() : sizeFactor - sizeRest;
    if (fields > 6) {
      bytes.skip(); // match_time_delta
    }
    elided = fields > 7 ? bytes.number() : elided;
    for (let field = 8; field < fields && !bytes.isShort; field++) {
      bytes.skip();
    }
    for (let left = 0; left < count && codes.length < CODES; ) {
      if (codes.length === N) {
        codes.push(undefined);
        continue;
      }
      codes.push({ flags, stream, sizeFactor, sizeRest: sizeRest + left, ptsStep, reserved, elided });
      left += 1;
    }
  }
  return codes;
}

/** @throws LanvidError (ffmpeg) when it is not what ffmpeg writes, or does not fit the main header */
export function readStreamHeader(bytes: NutBytes, main: MainHeader): StreamHeader {
  const stream = within("a stream's number", bytes.number(), 0, main.streamCount - 1);
  bytes.skip(); // stream_class
  bytes.block(); // fourcc
  const timeBase = within("a time base's number", bytes.number(), 0, main.timeBases.length - 1);
  const shortPtsBits = within("bits of a short time", bytes.number(), 0, MAX_SHORT_PTS_BITS);
  return { stream, timeBase, shortPtsBits };
}

function list<T>(count: number, read: () => T): T[] {
  return Array.from({ length: count }, read);
}

function atMost(what: string, value: number, limit: number): number {
  if (value > limit) {
    throw badOutput(`${value} ${what}, at most ${limit} are allowed`);
  }
  return value;
}

function within(what: string, value: number, least: number, most: number): number {
  if (value < least || value > most) {
    throw badOutput(`${what} is ${value}, ${least} to ${most} are allowed`);
  }
  return value;
}
