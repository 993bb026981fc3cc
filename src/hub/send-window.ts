/** More frames than this are never under way to one viewer, however fast it is. */
const MAX_FRAMES_IN_FLIGHT = 4;
/** How much a new rate sample counts: slowing down is believed sooner than speeding up. */
const SLOWER_WEIGHT = 0.5;
const FASTER_WEIGHT = 0.25;

interface SentFrame {
  readonly sequence: number;
  readonly byteCount: number;
  /** Bytes that had been acknowledged when this frame was sent. */
  readonly settledBefore: number;
  /** When the interval of this frame's rate sample begins, ms. */
  readonly since: number;
}

/**
 * Says when a viewer can take another frame, end to end, by what it acknowledged. The kernel's buffers are no guide:
 * they alone hold seconds of video.
 *
 * One frame may always be under way; more only as long as all of them, at the rate measured from acknowledgements,
 * arrive within half of the delay that is allowed.
 */
export class SendWindow {
  readonly #budgetMs: number;
  readonly #inFlight: SentFrame[] = [];
  #bytesInFlight = 0;
  #settledBytes = 0;
  /** When something was settled last, or since then the first frame was sent with none under way; ms. */
  #settledAt = 0;
  #lastSettled = 0;
  #bytesPerMs = 0;

  /** @param maxDelayMs the delay that the viewer is promised at most */
  constructor(maxDelayMs: number) {
    this.#budgetMs = maxDelayMs / 2;
  }

  /** May a frame of this size be sent now? */
  admits(byteCount: number): boolean {
    if (this.#inFlight.length === 0) {
      return true;
    }
    if (this.#inFlight.length >= MAX_FRAMES_IN_FLIGHT || this.#bytesPerMs === 0) {
      return false;
    }
    return (this.#bytesInFlight + byteCount) / this.#bytesPerMs <= this.#budgetMs;
  }

  sent(sequence: number, byteCount: number, nowMs: number): void {
    if (this.#inFlight.length === 0) {
      // The time in which nothing was under way says nothing about the rate.
      this.#settledAt = nowMs;
    }
    this.#inFlight.push({ sequence, byteCount, settledBefore: this.#settledBytes, since: this.#settledAt });
    this.#bytesInFlight += byteCount;
  }

  /**
   * Settles the frame and all before it. An acknowledgement that was already given is ignored.
   * @returns false if that frame was never sent: the peer is broken
   */
  acknowledge(sequence: number, nowMs: number): boolean {
    if (sequence > this.#lastSettled && !this.#inFlight.some((frame) => frame.sequence === sequence)) {
      return false;
    }
    let last: SentFrame | undefined;
    while (this.#inFlight[0] !== undefined && this.#inFlight[0].sequence <= sequence) {
      last = this.#inFlight.shift() as SentFrame;
      this.#settledBytes += last.byteCount;
      this.#bytesInFlight -= last.byteCount;
      this.#lastSettled = last.sequence;
    }
    if (last) {
      this.#settledAt = nowMs;
      this.#sample((this.#settledBytes - last.settledBefore) / Math.max(0.1, nowMs - last.since));
    }
    return true;
  }

  #sample(bytesPerMs: number): void {
    if (this.#bytesPerMs === 0) {
      this.#bytesPerMs = bytesPerMs;
      return;
    }
    const weight = bytesPerMs < this.#bytesPerMs ? SLOWER_WEIGHT : FASTER_WEIGHT;
    this.#bytesPerMs += (bytesPerMs - this.#bytesPerMs) * weight;
  }
}
