import type { Fault } from "../errors.ts";
import type { Packet } from "../media.ts";
import type { Pace, Stream, Subscription, Track, Variant, ViewerKind } from "../stream.ts";
import type { Clock, Ms } from "../time.ts";
import type { StreamInfo } from "../wire.ts";
import { Ladder } from "./ladder.ts";

/** How often the ladder is asked, and how soon after a change: rates are those of the last second; ms. */
const LOOK_MS = 250;
const FIRST_LOOK_MS = 1200;
/** How soon after a variant could not be had, ms. */
const RETRY_MS = 5000;

export interface AdaptiveSubscriptionOptions {
  readonly kind: ViewerKind;
  readonly address: string | null;
  /** What the viewer calls itself; null where it has not said. */
  readonly name: string | null;
  readonly maxDelayMs: number;
  /** What the viewer can show. */
  readonly codecs: readonly string[];
  /** It may be given a lighter variant when its link can't carry this one. */
  readonly adapts: boolean;
  /** A frame may be due, or another variant be ready. */
  readonly onReady: () => void;
  /** `info` has changed. */
  readonly onDescribed: () => void;
  /** There is no variant that the viewer can show. */
  readonly onUnfit: (codec: string | null) => void;
  readonly onEnded: (why: Fault) => void;
  readonly clock: Clock;
}

/**
 * A viewer's subscription to the variant of a stream that it can show and its link can carry. Another variant is prepared
 * beside the one it has, and taken when the viewer has acknowledged all that it was sent.
 */
export class AdaptiveSubscription {
  readonly subscription: Subscription;
  readonly #stream: Stream;
  readonly #options: AdaptiveSubscriptionOptions;
  readonly #ladder = new Ladder();
  #variants: readonly Variant[] = [];
  /** Where the subscription is. */
  #track: Track;
  /** What the viewer gets; null as long as there is none that it can show. */
  #variant: Variant | null = null;
  #rendition = 0;
  /** The variant that is got ready, and the subscription that keeps it running. */
  #next: {
    readonly variant: Variant;
    readonly subscription: Subscription;
    readonly direction: "down" | "up" | "fit";
  } | null = null;
  #lookAt: Ms;

  constructor(stream: Stream, options: AdaptiveSubscriptionOptions) {
    this.#stream = stream;
    this.#options = options;
    const { kind, address, name, maxDelayMs, codecs, onReady, onEnded, clock } = options;
    this.#lookAt = clock.now() + FIRST_LOOK_MS;
    this.#variants = stream.variants(codecs) ?? [];
    this.#variant = this.#variants[0] ?? null;
    this.#track = this.#variant?.track ?? stream.original;
    const listener = { packetReady: onReady, described: () => this.#described(), ended: onEnded };
    this.subscription = this.#track.subscribe(kind, address, listener, { maxDelayMs, name });
  }

  /** What the viewer is told of the stream. */
  get info(): StreamInfo {
    const { name, hops, restarts } = this.#stream.original.description;
    const shared = { name, hops, restarts, rendition: this.#rendition };
    if (this.#variant === null) {
      const { state, error } = (this.#next?.variant.track ?? this.#track).description;
      const waiting = { codec: null, width: null, height: null, form: "original" } as const;
      return { ...shared, ...waiting, error: error?.forPeers ?? null, state: state === "live" ? "starting" : state };
    }
    const { state, error, codec, width, height } = this.#track.description;
    return { ...shared, state, error: error?.forPeers ?? null, codec, width, height, form: this.#variant.form };
  }

  /** The frame to send next; null when none is due, or the viewer is about to get another variant. */
  peek(pace: Pace): Packet | null {
    return this.#variant === null || this.isChanging ? null : this.subscription.peek(pace);
  }

  /** Another variant is ready: nothing more of this one is sent, and `change` is due when all is acknowledged. */
  get isChanging(): boolean {
    return this.#next !== null && this.#next.variant.track.newest !== null;
  }

  /** Goes on with the variant that is ready. */
  change(nowMs: number): void {
    const next = this.#next;
    if (next === null) {
      return;
    }
    this.#next = null;
    this.#variant = next.variant;
    this.#track = next.variant.track;
    this.#rendition += 1;
    this.#track.adopt(this.subscription);
    next.subscription.close();
    if (next.direction !== "fit") {
      this.#ladder.moved(next.direction, nowMs);
    }
    this.#lookAt = nowMs + FIRST_LOOK_MS;
  }

  /** Sees now and then whether the variant still suits: the viewer, and its link. @param linkMbps what it is known to carry */
  look(nowMs: number, linkMbps: number | null): void {
    if (nowMs < this.#lookAt) {
      return;
    }
    this.#lookAt = nowMs + LOOK_MS;
    // At another variant, nobody tells us what the original gives by now.
    this.#choose();
    if (this.#variant === null || this.#next !== null || !this.#options.adapts) {
      return;
    }
    const index = this.#variants.indexOf(this.#variant);
    const above = this.#variants[index - 1];
    const below = this.#variants[index + 1];
    if (above === undefined && below === undefined) {
      return;
    }
    const offered = this.#variant.track.rates(nowMs);
    const direction = this.#ladder.look({
      nowMs,
      offeredFps: offered.fps,
      takenFps: this.subscription.rates(nowMs).fps,
      linkMbps,
      mbps: offered.mbps,
      mbpsAbove: above === undefined ? null : mbpsOf(above.track, nowMs),
    });
    const variant = { down: below, up: above, stay: undefined }[direction];
    if (variant !== undefined && direction !== "stay") {
      this.#prepare(variant, direction);
    }
  }

  close(): void {
    this.#drop();
    this.subscription.close();
  }

  #described(): void {
    this.#choose();
    this.#options.onDescribed();
  }

  /** The source may say only now what it gives, or come back with something else. */
  #choose(): void {
    const variants = this.#stream.variants(this.#options.codecs);
    if (variants === null) {
      return;
    }
    this.#variants = variants;
    this.#variant = variants.find(({ track }) => track === this.#track) ?? null;
    const prepared = variants.find(({ track }) => track === this.#next?.variant.track);
    if (prepared === undefined || (this.#variant !== null && this.#next?.direction === "fit")) {
      this.#drop();
    }
    const [first] = variants;
    if (first === undefined) {
      this.#options.onUnfit(this.#stream.original.description.codec);
    } else if (this.#variant === null && this.#next === null) {
      this.#prepare(first, "fit");
    }
  }

  #prepare(variant: Variant, direction: "down" | "up" | "fit"): void {
    const listener = {
      packetReady: this.#options.onReady,
      described: ({ state }: { readonly state: string }) => {
        if (direction === "fit") {
          this.#options.onDescribed();
        } else if (state === "failed") {
          // It can't be had: the viewer keeps what it has.
          this.#drop();
          this.#lookAt = this.#options.clock.now() + RETRY_MS;
        }
      },
      ended: () => undefined,
    };
    this.#next = { variant, direction, subscription: variant.track.subscribe("local", null, listener) };
    if (direction !== "fit" && variant.track.description.state === "failed") {
      listener.described(variant.track.description);
    }
  }

  /** Nothing else is got ready any more. */
  #drop(): void {
    const next = this.#next;
    this.#next = null;
    next?.subscription.close();
  }
}

function mbpsOf(track: Track, nowMs: number): number | null {
  const { fps, mbps } = track.rates(nowMs);
  return fps > 0 ? mbps : null;
}
