import { type Frame, RateMeter, type StreamDescription } from "../media.ts";
import { round } from "../units.ts";

/** How a viewer is connected, as in `GET /state`; `local` is a rendition of ours, which is not counted. */
export type ViewerKind = "tcp" | "ws" | "multipart" | "snapshot" | "classic" | "local";

/** One viewer's figures, as in `GET /state`. */
export interface ViewerStats {
  readonly id: number;
  readonly kind: ViewerKind;
  readonly codec: string | null;
  readonly fps: number;
  readonly mbps: number;
  readonly skipped: number;
  readonly delayMs: number | null;
  readonly connectedMs: number;
  readonly address: string | null;
}

/** What a seat tells its viewer. Called synchronously; must not block. */
export interface SeatListener {
  /** There is a newer frame than the last one taken. */
  frameReady(): void;
  described(description: StreamDescription): void;
  /** The stream is over for good. */
  ended(reason: string): void;
}

/**
 * A viewer's place at the hub. It holds no frames: whoever can take one asks for it, and gets the newest. So a slow
 * viewer sees fewer frames, never old ones, and costs the others nothing.
 */
export class Seat {
  readonly #meter = new RateMeter();
  readonly #connectedAt = performance.now();
  readonly #leave: (seat: Seat) => void;
  #lastTaken: number;
  #skipped = 0;
  #delayMicros: number | null = null;

  /** Made by `Hub.seat`. */
  constructor(
    readonly id: number,
    readonly kind: ViewerKind,
    readonly address: string | null,
    readonly listener: SeatListener,
    private readonly hub: { readonly newest: Frame | null; readonly description: StreamDescription },
    leave: (seat: Seat) => void,
  ) {
    this.#leave = leave;
    this.#lastTaken = hub.newest === null ? 0 : hub.newest.sequence - 1;
  }

  /** The frame to send next, or null when there is none that was not taken yet. Takes nothing. */
  peek(): Frame | null {
    const { newest } = this.hub;
    return newest !== null && newest.sequence > this.#lastTaken ? newest : null;
  }

  /** The frame is on its way: those between it and the one before it count as skipped. */
  take(frame: Frame): void {
    if (this.#lastTaken > 0) {
      this.#skipped += frame.sequence - this.#lastTaken - 1;
    }
    this.#lastTaken = frame.sequence;
    this.#meter.add(frame.bytes.length, performance.now());
  }

  /** How old the viewer's newest frame was when it was shown, as far as that is known; µs. */
  reportDelay(delayMicros: number | null): void {
    this.#delayMicros = delayMicros;
  }

  get skipped(): number {
    return this.#skipped;
  }

  get description(): StreamDescription {
    return this.hub.description;
  }

  stats(): ViewerStats {
    const nowMs = performance.now();
    const { fps, mbps } = this.#meter.rates(nowMs);
    return {
      id: this.id,
      kind: this.kind,
      codec: this.hub.description.codec,
      fps: round(fps, 1),
      mbps: round(mbps, 3),
      skipped: this.#skipped,
      delayMs: this.#delayMicros === null ? null : round(this.#delayMicros / 1000, 1),
      connectedMs: Math.round(nowMs - this.#connectedAt),
      address: this.address,
    };
  }

  /** Leaves the hub. Idempotent. */
  close(): void {
    this.#leave(this);
  }
}
