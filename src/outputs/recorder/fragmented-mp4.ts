import { Fmp4Muxer, type Fmp4Sample, type H264Parameters } from "../../media.ts";
import { MIB } from "../../units.ts";
import type { Container, Patch } from "./container.ts";

/** A fragment begins with a key frame that comes this long after its first one, or with any frame after the longer time. */
const MIN_FRAGMENT_MICROS = 200_000;
const MAX_FRAGMENT_MICROS = 500_000;
/** Or with any frame after this many bytes: how much time passes between frames is for their sender to say. */
const MAX_FRAGMENT_BYTES = 8 * MIB;
/** How long the last frame of a fragment is shown at most, where it is not known; µs. */
const MAX_STEP_MICROS = 100_000;

/** H.264 as fragmented MP4: half a second at a time, or 8 MiB, is held back, then written whole. */
export class FragmentedMp4 implements Container {
  readonly holdsOneSize = true;
  readonly #muxer = new Fmp4Muxer();
  /** What is written before the first fragment. */
  #head: readonly Uint8Array[] = [];
  #held: Fmp4Sample[] = [];
  #heldBytes = 0;

  begin(parameters: H264Parameters): void {
    this.#head = [this.#muxer.init(parameters)];
  }

  add(frame: Fmp4Sample): Uint8Array[] {
    const heldMicros = frame.timeMicros - (this.#held[0]?.timeMicros ?? frame.timeMicros);
    const isDue = heldMicros >= (frame.isKey ? MIN_FRAGMENT_MICROS : MAX_FRAGMENT_MICROS);
    const isFull = this.#held.length > 0 && this.#heldBytes + frame.bytes.length > MAX_FRAGMENT_BYTES;
    const parts = isDue || isFull ? this.#fragment(frame.timeMicros) : [];
    this.#held.push(frame);
    this.#heldBytes += frame.bytes.length;
    return parts;
  }

  flush(): Uint8Array[] {
    const [before, last] = this.#held.slice(-2).map(({ timeMicros }) => timeMicros);
    if (before === undefined) {
      return [];
    }
    const stepMicros = last === undefined ? MAX_STEP_MICROS : Math.min(MAX_STEP_MICROS, last - before);
    return this.#fragment((last ?? before) + stepMicros);
  }

  finish(): { readonly tail: Uint8Array[]; readonly patches: readonly Patch[] } {
    return { tail: [], patches: [] };
  }

  #fragment(endMicros: number): Uint8Array[] {
    const samples = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    const fragment = this.#muxer.fragment(samples, endMicros - (samples.at(-1)?.timeMicros ?? endMicros));
    // The head does not play alone: they are written as one.
    const parts = [Buffer.concat([...this.#head, fragment])];
    this.#head = [];
    return parts;
  }
}
