import type { H264Parameters } from "../h264.ts";
import { box, fullBox, letters, type Part, u16, u32, zeros } from "./boxes.ts";

/** Ticks per second of all times: what H.264 itself counts in. */
export const TIMESCALE = 90_000;
/** There is one track. */
export const TRACK_ID = 1;
/** "und", in three times five bits. */
const NO_LANGUAGE = 0x55c4;
/** 1.0 in 16.16, and the matrix that turns and scales nothing. */
const ONE = u32(0x1_0000);
const MATRIX = [ONE, zeros(12), ONE, zeros(12), u32(0x4000_0000)].flat();
/** 72 pixels per inch, in 16.16. */
const RESOLUTION = u32(72 * 0x1_0000);

/**
 * What comes before the fragments: one track of H.264, of unknown length.
 * ```
 * ftyp | moov: mvhd, trak: tkhd, mdia: mdhd, hdlr, minf: vmhd, dinf, stbl: stsd: avc1: avcC | mvex: trex
 * ```
 */
export function initSegment(parameters: H264Parameters): Uint8Array {
  const ftyp = box("ftyp", letters("isom"), u32(0x200), letters("isomiso5iso6avc1mp41"));
  const moov = box("moov", movieHeader(), track(parameters), box("mvex", trackDefaults()));
  const bytes = new Uint8Array(ftyp.length + moov.length);
  bytes.set(ftyp);
  bytes.set(moov, ftyp.length);
  return bytes;
}

/**
 * What a decoder needs before the first sample: an AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1). Colour and
 * depth are in the SPS as the encoder wrote it.
 */
export function decoderConfiguration({ sps, pps }: H264Parameters): Uint8Array {
  const [, profile = 0, compatibility = 0, level = 0] = sps;
  // 0xff: lengths of four bytes; 0xe1: one SPS.
  const head = [1, profile, compatibility, level, 0xff, 0xe1];
  return Uint8Array.from([...head, ...u16(sps.length), ...sps, 1, ...u16(pps.length), ...pps]);
}

function movieHeader(): Uint8Array {
  const times = [...zeros(8), ...u32(TIMESCALE), ...u32(0)];
  // Rate 1, volume 1, the number of the next track.
  return fullBox("mvhd", 0, 0, times, ONE, u16(0x100), zeros(10), MATRIX, zeros(24), u32(TRACK_ID + 1));
}

function track(parameters: H264Parameters): Uint8Array {
  const { width, height } = parameters;
  const size = [...u16(width), ...u16(0), ...u16(height), ...u16(0)];
  // Flags: enabled, part of the presentation.
  const header = fullBox("tkhd", 0, 3, zeros(8), u32(TRACK_ID), zeros(4 + 4 + 8 + 8), MATRIX, size);
  const mediaHeader = fullBox("mdhd", 0, 0, zeros(8), u32(TIMESCALE), u32(0), u16(NO_LANGUAGE), u16(0));
  const handler = fullBox("hdlr", 0, 0, u32(0), letters("vide"), zeros(12), letters("video\0"));
  const here = fullBox("url ", 0, 1);
  const information = box(
    "minf",
    fullBox("vmhd", 0, 1, zeros(8)),
    box("dinf", fullBox("dref", 0, 0, u32(1), here)),
    sampleTable(parameters),
  );
  return box("trak", header, box("mdia", mediaHeader, handler, information));
}

/** The samples are in the fragments: the tables are empty, but must be there. */
function sampleTable(parameters: H264Parameters): Uint8Array {
  return box(
    "stbl",
    fullBox("stsd", 0, 0, u32(1), sampleEntry(parameters)),
    fullBox("stts", 0, 0, u32(0)),
    fullBox("stsc", 0, 0, u32(0)),
    fullBox("stsz", 0, 0, u32(0), u32(0)),
    fullBox("stco", 0, 0, u32(0)),
  );
}

function sampleEntry(parameters: H264Parameters): Uint8Array {
  const { width, height } = parameters;
  const content: Part[] = [
    [...zeros(6), ...u16(1)],
    zeros(16),
    u16(width),
    u16(height),
    RESOLUTION,
    RESOLUTION,
    u32(0),
    u16(1), // frames per sample
    zeros(32), // the compressor's name
    u16(24),
    u16(0xffff),
    box("avcC", decoderConfiguration(parameters)),
  ];
  return box("avc1", ...content);
}

function trackDefaults(): Uint8Array {
  return fullBox("trex", 0, 0, u32(TRACK_ID), u32(1), u32(0), u32(0), u32(0));
}
