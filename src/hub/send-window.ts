/** More frames than this are never under way to one viewer, however fast it is. */
const MAX_FRAMES_IN_FLIGHT = 4;
/** How much a new rate sample counts: slowing down is believed sooner than speeding up. */
const SLOWER_WEIGHT = 0.5;
const FASTER_WEIGHT = 0.25;
/** Of a frame much smaller than the largest of late, most of the time is not the link's: it tells how much that is. */
const LARGE = 0.5;
/** The least time of small frames is forgotten by this much with each: it may have grown. */
const BASE_WEIGHT = 0.05;
/** What clocks can tell apart, ms. */
const LEAST_MS = 0.1;
/** How fast the largest frame is forgotten, per frame: a key frame counts until some have followed. */
const FORGET = 0.99;

interface SentFrame {
  readonly sequence: number;
  readonly byteCount: number;
  /** Bytes that had been acknowledged when this frame was sent. */
  readonly settledBefore: number;
  /** When the interval of this frame's rate sample begins, ms. */
  readonly since: number;
  /** Nothing else was under way: all of the way and the showing is in its time. */
  readonly wasAlone: boolean;
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
  #largestBytes = 0;
  #linkBytesPerMs = 0;
  /** A small frame's time, the least of late, and its bytes: what takes time beside the link. */
  #baseMs = Number.POSITIVE_INFINITY;
  #baseBytes = 0;

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

  /**
   * How much later than another may be sent, in ms, a frame of this size that is to arrive no later than the largest of
   * late that is sent just in time; less than 0 when it takes longer, with what is in flight before it. 0 as long as
   * the link isn't known.
   */
  slackMs(byteCount: number): number {
    if (this.#linkBytesPerMs === 0) {
      return 0;
    }
    return (Math.max(this.#largestBytes, byteCount) - this.#bytesInFlight - byteCount) / this.#linkBytesPerMs;
  }

  /** Everything was acknowledged. */
  get isEmpty(): boolean {
    return this.#inFlight.length === 0;
  }

  /**
   * Mbit/s at which the link carried large frames, beyond the time that small ones take as well; it may carry more. Null
   * before the first.
   */
  get linkMbps(): number | null {
    return this.#linkBytesPerMs === 0 ? null : (this.#linkBytesPerMs * 8) / 1000;
  }

  /** Another form of the stream: sequences and sizes begin anew. Only when nothing is under way. */
  restart(): void {
    this.#lastSettled = 0;
    this.#largestBytes = 0;
  }

  sent(sequence: number, byteCount: number, nowMs: number): void {
    const wasAlone = this.#inFlight.length === 0;
    if (wasAlone) {
      // The time in which nothing was under way says nothing about the rate.
      this.#settledAt = nowMs;
    }
    this.#largestBytes = Math.max(byteCount, this.#largestBytes * FORGET);
    this.#inFlight.push({
      sequence,
      byteCount,
      settledBefore: this.#settledBytes,
      since: this.#settledAt,
      wasAlone,
    });
    this.#bytesInFlight += byteCount;
  }

  /**
   * Settles the frame and all before it. An acknowledgement that was already given is ignored.
   * @returns false if that frame was never sent: the peer is broken
   */
  acknowledge(sequence: number, nowMs: number): boolean {
    if (sequence > this.#lastSettled && !this.#isInFlight(sequence)) {
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
      const bytes = this.#settledBytes - last.settledBefore;
      const ms = nowMs - last.since;
      this.#bytesPerMs = approach(this.#bytesPerMs, bytes / Math.max(LEAST_MS, ms));
      this.#measureLink(last, bytes, ms);
    }
    return true;
  }

  /** Without a closure: there is an acknowledgement for every frame and viewer. */
  #isInFlight(sequence: number): boolean {
    for (const frame of this.#inFlight) {
      if (frame.sequence === sequence) {
        return true;
      }
    }
    return false;
  }

  #measureLink({ byteCount, wasAlone }: SentFrame, bytes: number, ms: number): void {
    const [baseMs, baseBytes] = [this.#baseMs, this.#baseBytes];
    if (byteCount < LARGE * this.#largestBytes) {
      if (wasAlone && ms < baseMs) {
        this.#baseMs = ms;
        this.#baseBytes = bytes;
      } else if (wasAlone) {
        this.#baseMs += (ms - baseMs) * BASE_WEIGHT;
      }
      return;
    }
    const hasBase = wasAlone && baseMs < ms && baseBytes < bytes;
    const sample = hasBase ? (bytes - baseBytes) / Math.max(LEAST_MS, ms - baseMs) : bytes / Math.max(LEAST_MS, ms);
    this.#linkBytesPerMs = approach(this.#linkBytesPerMs, sample);
  }
}

/** Slower at once, faster by and by. */
function approach(known: number, sample: number): number {
  if (known === 0) {
    return sample;
  }
  return known + (sample - known) * (sample < known ? SLOWER_WEIGHT : FASTER_WEIGHT);
}
