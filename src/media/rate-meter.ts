/** Frames and bits per second over the last ten whole slots, one second. */
export interface Rates {
  readonly fps: number;
  readonly mbps: number;
}

const SLOT_MS = 100;
/** Whole slots that make a second, and the one that is being filled. */
const WHOLE_SLOTS = 10;
const SLOTS = WHOLE_SLOTS + 1;

/** Counts frames and bytes in slots of 100 ms, so that "the last second" is true at any moment. Fixed memory. */
export class RateMeter {
  /** Of each slot its frames and its bytes, side by side: thousands of these are written to for every frame. */
  readonly #slots = new Float64Array(2 * SLOTS);
  #slot = 0;
  totalFrames = 0;
  totalBytes = 0;

  /** @param nowMs any monotonic time in ms, the same for all calls */
  add(byteCount: number, nowMs: number): void {
    this.#advance(nowMs);
    const at = 2 * (this.#slot % SLOTS);
    this.#slots[at] = (this.#slots[at] as number) + 1;
    this.#slots[at + 1] = (this.#slots[at + 1] as number) + byteCount;
    this.totalFrames += 1;
    this.totalBytes += byteCount;
  }

  rates(nowMs: number): Rates {
    this.#advance(nowMs);
    const filling = this.#slot % SLOTS;
    let frames = 0;
    let bytes = 0;
    for (let slot = 0; slot < SLOTS; slot++) {
      if (slot !== filling) {
        frames += this.#slots[2 * slot] as number;
        bytes += this.#slots[2 * slot + 1] as number;
      }
    }
    const windowMs = WHOLE_SLOTS * SLOT_MS;
    return { fps: (frames * 1000) / windowMs, mbps: (bytes * 8) / windowMs / 1000 };
  }

  #advance(nowMs: number): void {
    const slot = Math.floor(nowMs / SLOT_MS);
    const from = Math.max(this.#slot + 1, slot - SLOTS + 1);
    for (let cleared = from; cleared <= slot; cleared++) {
      this.#slots.fill(0, 2 * (cleared % SLOTS), 2 * (cleared % SLOTS) + 2);
    }
    this.#slot = Math.max(this.#slot, slot);
  }
}
