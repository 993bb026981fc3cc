import type { Ms } from "../time.ts";
import { KIB, MIB } from "../units.ts";

/** Far more than are there within the delays of this program: two seconds of 240 a second. */
const MAX_FRAMES = 512;
const MAX_BYTES = 16 * MIB;
/** What a frame takes beside its bytes, by and large. */
const OVERHEAD_BYTES = KIB;

/** Frames that wait or are kept, the oldest first: bounded in number and in bytes, whatever their sender claims of them. */
export class PacketQueue<F extends { readonly bytes: Uint8Array }> {
  #frames: F[] = [];
  /** When each was added. */
  #addedAt: Ms[] = [];
  #bytes = 0;

  get length(): number {
    return this.#frames.length;
  }

  get oldest(): F | undefined {
    return this.#frames[0];
  }

  get newest(): F | undefined {
    return this.#frames.at(-1);
  }

  /** The frame at this index, from 0 for the oldest. */
  at(index: number): F | undefined {
    return this.#frames[index];
  }

  /** One more fits. Whoever builds frames on each other and can't have the next one has no use for the others. */
  hasRoomFor({ bytes }: F): boolean {
    return this.#frames.length < MAX_FRAMES && this.#bytes + bytes.length + OVERHEAD_BYTES <= MAX_BYTES;
  }

  /** Keeps the frame, whether there is room or not. @param addedAt matters to `dropOld` alone: on the clock that it is given */
  add(frame: F, addedAt: Ms = 0): void {
    this.#frames.push(frame);
    this.#addedAt.push(addedAt);
    this.#bytes += frame.bytes.length + OVERHEAD_BYTES;
  }

  /** Takes the oldest one out. */
  shift(): F | undefined {
    const frame = this.#frames.shift();
    if (frame !== undefined) {
      this.#addedAt.shift();
      this.#bytes -= frame.bytes.length + OVERHEAD_BYTES;
    }
    return frame;
  }

  /**
   * Takes out what is more than there is room for, or was added longer than `maxAgeMs` ago; never the newest.
   * @returns how many that were
   */
  dropOld(nowMs: number, maxAgeMs: number): number {
    let count = 0;
    let bytes = this.#bytes;
    for (const { bytes: own } of this.#frames) {
      const rest = this.#frames.length - count;
      const isKept = rest <= MAX_FRAMES && bytes <= MAX_BYTES && nowMs - (this.#addedAt[count] ?? nowMs) <= maxAgeMs;
      if (isKept || rest === 1) {
        break;
      }
      bytes -= own.length + OVERHEAD_BYTES;
      count += 1;
    }
    if (count > 0) {
      this.#frames.splice(0, count);
      this.#addedAt.splice(0, count);
      this.#bytes = bytes;
    }
    return count;
  }

  /** Takes all of them out. */
  clear(): readonly F[] {
    const frames = this.#frames;
    this.#frames = [];
    this.#addedAt = [];
    this.#bytes = 0;
    return frames;
  }
}
