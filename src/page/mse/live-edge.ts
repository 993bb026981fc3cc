/** Jitter is measured over this span, in ms. */
const SPAN_MS = 4000;
/**
 * This share of frames must be there when they are due: where a late frame is shown when it comes, and where the player was
 * seen to halt for one.
 */
const IN_TIME = 0.75;
const IN_TIME_CAUTIOUS = 0.95;
/** What a browser that halts needs to decode and show a frame that has come, in ms. */
const MARGIN_MS = 8;
/** No more delay than this is added against jitter, in ms. */
const MAX_JITTER_MS = 150;
/**
 * A player that halted stays this much later, in ms, at most this much in all; what it got is given back this fast, in ms a
 * minute. Halts in its first moments, or when nothing came for this long, in ms, say nothing.
 */
const HALT_MS = 8;
const MAX_HALTS_MS = 32;
const GIVEN_BACK_MS = 0.5;
const BEGINNING_MS = 1500;
const PAUSE_MS = 1000;
/** A player that is farther than this behind where it should be does not run there, it jumps; in s. It never jumps back. */
const JUMP_SECONDS = 0.4;
/** Closer than this is well enough, in s. */
const NEAR_SECONDS = 0.006;
/** How fast it runs: this many times the distance in seconds, more when it is far behind; no slower than this. */
const GAIN = 4;
const FAR_SECONDS = 0.05;
const FAR_GAIN = 12;
const SLOWEST = 0.85;

/** What the player must do to be where it should. */
export type Move =
  | { readonly kind: "run"; readonly rate: number }
  // To this time, ms.
  | { readonly kind: "jump"; readonly toMs: number };

/**
 * Where the playhead must be so that it is as late as the network's jitter demands, and no later. Pure: times are
 * given to it.
 */
export class LiveEdge {
  #samples: { readonly atMs: number; readonly delayMs: number }[] = [];
  /** Of the newest frame: where the player should be for it less when it was captured, ms. */
  #shiftMs = 0;
  #newestMs = 0;
  #beganAtMs: number | null = null;
  #haltsMs = 0;
  #haltedAtMs = 0;

  /** Frames of another sender follow, with another clock. */
  restart(): void {
    this.#samples = [];
    this.#beganAtMs = null;
    this.#haltsMs = 0;
  }

  /** The player had nothing to show. @param atMs now */
  halted(atMs: number): void {
    const newest = this.#samples.at(-1);
    const isPause = newest === undefined || atMs - newest.atMs > PAUSE_MS;
    if (this.#beganAtMs !== null && atMs - this.#beganAtMs > BEGINNING_MS && !isPause) {
      this.#haltsMs = Math.min(MAX_HALTS_MS, this.#againstHalts(atMs) + HALT_MS);
      this.#haltedAtMs = atMs;
    }
  }

  /**
   * A frame arrived.
   * @param atMs now
   * @param sentMs when it was captured, on the sender's clock
   * @param filmMs where the player should be for it (`Place.dueMicros`)
   */
  add(atMs: number, sentMs: number, filmMs: number): void {
    this.#beganAtMs ??= atMs;
    this.#samples.push({ atMs, delayMs: atMs - sentMs });
    this.#samples = this.#samples.filter((sample) => atMs - sample.atMs <= SPAN_MS);
    this.#shiftMs = filmMs - sentMs;
    this.#newestMs = filmMs;
  }

  /** How much of the delay is there against jitter, in ms. */
  get targetMs(): number {
    return this.#spread().targetMs;
  }

  /**
   * Where the playhead must be now, in ms on the timeline: past the newest frame when the next one is late, where the player's
   * clock runs on. Null while nothing is known.
   */
  wantedMs(nowMs: number): number | null {
    if (this.#samples.length === 0) {
      return null;
    }
    const { leastMs, targetMs } = this.#spread();
    return nowMs - leastMs - targetMs + this.#shiftMs;
  }

  /** How a player that is at `playedMs` gets there. */
  move(nowMs: number, playedMs: number): Move {
    const wantedMs = this.wantedMs(nowMs);
    const distance = wantedMs === null ? 0 : (wantedMs - playedMs) / 1000;
    if (wantedMs !== null && distance > JUMP_SECONDS && this.#newestMs > playedMs) {
      return { kind: "jump", toMs: Math.min(wantedMs, this.#newestMs) };
    }
    const gain = distance > FAR_SECONDS ? FAR_GAIN : GAIN;
    const rate = Math.abs(distance) < NEAR_SECONDS ? 1 : 1 + gain * distance;
    return { kind: "run", rate: Math.max(SLOWEST, rate) };
  }

  #againstHalts(nowMs: number): number {
    return Math.max(0, this.#haltsMs - ((nowMs - this.#haltedAtMs) / 60_000) * GIVEN_BACK_MS);
  }

  #spread(): { readonly leastMs: number; readonly targetMs: number } {
    const sorted = this.#samples.map(({ delayMs }) => delayMs).sort((one, other) => one - other);
    const leastMs = sorted[0] ?? 0;
    const haltsMs = this.#againstHalts(this.#samples.at(-1)?.atMs ?? 0);
    const [inTime, marginMs] = haltsMs > 0 ? [IN_TIME_CAUTIOUS, MARGIN_MS + haltsMs] : [IN_TIME, 0];
    // Of few, without the latest: the first frame waited for us, not we for it.
    const lateMs = sorted[Math.floor(inTime * (sorted.length - 1))] ?? leastMs;
    return { leastMs, targetMs: Math.min(MAX_JITTER_MS, lateMs - leastMs) + marginMs };
  }
}
