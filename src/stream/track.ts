import type { Fault } from "../errors.ts";
import {
  type NewPacket,
  type Packet,
  RateMeter,
  type Rates,
  type Source,
  type SourceSink,
  type StreamDescription,
} from "../media.ts";
import { type Clock, type Ms, systemClock, type Timer } from "../time.ts";
import { RecentPackets } from "./recent-packets.ts";
import {
  type Subscriber,
  Subscription,
  type SubscriptionHost,
  type SubscriptionOptions,
  type ViewerKind,
  type ViewerStats,
} from "./subscription.ts";
import { statsOf, type TrackStats } from "./track-stats.ts";

/** How long a source goes on after its last viewer left, in ms, unless told: a reloaded page finds it running. */
const GRACE_MS = 5000;
/** How old a frame may be that is due, in ms, unless a subscription is told otherwise. */
const MAX_DELAY_MS = 250;

export interface TrackOptions {
  /** What the stream is called. */
  readonly name: string;
  /** Keep the source running even when nobody watches. */
  readonly alwaysOn?: boolean;
  /** How long the source goes on after its last viewer left, in ms; 5000 unless told. */
  readonly graceMs?: number;
  /** Told when a viewer comes and goes; `reason` says why it went. */
  readonly onViewer?: (event: "joined" | "left", subscription: Subscription) => void;
  /** Told when the source is over for good. */
  readonly onEnd?: (why: Fault) => void;
  readonly clock?: Clock;
}

/**
 * Holds what is current of one stream, and starts its source for the first viewer. A JPEG is kept until the next one
 * comes, H.264 for a moment longer since frames build on each other; there is no queue per viewer.
 */
export class Track implements SourceSink {
  readonly #options: TrackOptions;
  readonly #clock: Clock;
  readonly #subscriptions = new Set<Subscription>();
  readonly #renditions: Track[] = [];
  readonly #recent = new RecentPackets();
  readonly #host: SubscriptionHost;
  #parent: Track | null = null;
  readonly #meter = new RateMeter();
  #source: Source | undefined;
  #isStarted = false;
  #isEnded = false;
  /** Why the source has nothing more, ever. */
  #endedFor: Fault | null = null;
  #graceTimer: Timer | undefined;
  #newestAt: Ms = 0;
  #lastSequence = 0;
  #departedDropped = 0;
  /** Subscriptions of viewers. */
  #counted = 0;
  #description: StreamDescription;
  #failedSince: Ms | null = null;

