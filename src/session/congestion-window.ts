import { RecentPeak } from "../media.ts";

/** More frames that are to be acknowledged are never under way to one viewer, however fast it is. */
const MAX_AWAITED = 4;
/** How much a new rate sample counts: slowing down is believed sooner than speeding up. */
const SLOWER_WEIGHT = 0.5;
const FASTER_WEIGHT = 0.25;
/** The least time of small frames is forgotten by this much with each: it may have grown. */
const BASE_WEIGHT = 0.05;
/** What clocks can tell apart, ms. */
const LEAST_MS = 0.1;

/**
 * At most this many frames in a row need not be acknowledged, and only while all that is in flight takes no longer than this
 * at the link's rate, ms: with thousands of viewers, reading acknowledgements is much of the work.
 */
const MAX_UNASKED = 2;
const QUICK_MS = 20;
/** For a large frame, an acknowledgement is overdue that takes so many times as long as expected, and so much more, ms. */
const OVERDUE_FACTOR = 2;
const OVERDUE_MS = 30;

interface SentFrame {
  readonly sequence: number;
  readonly byteCount: number;
  readonly sentAt: number;
  readonly wantsAck: boolean;
  /** No acknowledgement was awaited: all of the way and the showing is in its time. */
  readonly wasAlone: boolean;
}

/**
 * Says when a viewer can take another frame, end to end, by what it acknowledged. The kernel's buffers are no guide:
 * they alone hold seconds of video.
 *
 * One frame that is to be acknowledged may always be under way; more only as long as all of them, at the rate measured
 * from acknowledgements, arrive within half of the delay that is allowed, and no acknowledgement is overdue: a link that
 * suddenly is much slower must not have more than needed on it.
 */
export class CongestionWindow {
  readonly #budgetMs: number;
  readonly #marginMs: number;
  readonly #inFlight: SentFrame[] = [];
  #bytesInFlight = 0;
  /** Of the frames under way, those that are to be acknowledged; and how many of the newest are not. */
  #awaited = 0;
  #unasked = 0;
  /** When something was settled last, ms. */
  #settledAt = Number.NEGATIVE_INFINITY;
  #lastSettled = 0;
  #bytesPerMs = 0;
  /** A small frame tells how much of the time is not the link's. */
  readonly #largest = new RecentPeak();
  #linkBytesPerMs = 0;
  /** A small frame's time, the least recent one, and its bytes: what takes time beside the link. */
  #baseMs = Number.POSITIVE_INFINITY;
  #baseBytes = 0;

  /** @param maxDelayMs the delay that the viewer is promised at most */
  constructor(maxDelayMs: number) {
    this.#budgetMs = maxDelayMs / 2;
    this.#marginMs = maxDelayMs / 10;
  }

