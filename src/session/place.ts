import type { Fault } from "../errors.ts";
import { type Hub, Ladder, type Pace, type Rung, type Seat, type Stream, type ViewerKind } from "../hub.ts";
import type { Frame } from "../media.ts";
import type { Clock, Ms } from "../time.ts";
import type { StreamInfo } from "../wire.ts";

/** How often the ladder is asked, and how soon after a change: rates are those of the last second; ms. */
const LOOK_MS = 250;
const FIRST_LOOK_MS = 1200;
/** How soon after a form could not be had, ms. */
const RETRY_MS = 5000;

export interface PlaceOptions {
  readonly kind: ViewerKind;
  readonly address: string | null;
  /** What the viewer calls itself; null where it has not said. */
  readonly name: string | null;
  readonly maxDelayMs: number;
  /** What the viewer can show. */
  readonly codecs: readonly string[];
  /** It may be given a lighter form when its link can't carry this one. */
  readonly adapts: boolean;
  /** A frame may be due, or another form be ready. */
  readonly onReady: () => void;
  /** `info` has changed. */
  readonly onDescribed: () => void;
  /** There is no form that the viewer can show. */
  readonly onUnfit: (codec: string | null) => void;
  readonly onEnded: (why: Fault) => void;
  readonly clock: Clock;
}

/**
 * A viewer's place at a stream: a seat at the form that it can show and its link can carry. The change to another form
 * is prepared beside the one it has, and made when the viewer has settled all that it was sent.
 */
export class Place {
  readonly seat: Seat;
  readonly #stream: Stream;
  readonly #options: PlaceOptions;
  readonly #ladder = new Ladder();
  #rungs: readonly Rung[] = [];
  /** Where the seat is. */
  #hub: Hub;
  /** The form that the viewer gets; null as long as it is none that it can show. */
  #rung: Rung | null = null;
  #rendition = 0;
  /** The form that is got ready, and the seat that keeps it running. */
  #next: { readonly rung: Rung; readonly seat: Seat; readonly direction: "down" | "up" | "fit" } | null = null;
  #lookAt: Ms;

  constructor(stream: Stream, options: PlaceOptions) {
    this.#stream = stream;
    this.#options = options;
    const { kind, address, name, maxDelayMs, codecs, onReady, onEnded, clock } = options;
    this.#lookAt = clock.now() + FIRST_LOOK_MS;
    this.#rungs = stream.rungs(codecs) ?? [];
    this.#rung = this.#rungs[0] ?? null;
    this.#hub = this.#rung?.hub ?? stream.original;
    const listener = { frameReady: onReady, described: () => this.#described(), ended: onEnded };
    this.seat = this.#hub.seat(kind, address, listener, { maxDelayMs, name });
  }

  /** What the viewer is told of the stream. */
  get info(): StreamInfo {
    const { name, hops, restarts } = this.#stream.original.description;
    const shared = { name, hops, restarts, rendition: this.#rendition };
    if (this.#rung === null) {
      const { state, error } = (this.#next?.rung.hub ?? this.#hub).description;
      const waiting = { codec: null, width: null, height: null, form: "original" } as const;
      return { ...shared, ...waiting, error: error?.forPeers ?? null, state: state === "live" ? "starting" : state };
    }
    const { state, error, codec, width, height } = this.#hub.description;
    return { ...shared, state, error: error?.forPeers ?? null, codec, width, height, form: this.#rung.form };
  }

  /** The frame to send next; null when none is due, or the viewer is about to get another form. */
  peek(pace: Pace): Frame | null {
    return this.#rung === null || this.isChanging ? null : this.seat.peek(pace);
  }

  /** Another form is ready: nothing more of this one is sent, and `change` is due when all is settled. */
  get isChanging(): boolean {
    return this.#next !== null && this.#next.rung.hub.newest !== null;
  }

  /** Goes on with the form that is ready. */
  change(nowMs: number): void {
    const next = this.#next;
    if (next === null) {
      return;
    }
    this.#next = null;
    this.#rung = next.rung;
    this.#hub = next.rung.hub;
    this.#rendition += 1;
    this.#hub.adopt(this.seat);
    next.seat.close();
    if (next.direction !== "fit") {
      this.#ladder.moved(next.direction, nowMs);
    }
    this.#lookAt = nowMs + FIRST_LOOK_MS;
  }

  /** Sees now and then whether the form still suits: the viewer, and its link. @param linkMbps what it is known to carry */
  look(nowMs: number, linkMbps: number | null): void {
    if (nowMs < this.#lookAt) {
      return;
    }
    this.#lookAt = nowMs + LOOK_MS;
    // At another form, nobody tells us what the original gives by now.
    this.#choose();
    if (this.#rung === null || this.#next !== null || !this.#options.adapts) {
      return;
    }
    const index = this.#rungs.indexOf(this.#rung);
    const above = this.#rungs[index - 1];
    const below = this.#rungs[index + 1];
    if (above === undefined && below === undefined) {
      return;
    }
    const offered = this.#rung.hub.rates(nowMs);
    const direction = this.#ladder.look({
      nowMs,
      offeredFps: offered.fps,
      takenFps: this.seat.rates(nowMs).fps,
      linkMbps,
      mbps: offered.mbps,
      mbpsAbove: above === undefined ? null : mbpsOf(above.hub, nowMs),
    });
    const rung = { down: below, up: above, stay: undefined }[direction];
    if (rung !== undefined && direction !== "stay") {
      this.#prepare(rung, direction);
    }
  }

  close(): void {
    this.#drop();
    this.seat.close();
  }

  #described(): void {
    this.#choose();
    this.#options.onDescribed();
  }

  /** The source may say only now what it gives, or come back with something else. */
  #choose(): void {
    const rungs = this.#stream.rungs(this.#options.codecs);
    if (rungs === null) {
      return;
    }
    this.#rungs = rungs;
    this.#rung = rungs.find(({ hub }) => hub === this.#hub) ?? null;
    const prepared = rungs.find(({ hub }) => hub === this.#next?.rung.hub);
    if (prepared === undefined || (this.#rung !== null && this.#next?.direction === "fit")) {
      this.#drop();
    }
    const [first] = rungs;
    if (first === undefined) {
      this.#options.onUnfit(this.#stream.original.description.codec);
    } else if (this.#rung === null && this.#next === null) {
      this.#prepare(first, "fit");
    }
  }

  #prepare(rung: Rung, direction: "down" | "up" | "fit"): void {
    const listener = {
      frameReady: this.#options.onReady,
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
    this.#next = { rung, direction, seat: rung.hub.seat("local", null, listener) };
    if (direction !== "fit" && rung.hub.description.state === "failed") {
      listener.described(rung.hub.description);
    }
  }

  /** Nothing else is got ready any more. */
  #drop(): void {
    const next = this.#next;
    this.#next = null;
    next?.seat.close();
  }
}

function mbpsOf(hub: Hub, nowMs: number): number | null {
  const { fps, mbps } = hub.rates(nowMs);
  return fps > 0 ? mbps : null;
}
