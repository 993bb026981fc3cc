import { LanvidError } from "../../src/errors.ts";
import type { NutFrame } from "../../src/ffmpeg/nut.ts";
import { NutReader } from "../../src/ffmpeg.ts";
import { MIB } from "../../src/units.ts";
import { Random } from "../support/random.ts";

/** What mutated streams led to. */
export interface NutReport {
  readonly seed: number;
  /** Read to their end, whatever it was that changed. */
  readonly read: number;
  readonly refused: number;
  readonly frames: number;
  /** Why they were refused, numbers aside, and how often. */
  readonly reasons: ReadonlyMap<string, number>;
  /** What was wrong with frames that were given, or thrown that is no Error of the reader's; null if nothing was. */
  readonly fault: string | null;
}

const MAX_FRAME_BYTES = 64 * MIB;
const VALUES = [0, 1, 0x4e, 0x7f, 0x80, 0xff];

/** Feeds mutated copies of a stream, cut in two or three. Everything follows from the seed. */
export function nutCampaign(stream: Uint8Array, count: number, seed: number): NutReport {
  const random = new Random(seed);
  const reasons = new Map<string, number>();
  let read = 0;
  let frames = 0;
  let fault: string | null = null;
  for (let run = 0; run < count && fault === null; run++) {
    const bytes = mutated(stream, random);
    const reader = new NutReader((frame) => {
      frames += 1;
      fault ??= faultOf(frame);
    });
    const at = random.below(bytes.length + 1);
    const again = at + random.below(bytes.length - at + 1);
    try {
      for (const part of [bytes.subarray(0, at), bytes.subarray(at, again), bytes.subarray(again)]) {
        reader.push(part);
      }
      read += 1;
    } catch (error) {
      const reason = error instanceof LanvidError && error.code === "bad-output" ? error.message : null;
      fault ??= reason === null ? `run ${run} threw ${error}` : null;
      const words = String(reason)
        .replace(/begins with [\da-f]+$/, "begins with …")
        .replace(/\d+/g, "…");
      reasons.set(words, (reasons.get(words) ?? 0) + 1);
    }
  }
  const refused = reasons.values().reduce((sum, times) => sum + times, 0);
  return { seed, read, refused, frames, reasons, fault };
}

function faultOf({ bytes, ptsMicros, stream }: NutFrame): string | null {
  if (bytes.length === 0 || bytes.length > MAX_FRAME_BYTES || bytes.byteOffset !== 0) {
    return `a frame of ${bytes.length} bytes at ${bytes.byteOffset}`;
  }
  return Number.isInteger(ptsMicros) && stream >= 0 ? null : `a frame of stream ${stream} at ${ptsMicros}`;
}

/** Headers are a small part of a stream, so half of the changes go there. */
function mutated(stream: Uint8Array, random: Random): Uint8Array {
  const headerBytes = 320;
  const bytes = stream.slice(0, random.oneIn(5) ? random.below(stream.length) + 1 : stream.length);
  for (let left = 1 + random.below(4); left > 0; left--) {
    const at = random.below(random.oneIn(2) ? Math.min(headerBytes, bytes.length) : bytes.length);
    bytes[at] = random.oneIn(2) ? random.pick(VALUES) : (bytes[at] as number) ^ (1 << random.below(8));
  }
  return bytes;
}
