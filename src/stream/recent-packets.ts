import { type Packet, PacketQueue } from "../media.ts";
import type { Ms } from "../time.ts";

/** Two key intervals at the slowest, by our own clock: a source's times may stand still; ms. */
const MAX_AGE_MS = 2000;

/**
 * The last frames of a stream in which frames build on each other, for viewers who go in order and decoders that join:
 * those of 2 s, as far as a `PacketQueue` has room. A stream of key frames alone (JPEG) needs none but the newest, and keeps
 * no more.
 */
export class RecentPackets {
  readonly #frames = new PacketQueue<Packet>();
  /** The newest key frame's index in `#frames`, or -1. */
  #key = -1;

  get newest(): Packet | null {
    return this.#frames.newest ?? null;
  }

  /** The newest frame at which a decoder can begin, if all that follows it is here. */
  get newestKey(): Packet | null {
    return this.#frames.at(this.#key) ?? null;
  }

  /**
   * @param standsAlone nothing before it will be asked for, nor builds anything on it
   * @param cameAt on one clock for all
   */
  add(frame: Packet, standsAlone: boolean, cameAt: Ms): void {
    if (standsAlone) {
      this.clear();
    }
    this.#frames.add(frame, cameAt);
    if (frame.isKey) {
      this.#key = this.#frames.length - 1;
    }
    this.#key = Math.max(-1, this.#key - this.#frames.dropOld(cameAt, MAX_AGE_MS));
  }

  clear(): void {
    this.#frames.clear();
    this.#key = -1;
  }

  /** The frame with this number, or null when it is not here (any more). */
  at(sequence: number): Packet | null {
    const { oldest } = this.#frames;
    return oldest === undefined ? null : (this.#frames.at(sequence - oldest.sequence) ?? null);
  }
}