  /** May a frame of this size be sent now? */
  admits(byteCount: number, nowMs: number): boolean {
    if (this.#awaited === 0) {
      return true;
    }
    if (this.#awaited >= MAX_AWAITED || this.#bytesPerMs === 0) {
      return false;
    }
    const isLarge = this.#largest.isLarge(byteCount);
    // Of small frames, most of the time is not the link's.
    const bytesPerMs = isLarge ? this.#bytesPerMs : Math.max(this.#bytesPerMs, this.#linkBytesPerMs);
    const arriveMs = (this.#bytesInFlight + byteCount) / bytesPerMs;
    return arriveMs <= this.#budgetMs && !this.#isOverdue(nowMs, isLarge);
  }

  /**
   * How much later than another may be sent, in ms, a frame of this size that is to arrive no later than the largest of
   * late that is sent just in time; less than 0 when it takes longer, with what is in flight before it. A tenth of the
   * promised delay is left, since the receiver drops what is a little too late. 0 as long as the link isn't known.
   */
  slackMs(byteCount: number): number {
    if (this.#linkBytesPerMs === 0) {
      return 0;
    }
    const bytes = Math.max(this.#largest.byteCount, byteCount) - this.#bytesInFlight - byteCount;
    return bytes / this.#linkBytesPerMs - this.#marginMs;
  }

  /** Of all frames that were written and not yet settled by an acknowledgement, also of those that need none. */
  get bytesInFlight(): number {
    return this.#bytesInFlight;
  }

  /** Everything was acknowledged that is to be. */
  get isEmpty(): boolean {
    return this.#awaited === 0;
  }

  /** Must the next frame, of this size, be acknowledged? Not each one where the link has plenty of room. */
  wantsAck(byteCount: number): boolean {
    const isMeasure = this.#largest.isLarge(byteCount) || this.#linkBytesPerMs === 0;
    return (
      isMeasure || this.#unasked >= MAX_UNASKED || (this.#bytesInFlight + byteCount) / this.#linkBytesPerMs > QUICK_MS
    );
  }

  /**
   * Mbit/s at which the link carried large frames, beyond the time that small ones take as well; it may carry more. Null
   * before the first.
   */
  get linkMbps(): number | null {
    return this.#linkBytesPerMs === 0 ? null : (this.#linkBytesPerMs * 8) / 1000;
  }

  /**
   * Another variant of the stream: sequences and sizes begin anew. Only when nothing is to be acknowledged any more, and
   * nothing waits to be written: those in flight are forgotten.
   */
  restart(): void {
    this.#inFlight.length = 0;
    this.#bytesInFlight = 0;
    this.#unasked = 0;
    this.#lastSettled = 0;
    this.#largest.forget();
  }

  /** A frame was written. @param wantsAck what `wantsAck` said of it */
  sent(sequence: number, byteCount: number, nowMs: number, wantsAck = true): void {
    this.#largest.add(byteCount);
    this.#inFlight.push({ sequence, byteCount, sentAt: nowMs, wantsAck, wasAlone: this.#awaited === 0 });
    this.#bytesInFlight += byteCount;
    this.#awaited += wantsAck ? 1 : 0;
    this.#unasked = wantsAck ? 0 : this.#unasked + 1;
  }

  /**
   * Settles the frame and all before it. An acknowledgement that was already given is ignored.
   * @returns false if that frame was never sent: the peer is broken
   */
  acknowledge(sequence: number, nowMs: number): boolean {
    const index = this.#indexOf(sequence);
    if (index < 0) {
      return sequence <= this.#lastSettled;
    }
    const last = this.#inFlight[index] as SentFrame;
    // All from any frame on came since that was sent, and since what was settled before: the fastest of these is the rate.
    let bytes = 0;
    let [bestBytes, bestMs] = [0, 1];
    for (let at = index; at >= 0; at--) {
      const { byteCount, sentAt, wantsAck } = this.#inFlight[at] as SentFrame;
      bytes += byteCount;
      this.#awaited -= wantsAck ? 1 : 0;
      const ms = Math.max(LEAST_MS, nowMs - Math.max(sentAt, this.#settledAt));
      if (bytes * bestMs > bestBytes * ms) {
        [bestBytes, bestMs] = [bytes, ms];
      }
    }
    this.#inFlight.splice(0, index + 1);
    this.#bytesInFlight -= bytes;
    this.#lastSettled = sequence;
    this.#settledAt = nowMs;
    this.#bytesPerMs = approach(this.#bytesPerMs, bestBytes / bestMs);
    this.#measureLink(last, bestBytes, bestMs);
    return true;
  }

  /** Should the first acknowledgement that is awaited have come long ago? A small frame adds little to what is behind it. */
  #isOverdue(nowMs: number, isLarge: boolean): boolean {
    let bytes = 0;
    for (const { byteCount, sentAt, wantsAck } of this.#inFlight) {
      bytes += byteCount;
      if (wantsAck) {
        const expectedMs = bytes / this.#bytesPerMs;
        const limitMs = isLarge ? OVERDUE_FACTOR * expectedMs + OVERDUE_MS : 2 * this.#budgetMs;
        return nowMs - Math.max(sentAt, this.#settledAt) > limitMs;
      }
    }
    return false;
  }

  /** Without a closure: there are acknowledgements of every viewer. */
  #indexOf(sequence: number): number {
    for (let at = 0; at < this.#inFlight.length; at++) {
      if (this.#inFlight[at]?.sequence === sequence) {
        return at;
      }
    }
    return -1;
  }

  #measureLink({ byteCount, wasAlone: wasSentAlone }: SentFrame, bytes: number, ms: number): void {
    const wasAlone = wasSentAlone && bytes === byteCount;
    const [baseMs, baseBytes] = [this.#baseMs, this.#baseBytes];
    if (!this.#largest.isLarge(byteCount)) {
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

/** Slower at once, faster little by little. */
function approach(known: number, sample: number): number {
  if (known === 0) {
    return sample;
  }
  return known + (sample - known) * (sample < known ? SLOWER_WEIGHT : FASTER_WEIGHT);
}
