import { joinBytes } from "../join-bytes.ts";
import { box, fullBox, u32, u64 } from "./boxes.ts";
import { soundInitSegment, TRACK_ID } from "./init-segment.ts";

/** As in RFC 6381: AAC-LC. */
export const SILENCE_CODEC = "mp4a.40.2";
const SAMPLE_RATE = 8000;
/** AAC-LC (2, five bits), 8000 Hz (11, four bits), one channel (1, four bits). */
const CONFIGURATION = Uint8Array.of(0x15, 0x88);
/** An AAC frame of one channel in which every sample is zero, and how many samples it has. */
const FRAME = Uint8Array.of(0x00, 0xc8, 0x00, 0x80, 0x23, 0x80);
const FRAME_SAMPLES = 1024;
/** tfhd: the base of offsets is this moof; duration and size of all samples are said here. */
const TFHD_FLAGS = 0x02_0000 | 0x08 | 0x10;
/** trun: it says where its data begins, nothing of each sample. */
const TRUN_FLAGS = 0x001;

/** Fragmented MP4 of sound in which nothing is heard, 8 kHz mono AAC. Pure; some 50 bytes a second. */
export class SilenceMuxer {
  #frames = 0;
  #fragments = 0;

  /** How much there is of it, in s. */
  get seconds(): number {
    return (this.#frames * FRAME_SAMPLES) / SAMPLE_RATE;
  }

  /** What comes first. */
  init(): Uint8Array {
    return soundInitSegment({ sampleRate: SAMPLE_RATE, channels: 1, configuration: CONFIGURATION });
  }

  /** What follows on what there is: `moof | mdat`. @param until where it shall end at the earliest, in s */
  fragment(until: number): Uint8Array {
    const count = Math.max(1, Math.ceil((until * SAMPLE_RATE) / FRAME_SAMPLES) - this.#frames);
    const from = this.#frames * FRAME_SAMPLES;
    this.#frames += count;
    this.#fragments += 1;
    const moof = (dataAt: number) =>
      box(
        "moof",
        fullBox("mfhd", 0, 0, u32(this.#fragments)),
        box(
          "traf",
          fullBox("tfhd", 0, TFHD_FLAGS, u32(TRACK_ID), u32(FRAME_SAMPLES), u32(FRAME.length)),
          fullBox("tfdt", 1, 0, u64(from)),
          fullBox("trun", 0, TRUN_FLAGS, u32(count), u32(dataAt)),
        ),
      );
    const mdatHeadBytes = 8;
    const head = moof(moof(0).length + mdatHeadBytes);
    return joinBytes([head, box("mdat", ...new Array<Uint8Array>(count).fill(FRAME))]);
  }
}
