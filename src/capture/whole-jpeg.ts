import { joinBytes } from "../media.ts";
import { STANDARD_HUFFMAN_TABLES } from "./standard-huffman.ts";

/** More segments before the picture's data are no encoder's. */
const MAX_SEGMENTS = 1024;

const SOF0 = 0xc0;
const SOF1 = 0xc1;
const DHT = 0xc4;
const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const DQT = 0xdb;
const APP0 = 0xe0;
const COM = 0xfe;

const START = Uint8Array.of(0xff, SOI);
const END = Uint8Array.of(0xff, EOI);
/** JFIF 1.1, without a density or a thumbnail. */
const JFIF = Uint8Array.of(0xff, APP0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0);

/** A JPEG that every decoder takes. */
export interface WholeJpeg {
  /** The bytes given where they were that already; else in memory of their own. */
  readonly bytes: Uint8Array;
  /** The end was there; it is in `bytes` in any case. Without it the picture may be cut. */
  readonly hadEnd: boolean;
}

/**
 * Makes a file of what a camera calls a JPEG (ITU-T T.81, Annex B). USB cameras leave out the Huffman tables that all
 * share, which most viewers need, and have an APP0 of their own ("AVI1"); buffers hold more than the picture. The
 * picture's data are searched for their end, not decoded.
 * @returns null for what is no picture
 */
export function wholeJpeg(bytes: Uint8Array): WholeJpeg | null {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const from = all.indexOf(START);
  const header = from < 0 ? null : readHeader(all, from + START.length);
  if (header === null) {
    return null;
  }
  const { kept, scanAt, needsTables, hasJfif } = header;
  const endAt = all.indexOf(END, scanAt);
  const hadEnd = endAt >= 0;
  const to = hadEnd ? endAt + END.length : all.length;
  const isOneRun = kept.length === 1 && kept[0]?.from === from + START.length;
  if (isOneRun && !needsTables && hadEnd) {
    return { bytes: from === 0 && to === all.length ? bytes : new Uint8Array(bytes.subarray(from, to)), hadEnd };
  }
  const parts = [
    START,
    ...(isOneRun || hasJfif ? [] : [JFIF]),
    ...kept.map((run) => all.subarray(run.from, run.to)),
    ...(needsTables ? [STANDARD_HUFFMAN_TABLES] : []),
    all.subarray(scanAt, to),
    ...(hadEnd ? [] : [END]),
  ];
  return { bytes: joinBytes(parts), hadEnd };
}

interface Run {
  readonly from: number;
  readonly to: number;
}

interface Header {
  /** What is kept of the segments before the scan; one run where nothing is left out. */
  readonly kept: readonly Run[];
  /** Where the first scan's header begins. */
  readonly scanAt: number;
  readonly needsTables: boolean;
  readonly hasJfif: boolean;
}

function readHeader(all: Buffer, from: number): Header | null {
  const kept: Run[] = [];
  let hasTables = false;
  let hasJfif = false;
  let frame: number | null = null;
  let at = from;
  let keptFrom = from;
  for (let segments = 0; segments < MAX_SEGMENTS && at + 4 <= all.length; segments++) {
    const marker = all[at + 1] as number;
    if (all[at] !== 0xff) {
      return null;
    }
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker === SOS) {
      if (at > keptFrom) {
        kept.push({ from: keptFrom, to: at });
      }
      const isHuffman = frame === SOF0 || frame === SOF1;
      return frame === null ? null : { kept, scanAt: at, needsTables: isHuffman && !hasTables, hasJfif };
    }
    const next = segmentEnd(all, at, marker);
    if (next === null) {
      return null;
    }
    const isLeftOut = next.isRepaired || isForeign(all, at, marker);
    if (isLeftOut) {
      if (at > keptFrom) {
        kept.push({ from: keptFrom, to: at });
      }
      keptFrom = next.at;
    }
    hasTables ||= marker === DHT;
    hasJfif ||= marker === APP0 && !isLeftOut;
    frame = isFrameHeader(marker) ? marker : frame;
    at = next.at;
  }
  return null;
}

/** An APP0 that is neither JFIF's nor its extension's: cameras' "AVI1", which names fields that are not there. */
function isForeign(all: Buffer, at: number, marker: number): boolean {
  return marker === APP0 && !/^JF(?:IF|XX)\0/.test(all.toString("latin1", at + 4, at + 9));
}

/** Where the next segment begins. One of words alone with a wrong length ends where the tables begin. */
function segmentEnd(
  all: Buffer,
  at: number,
  marker: number,
): { readonly at: number; readonly isRepaired: boolean } | null {
  const length = all.readUInt16BE(at + 2);
  const end = at + 2 + length;
  if (length >= 2 && all[end] === 0xff && (all[end + 1] as number) >= SOF0) {
    return { at: end, isRepaired: false };
  }
  const isWords = (marker >= APP0 && marker <= 0xef) || marker === COM;
  const tables = isWords ? all.indexOf(Uint8Array.of(0xff, DQT), at + 2) : -1;
  return tables < 0 ? null : { at: tables, isRepaired: true };
}

function isFrameHeader(marker: number): boolean {
  return marker >= SOF0 && marker <= 0xcf && marker !== DHT && marker !== 0xc8 && marker !== 0xcc;
}
