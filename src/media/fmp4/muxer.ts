import { type H264Parameters, visitNalUnits } from "../h264.ts";
import { joinBytes } from "../join-bytes.ts";
import { box, fullBox, u32, u64 } from "./boxes.ts";
import { initSegment, TIMESCALE, TRACK_ID } from "./init-segment.ts";

/** NAL units that are said elsewhere: parameter sets in the init segment, where an access unit begins by its size. */
const PARAMETER_SETS: ReadonlySet<number> = new Set([7, 8]);
const DELIMITER = 9;
const LENGTH_BYTES = 4;
/** Shorter units are copied byte by byte. */
const SHORT_BYTES = 32;
/** The base of offsets is this moof. */
const DEFAULT_BASE_IS_MOOF = 0x02_0000;
/** trun: it says where its data begins, and of each sample duration, size and flags. */
const TRUN_FLAGS = 0x001 | 0x100 | 0x200 | 0x400;
/** A sample that builds on none, and one that does. */
const KEY_FLAGS = 0x0200_0000;
const OTHER_FLAGS = 0x0101_0000;

/** A frame's time in the video. */
export interface Fmp4Sample {
  /** An access unit in Annex B. */
  readonly bytes: Uint8Array;
  /** Its parameter sets are not those of the init segment: they stay in it. Else they are left out. */
  readonly keepsParameters?: boolean;
  readonly isKey: boolean;
  /** When it is shown, in µs from the beginning, at most 2⁵³. */
  readonly timeMicros: number;
}

/**
 * Makes fragmented MP4 of H.264 without B-frames (decoded in the order in which it is shown). Pure: it gives bytes for a
 * file, a response or a browser's Media Source.
 */
export class Fmp4Muxer {
  #fragments = 0;

  /** What comes first, and again when the parameters change where that may be (Media Source; not in a file). */
  init(parameters: H264Parameters): Uint8Array {
    return initSegment(parameters);
  }

  /**
   * One fragment: `moof | mdat`. A sample lasts until the next one begins.
   * @param samples one at least, their times growing by 12 µs at least
   * @param lastMicros how long the last of them lasts. Its successor is not known yet, so this is a guess: each
   *   fragment says its own time, and no error adds up
   */
  fragment(samples: readonly Fmp4Sample[], lastMicros: number): Uint8Array {
    const first = samples[0];
    if (first === undefined) {
      throw new RangeError("a fragment has at least one sample");
    }
    this.#fragments += 1;
    const data = samples.map((sample) => lengthPrefixed(sample));
    const entries = samples.flatMap(({ isKey, timeMicros }, index) => {
      const next = samples[index + 1]?.timeMicros ?? timeMicros + lastMicros;
      const duration = Math.max(1, ticks(next) - ticks(timeMicros));
      return [...u32(duration), ...u32(data[index]?.length ?? 0), ...u32(isKey ? KEY_FLAGS : OTHER_FLAGS)];
    });
    const moof = (dataAt: number) =>
      box(
        "moof",
        fullBox("mfhd", 0, 0, u32(this.#fragments)),
        box(
          "traf",
          fullBox("tfhd", 0, DEFAULT_BASE_IS_MOOF, u32(TRACK_ID)),
          fullBox("tfdt", 1, 0, u64(ticks(first.timeMicros))),
          fullBox("trun", 0, TRUN_FLAGS, u32(samples.length), u32(dataAt), entries),
        ),
      );
    const mdatHeadBytes = 8;
    const head = moof(moof(0).length + mdatHeadBytes);
    return joinBytes([head, box("mdat", ...data)]);
  }
}

/**
 * An access unit as samples have it: each NAL unit after its length in four bytes, without those that are left out; in
 * memory of its own. Takes no more than that, and two looks at each byte, however many units there are.
 */
export function lengthPrefixed({
  bytes,
  keepsParameters = false,
}: Pick<Fmp4Sample, "bytes" | "keepsParameters">): Uint8Array {
  const isLeftOut = (from: number) => {
    const type = (bytes[from] as number) & 0x1f;
    return type === DELIMITER || (!keepsParameters && PARAMETER_SETS.has(type));
  };
  let size = 0;
  visitNalUnits(bytes, (from, to) => {
    size += isLeftOut(from) ? 0 : LENGTH_BYTES + to - from;
    return true;
  });
  const sample = new Uint8Array(size);
  const view = new DataView(sample.buffer);
  let at = 0;
  visitNalUnits(bytes, (from, to) => {
    if (!isLeftOut(from)) {
      view.setUint32(at, to - from);
      // A copy for each of many tiny units would take longer than all their bytes.
      if (to - from < SHORT_BYTES) {
        for (let index = from; index < to; index++) {
          sample[at + LENGTH_BYTES + index - from] = bytes[index] as number;
        }
      } else {
        sample.set(bytes.subarray(from, to), at + LENGTH_BYTES);
      }
      at += LENGTH_BYTES + to - from;
    }
    return true;
  });
  return sample;
}

function ticks(micros: number): number {
  return Math.round((micros * TIMESCALE) / 1e6);
}
