import type { Fault } from "../errors.ts";
import { type Packet, RateMeter, type Rates, type StreamDescription } from "../media.ts";
import type { Clock, Micros, Ms } from "../time.ts";
import { round } from "../units.ts";
import type { RecentPackets } from "./recent-packets.ts";

/** How those are connected who count as viewers, as in `GET /state`. */
export const VIEWER_KINDS = [
  "lanvid",
  "page",
  "page-requests",
  "jpeg-stream",
  "mp4-stream",
  "snapshot",
  "classic",
] as const;

/**
 * How a viewer is connected. Two kinds are not counted: `local`, of this program itself, and `rendition`, which wants
 * frames only as long as somebody wants the rendition.
 */
export type ViewerKind = (typeof VIEWER_KINDS)[number] | "local" | "rendition";

/** One viewer's figures, as in `GET /state`. */
export interface ViewerStats {
  readonly id: number;
  readonly kind: ViewerKind;
  readonly codec: string | null;
  readonly fps: number;
  readonly mbps: number;
  readonly dropped: number;
  readonly delayMs: number | null;
  readonly connectedMs: number;
  readonly address: string | null;
  /** What it calls itself, for people: one line of harmless characters. Null where it has not said. */
  readonly name: string | null;
}

/** What a subscription tells its viewer. Called synchronously; must not block. */
export interface Subscriber {
  /** There is a newer frame than the last one taken. */
  packetReady(): void;
  described(description: StreamDescription): void;
  /** The stream is over for good. */
  ended(why: Fault): void;
}

export interface SubscriptionOptions {
  readonly kind: ViewerKind;
  readonly address: string | null;
  /** Older frames than this are not due, ms. */
  readonly maxDelayMs: number;
  /** See `ViewerStats`. */
  readonly name: string | null;
}

/** What is known of a viewer's link. */
export interface Pace {
  /** How much older than another a frame of this size may be when it is sent, ms. */
  slackMs(byteCount: number): number;
}

/** What a subscription knows of its track. */
export interface SubscriptionHost {
  readonly clock: Clock;
  readonly recent: RecentPackets;
  readonly description: StreamDescription;
  enter(subscription: Subscription): void;
  /** @param isMoving to another variant of the same stream: the viewer stays */
  leave(subscription: Subscription, isMoving: boolean): void;
}

let lastId = 0;

/**
 * What one viewer takes of a track. It holds no frames: a viewer that can take one asks for it. So a slow viewer sees fewer
 * frames, never old ones, and costs the others nothing.
 *
 * Of JPEG the newest frame is due. Of H.264, where frames build on each other, the next one in order, unless it is too
 * old: then the newest key frame, and until there is one, none. Whoever joins is first given the frames since the last
 * key frame, to decode.
 */
export class Subscription {
  readonly id: number;
  readonly kind: ViewerKind;
  readonly address: string | null;
  readonly name: string | null;
  readonly #maxDelayMicros: number;
  readonly #meter = new RateMeter();
  readonly #connectedAt: Ms;
  #host: SubscriptionHost;
  #isOpen = true;
  /** The number of the last frame taken; 0 for none yet. */
  #lastTaken = 0;
  /** What was taken so far was older than the newest: nothing was shown yet. */
  #isJoining = true;
  #dropped = 0;
  #delayMicros: Micros | null = null;

  /** Made by `Track.subscription`. */
  constructor(
    options: SubscriptionOptions,
    readonly listener: Subscriber,
    host: SubscriptionHost,
  ) {
    lastId += 1;
    this.id = lastId;
    this.kind = options.kind;
    this.address = options.address;
    this.name = options.name;
    this.#maxDelayMicros = options.maxDelayMs * 1000;
    this.#host = host;
    this.#connectedAt = host.clock.now();
    host.enter(this);
  }

  /**
   * The frame to send next, or null when none is due. Takes nothing.
   * @param pace where frames take their time to arrive
   */
  peek(pace: Pace | null = null): Packet | null {
    const { recent } = this.#host;
    const { newest, newestKey } = recent;
    if (newest === null || newest.sequence <= this.#lastTaken) {
      return null;
    }
    if (newest === newestKey) {
      return (this.#isJoining ? null : this.#inOrder(recent, pace)) ?? newest;
    }
    const isNewStart = newestKey !== null && newestKey.sequence > this.#lastTaken;
    if (this.#isJoining) {
      return isNewStart ? newestKey : this.#next(recent);
    }
    return this.#inOrder(recent, pace) ?? (isNewStart && this.#isInTime(newestKey, pace) ? newestKey : null);
  }

  /**
   * Is it only to be decoded, since a newer one is there to be shown? To be asked before it is taken. A second key frame
   * is shown: whoever needs so long to catch up never will.
   */
  isPreroll(frame: Packet): boolean {
    const isSecondStart = frame.isKey && this.#lastTaken > 0;
    return frame.isPreroll === true || (this.#isJoining && frame !== this.#host.recent.newest && !isSecondStart);
  }

  /** The frame is on its way: those between it and the one before it count as dropped. */
  take(frame: Packet, nowMs = this.#host.clock.now()): void {
    const isPreroll = this.isPreroll(frame);
    if (this.#lastTaken > 0 && !this.#isJoining) {
      this.#dropped += frame.sequence - this.#lastTaken - 1;
    }
    this.#isJoining &&= isPreroll;
    this.#lastTaken = frame.sequence;
    this.#meter.add(frame.bytes.length, nowMs);
  }

  /** Goes on with another variant of the stream, as one who joins; it stays the same viewer. */
  moveTo(host: SubscriptionHost): void {
    if (!this.#isOpen) {
      return;
    }
    const old = this.#host;
    this.#host = host;
    this.#lastTaken = 0;
    this.#isJoining = true;
    host.enter(this);
    old.leave(this, true);
  }

  /** How old the viewer's newest frame was when it was shown, as far as that is known; µs. */
  reportDelay(delayMicros: Micros | null): void {
    this.#delayMicros = delayMicros;
  }

  get dropped(): number {
    return this.#dropped;
  }

  get description(): StreamDescription {
    return this.#host.description;
  }

  /** What was taken in the last second. */
  rates(nowMs: number): Rates {
    return this.#meter.rates(nowMs);
  }

  stats(): ViewerStats {
    const nowMs = this.#host.clock.now();
    const { fps, mbps } = this.rates(nowMs);
    return {
      id: this.id,
      kind: this.kind,
      codec: this.description.codec,
      fps: round(fps, 1),
      mbps: round(mbps, 3),
      dropped: this.#dropped,
      delayMs: this.#delayMicros === null ? null : round(this.#delayMicros / 1000, 1),
      connectedMs: Math.round(nowMs - this.#connectedAt),
      address: this.address,
      name: this.name,
    };
  }

  /** Leaves the track. Idempotent. */
  close(): void {
    if (this.#isOpen) {
      this.#isOpen = false;
      this.#host.leave(this, false);
    }
  }

  /** The one that follows the last one taken, if it is here and builds on that. */
  #next(recent: RecentPackets): Packet | null {
    return this.#lastTaken === 0 ? null : recent.at(this.#lastTaken + 1);
  }

  #inOrder(recent: RecentPackets, pace: Pace | null): Packet | null {
    const next = this.#next(recent);
    return next !== null && this.#isInTime(next, pace) ? next : null;
  }

  #isInTime({ capturedAt, bytes }: Packet, pace: Pace | null): boolean {
    const slackMicros = pace === null ? 0 : pace.slackMs(bytes.length) * 1000;
    return this.#host.clock.micros() - capturedAt <= this.#maxDelayMicros + slackMicros;
  }
}
