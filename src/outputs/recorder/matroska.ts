import { decoderConfiguration, type Fmp4Sample, type H264Parameters, joinBytes, lengthPrefixed } from "../../media.ts";
import { VERSION } from "../../version.ts";
import type { Container, Patch } from "./container.ts";
import { type Bytes, element, float64, ID, signed64, text, UNKNOWN_SIZE, unsigned, voidOf } from "./ebml.ts";

const TRACK = 1;
/** One tick is a millisecond. */
const TICK_NANOS = 1_000_000;
/** A block says its time as 16 bits from that of its cluster; ms. */
const CLUSTER_MS = 5000;
/** An index entry for a key frame this often at most, ms: 43,200 in a day. */
const CUE_MS = 2000;
/** Room that is kept free for what is known at the end only. */
const SEEK_HEAD_BYTES = 40;
const DURATION_BYTES = 11;
/** Seconds from 1970 to 2001, from where Matroska counts. */
const EPOCH_2001 = 978_307_200;

/**
 * H.264 as Matroska (RFC 9559), live: sizes of segment and clusters are left open, so that each frame is whole in the
 * file with its last byte. An orderly end adds the length and an index.
 * ```
 * EBML | Segment: [SeekHead] Info Tracks Cluster … Cluster [Cues]
 *                                        time, SimpleBlock: track, time in cluster (16 bits), flags, frame
 * ```
 */
export class Matroska implements Container {
  readonly holdsOneSize = true;
  readonly #startedAt: Date;
  /** What is written before the first cluster. */
  #head: Uint8Array = new Uint8Array(0);
  /** Where the segment's content begins, with room for the SeekHead, and where the duration goes. */
  #segmentAt = 0;
  #durationAt = 0;
  #size = 0;
  #clusterMs: number | null = null;
  #lastMs = 0;
  /** Between the last two frames, ms. */
  #stepMs = 0;
  #cues: Uint8Array[] = [];
  #cueMs = Number.NEGATIVE_INFINITY;

  /** @param startedAt when the recording begins */
  constructor(startedAt: Date) {
    this.#startedAt = startedAt;
  }

  begin(parameters: H264Parameters): void {
    const ebml = element(
      ID.ebml,
      element(ID.ebmlVersion, unsigned(1)),
      element(ID.ebmlReadVersion, unsigned(1)),
      element(ID.ebmlMaxIdLength, unsigned(4)),
      element(ID.ebmlMaxSizeLength, unsigned(8)),
      element(ID.docType, text("matroska")),
      element(ID.docTypeVersion, unsigned(4)),
      element(ID.docTypeReadVersion, unsigned(2)),
    );
    const seconds = BigInt(Math.floor(this.#startedAt.getTime() / 1000) - EPOCH_2001);
    const info = element(
      ID.info,
      element(ID.timestampScale, unsigned(TICK_NANOS)),
      element(ID.dateUtc, signed64(seconds * 1_000_000_000n)),
      element(ID.muxingApp, text(`lanvid ${VERSION}`)),
      element(ID.writingApp, text(`lanvid ${VERSION}`)),
      voidOf(DURATION_BYTES),
    );
    this.#segmentAt = ebml.length + ID.segment.length + UNKNOWN_SIZE.length;
    this.#durationAt = this.#segmentAt + SEEK_HEAD_BYTES + info.length - DURATION_BYTES;
    this.#head = joinBytes([ebml, ID.segment, UNKNOWN_SIZE, voidOf(SEEK_HEAD_BYTES), info, track(parameters)]);
  }

  add(frame: Fmp4Sample): Uint8Array[] {
    const parts: Bytes[] = [this.#head];
    const ms = Math.round(frame.timeMicros / 1000);
    this.#stepMs = ms - this.#lastMs;
    this.#lastMs = ms;
    if (this.#clusterMs === null || frame.isKey || ms - this.#clusterMs >= CLUSTER_MS) {
      this.#clusterMs = ms;
      if (frame.isKey) {
        this.#cue(ms, this.#size + this.#head.length);
      }
      parts.push(ID.cluster, UNKNOWN_SIZE, element(ID.timestamp, unsigned(ms)));
    }
    const ticks = ms - this.#clusterMs;
    const blockHead = [0x80 | TRACK, ticks >> 8, ticks & 0xff, frame.isKey ? 0x80 : 0];
    parts.push(element(ID.simpleBlock, blockHead, lengthPrefixed(frame)));
    const whole = joinBytes(parts);
    this.#head = new Uint8Array(0);
    this.#size += whole.length;
    return [whole];
  }

  flush(): Uint8Array[] {
    return [];
  }

  finish(): { readonly tail: Uint8Array[]; readonly patches: readonly Patch[] } {
    if (this.#size === 0) {
      return { tail: [], patches: [] };
    }
    const place = element(ID.seekPosition, unsigned(this.#size - this.#segmentAt));
    const seekHead = element(ID.seekHead, element(ID.seek, element(ID.seekId, ID.cues), place));
    return {
      tail: [element(ID.cues, joinBytes(this.#cues))],
      patches: [
        { at: this.#durationAt, bytes: element(ID.duration, float64(this.#lastMs + this.#stepMs)) },
        { at: this.#segmentAt, bytes: joinBytes([seekHead, voidOf(SEEK_HEAD_BYTES - seekHead.length)]) },
      ],
    };
  }

  #cue(ms: number, position: number): void {
    if (ms - this.#cueMs >= CUE_MS) {
      this.#cueMs = ms;
      const place = [
        element(ID.cueTrack, unsigned(TRACK)),
        element(ID.cueClusterPosition, unsigned(position - this.#segmentAt)),
      ];
      this.#cues.push(element(ID.cuePoint, element(ID.cueTime, unsigned(ms)), element(ID.cueTrackPositions, ...place)));
    }
  }
}

function track(parameters: H264Parameters): Uint8Array {
  const { width, height } = parameters;
  return element(
    ID.tracks,
    element(
      ID.trackEntry,
      element(ID.trackNumber, unsigned(TRACK)),
      element(ID.trackUid, unsigned(TRACK)),
      element(ID.trackType, unsigned(1)),
      element(ID.flagLacing, unsigned(0)),
      element(ID.codecId, text("V_MPEG4/ISO/AVC")),
      element(ID.codecPrivate, decoderConfiguration(parameters)),
      element(ID.video, element(ID.pixelWidth, unsigned(width)), element(ID.pixelHeight, unsigned(height))),
    ),
  );
}