  constructor(options: TrackOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#description = {
      name: options.name,
      state: "idle",
      codec: null,
      width: null,
      height: null,
      error: null,
      restarts: 0,
      hops: 0,
    };
    const description = () => this.#description;
    this.#host = {
      clock: this.#clock,
      recent: this.#recent,
      get description() {
        return description();
      },
      enter: (subscription) => this.#enter(subscription),
      leave: (subscription, isMoving) => this.#leave(subscription, isMoving),
    };
  }

  /** Gives the track its source. Called once, before the first subscription. */
  attach(source: Source): void {
    this.#source = source;
    this.describe({ codec: source.codec });
    if (this.#options.alwaysOn || source.alwaysOn) {
      this.#startSource();
    }
  }

  /**
   * Gives a viewer its subscription, and starts the source if it is the first.
   * @param options.maxDelayMs how old a frame may be that it is given; 250 unless told
   * @param options.name what it calls itself
   */
  subscribe(
    kind: ViewerKind,
    address: string | null,
    listener: Subscriber,
    { maxDelayMs = MAX_DELAY_MS, name = null }: Partial<Pick<SubscriptionOptions, "maxDelayMs" | "name">> = {},
  ): Subscription {
    const subscription = new Subscription({ kind, address, maxDelayMs, name }, listener, this.#host);
    this.#options.onViewer?.("joined", subscription);
    const why = this.#endedFor;
    if (why !== null) {
      // Once whoever asks for the subscription has it.
      queueMicrotask(() => this.#subscriptions.has(subscription) && listener.ended(why));
    }
    return subscription;
  }

  /** Takes over the subscription of a viewer of another variant: it stays the same viewer. */
  adopt(subscription: Subscription): void {
    subscription.moveTo(this.#host);
  }

  frame(frame: NewPacket): void {
    this.#lastSequence += 1;
    const numbered = { ...frame, sequence: this.#lastSequence };
    this.#newestAt = this.#clock.now();
    this.#recent.add(numbered, this.#description.codec !== "h264", this.#newestAt);
    this.#meter.add(frame.bytes.length, this.#newestAt);
    for (const subscription of this.#subscriptions) {
      subscription.listener.packetReady();
    }
  }

  describe(change: Partial<StreamDescription>): void {
    const next = { ...this.#description, ...change };
    const isSame = Object.entries(change).every(
      ([key, value]) => this.#description[key as keyof typeof next] === value,
    );
    if (isSame) {
      return;
    }
    const hasStopped = next.state !== "live" && this.#description.state === "live";
    const isAnother = next.codec !== this.#description.codec;
    if (next.state === "failed") {
      this.#failedSince ??= this.#clock.now();
    } else if (next.state !== "starting") {
      // Another try is no recovery: only a frame is.
      this.#failedSince = null;
    }
    this.#description = next;
    if (hasStopped || isAnother) {
      // One who joins now must not be shown an earlier picture, nor one in another codec than is said.
      this.#recent.clear();
    }
    for (const subscription of this.#subscriptions) {
      subscription.listener.described(next);
    }
  }

  ended(why: Fault): void {
    this.#isEnded = true;
    this.#endedFor = why;
    this.describe({ state: "failed", error: why });
    for (const subscription of [...this.#subscriptions]) {
      subscription.listener.ended(why);
    }
    this.#options.onEnd?.(why);
  }

  get newest(): Packet | null {
    return this.#recent.newest;
  }

  /** How long ago the newest frame came, in ms; infinite before the first. */
  get newestAgeMs(): number {
    return this.newest === null ? Number.POSITIVE_INFINITY : this.#clock.now() - this.#newestAt;
  }

  get description(): StreamDescription {
    return this.#description;
  }

  /** How long the source has been without a picture although one is wanted, in ms; 0 when all is well or idle. */
  get failedMs(): number {
    return this.#failedSince === null ? 0 : this.#clock.now() - this.#failedSince;
  }

  /** Frames that the source gave so far. */
  get frameCount(): number {
    return this.#lastSequence;
  }

  /** Frames and bits that the source gave in the last second. */
  rates(nowMs: number): Rates {
    return this.#meter.rates(nowMs);
  }

  /** A variant of this stream: its viewers count as ours, and keep our source running. */
  addRendition(track: Track): void {
    this.#renditions.push(track);
    track.#parent = this;
  }

  /** How many watch, in whatever variant. */
  get viewerCount(): number {
    return this.#renditions.reduce((sum, rendition) => sum + rendition.viewerCount, this.#counted);
  }

  /** Everybody who watches, in whatever variant. */
  viewers(): ViewerStats[] {
    const own = [...this.#subscriptions].filter(isCounted).map((subscription) => subscription.stats());
    return [...own, ...this.#renditions.flatMap((rendition) => rendition.viewers())];
  }

  stats(): TrackStats {
    return statsOf(this.#description, this.#meter.rates(this.#clock.now()), this.viewers(), this.#droppedBefore());
  }

  /** Stops the source for good; settles when nothing of it is left running. */
  async close(): Promise<void> {
    this.#stopWaiting();
    this.#isEnded = true;
    await this.#source?.stop();
  }

  /** Frames that viewers who have left since did not get. */
  #droppedBefore(): number {
    return this.#renditions.reduce((sum, rendition) => sum + rendition.#droppedBefore(), this.#departedDropped);
  }

  #enter(subscription: Subscription): void {
    this.#subscriptions.add(subscription);
    this.#counted += isCounted(subscription) ? 1 : 0;
    this.#wake();
  }

  #leave(subscription: Subscription, isMoving: boolean): void {
    if (!this.#subscriptions.delete(subscription)) {
      return;
    }
    this.#counted -= isCounted(subscription) ? 1 : 0;
    if (!isMoving) {
      if (isCounted(subscription)) {
        this.#departedDropped += subscription.dropped;
      }
      this.#options.onViewer?.("left", subscription);
    }
    this.#restUnlessWanted();
  }

  /** Somebody wants frames: those whom ours are made of have to run as well. */
  #wake(): void {
    const parent = this.#parent;
    if (parent !== null) {
      parent.#wake();
    }
    this.#stopWaiting();
    this.#startSource();
  }

  #isWanted(): boolean {
    return (
      [...this.#subscriptions].some(({ kind }) => kind !== "rendition") ||
      this.#renditions.some((rendition) => rendition.#isWanted())
    );
  }

  /** Stops the source after a while, and those whom its frames are made of with it. */
  #restUnlessWanted(): void {
    const parent = this.#parent;
    if (parent !== null) {
      parent.#restUnlessWanted();
    }
    if (this.#options.alwaysOn || this.#source?.alwaysOn !== false || this.#isWanted()) {
      return;
    }
    this.#graceTimer ??= this.#clock.after(this.#options.graceMs ?? GRACE_MS, () => void this.#stopSource());
  }

  #startSource(): void {
    if (this.#isStarted || this.#isEnded || this.#source === undefined) {
      return;
    }
    this.#isStarted = true;
    this.#source.start(this);
  }

  #stopWaiting(): void {
    this.#graceTimer?.[Symbol.dispose]();
    this.#graceTimer = undefined;
  }

  async #stopSource(): Promise<void> {
    this.#stopWaiting();
    this.#isStarted = false;
    await this.#source?.stop();
    if (!this.#isStarted) {
      this.describe({ state: "idle", error: null });
    }
  }
}

function isCounted({ kind }: Subscription): boolean {
  return kind !== "local" && kind !== "rendition";
}
