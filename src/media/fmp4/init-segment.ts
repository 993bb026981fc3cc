import type { H264Parameters } from "../h264.ts";
import { joinBytes } from "../join-bytes.ts";
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

/** What a decoder of AAC must know. */
export interface AacParameters {
  /** In Hz. */
  readonly sampleRate: number;
  readonly channels: number;
  /** AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1). */
  readonly configuration: Uint8Array;
}

/** What differs from one kind of track to another. */
interface Track {
  readonly handler: "vide" | "soun";
  /** Ticks per second of its times. */
  readonly timescale: number;
  /** 1 in 8.8 for sound, 0 for pictures. */
  readonly volume: number;
  /** In pixels; 0 for sound. */
  readonly width: number;
  readonly height: number;
  /** vmhd or smhd. */
  readonly header: Uint8Array;
  /** avc1 or mp4a. */
  readonly sampleEntry: Uint8Array;
}

/**
 * What comes before the fragments: one track of H.264, of unknown length.
 * ```
 * ftyp | moov: mvhd, trak: tkhd, mdia: mdhd, hdlr, minf: vmhd, dinf, stbl: stsd: avc1: avcC | mvex: trex
 * ```
 */
export function initSegment(parameters: H264Parameters): Uint8Array {
  const { width, height } = parameters;
  return initOf({
    handler: "vide",
    timescale: TIMESCALE,
    volume: 0,
    width,
    height,
    header: fullBox("vmhd", 0, 1, zeros(8)),
    sampleEntry: videoEntry(parameters),
  });
}

/** The same for one track of AAC, with smhd, and mp4a: esds in stsd. */
export function soundInitSegment({ sampleRate, channels, configuration }: AacParameters): Uint8Array {
  const content: Part[] = [
    [...zeros(6), ...u16(1)],
    zeros(8),
    u16(channels),
    u16(16), // bits per sample
    zeros(4),
    u32(sampleRate * 0x1_0000),
    fullBox("esds", 0, 0, elementaryStream(configuration)),
  ];
  return initOf({
    handler: "soun",
    timescale: sampleRate,
    volume: 0x100,
    width: 0,
    height: 0,
    header: fullBox("smhd", 0, 0, zeros(4)),
    sampleEntry: box("mp4a", ...content),
  });
}

/**
 * What a decoder needs before the first sample: an AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1). Colour and
 * depth are in the SPS as the encoder wrote it.
 */
export function decoderConfiguration({ sps, pps }: H264Parameters): Uint8Array {
  const [, profile = 0, compatibility = 0, level = 0] = sps;
  // 0xff: lengths of four bytes; 0xe1: one SPS.
  const head = [1, profile, compatibility, level, 0xff, 0xe1];
  return joinBytes([head, u16(sps.length), sps, [1], u16(pps.length), pps]);
}

function initOf(track: Track): Uint8Array {
  const ftyp = box("ftyp", letters("isom"), u32(0x200), letters("isomiso5iso6avc1mp41"));
  const moov = box("moov", movieHeader(track), trackBox(track), box("mvex", trackDefaults()));
  return joinBytes([ftyp, moov]);
}

function movieHeader({ timescale }: Track): Uint8Array {
  const times = [...zeros(8), ...u32(timescale), ...u32(0)];
  // Rate 1, volume 1, the number of the next track.
  return fullBox("mvhd", 0, 0, times, ONE, u16(0x100), zeros(10), MATRIX, zeros(24), u32(TRACK_ID + 1));
}

function trackBox({ handler, timescale, volume, width, height, header, sampleEntry }: Track): Uint8Array {
  const size = [...u16(width), ...u16(0), ...u16(height), ...u16(0)];
  const layers = [...zeros(8), ...zeros(4), ...u16(volume), ...zeros(2)];
  // Flags: enabled, part of the presentation.
  const trackHeader = fullBox("tkhd", 0, 3, zeros(8), u32(TRACK_ID), zeros(4 + 4), layers, MATRIX, size);
  const mediaHeader = fullBox("mdhd", 0, 0, zeros(8), u32(timescale), u32(0), u16(NO_LANGUAGE), u16(0));
  const name = handler === "vide" ? "video\0" : "sound\0";
  const handlerBox = fullBox("hdlr", 0, 0, u32(0), letters(handler), zeros(12), letters(name));
  const here = fullBox("url ", 0, 1);
  const information = box("minf", header, box("dinf", fullBox("dref", 0, 0, u32(1), here)), sampleTable(sampleEntry));
  return box("trak", trackHeader, box("mdia", mediaHeader, handlerBox, information));
}

/** The samples are in the fragments: the tables are empty, but must be there. */
function sampleTable(sampleEntry: Uint8Array): Uint8Array {
  return box(
    "stbl",
    fullBox("stsd", 0, 0, u32(1), sampleEntry),
    fullBox("stts", 0, 0, u32(0)),
    fullBox("stsc", 0, 0, u32(0)),
    fullBox("stsz", 0, 0, u32(0), u32(0)),
    fullBox("stco", 0, 0, u32(0)),
  );
}

function videoEntry(parameters: H264Parameters): Uint8Array {
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

/** An ES_Descriptor (ISO/IEC 14496-1, 7.2.6.5) of MPEG-4 audio. Each length is one byte. */
function elementaryStream(configuration: Uint8Array): readonly number[] {
  const specific = [0x05, configuration.length, ...configuration];
  // 0x40: MPEG-4 audio; 0x15: an audio stream; size of the buffer and rates are not said.
  const decoder = [0x04, 13 + specific.length, 0x40, 0x15, ...zeros(11), ...specific];
  const synchronisation = [0x06, 1, 0x02];
  const content = [...u16(TRACK_ID), 0, ...decoder, ...synchronisation];
  return [0x03, content.length, ...content];
}
