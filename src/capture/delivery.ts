import type { SourceSink } from "../media.ts";
import { type Clock, type Micros, type Ms, systemClock } from "../time.ts";
import type { Size } from "../units.ts";
import type { CapturedPicture } from "./picture-reader.ts";

/** A capture time that is older, or not past yet, is none, µs. */
const MAX_CAPTURE_AGE_MICROS = 2_000_000;

/** Where a run's pictures have their capture time from. */
export interface CaptureTimes {
  /** The times of its pictures are Unix time, of the moment in which each was taken. */
  readonly hasUnixTime: boolean;
  /** Takes the time of the picture that comes next; null when unknown. */
  readonly capturedAt?: () => Micros | null;
}

/** Hands pictures to whoever wants them, and says that the source is live, and how large it is, when that changes. */
export class Delivery {
  readonly #sink: SourceSink;
  readonly #codec: "mjpeg" | "h264";
  readonly #clock: Clock;
  #isLive = false;
  #size: Size | null = null;
  times: CaptureTimes = { hasUnixTime: false };

  constructor(sink: SourceSink, codec: "mjpeg" | "h264", clock = systemClock) {
    this.#sink = sink;
    this.#codec = codec;
    this.#clock = clock;
  }

  /** Something else is said of the source: with the next picture it is live again. */
  interrupt(): void {
    this.#isLive = false;
  }

  give(picture: CapturedPicture): void {
    const now = this.#clock.micros();
    const pts = this.times.hasUnixTime ? picture.ptsMicros : null;
    const capturedAt = this.times.capturedAt?.() ?? (pts === null ? now : captureTime(pts, now, this.#clock.unixMs()));
    if (!this.#isLive || (picture.size !== null && !isSame(picture.size, this.#size))) {
      this.#isLive = true;
      this.#size = picture.size ?? this.#size;
      const { width = null, height = null } = this.#size ?? {};
      this.#sink.describe({ state: "live", codec: this.#codec, error: null, width, height });
    }
    this.#sink.frame({ capturedAt, isKey: picture.isKey, bytes: picture.bytes });
  }
}

function isSame(a: Size, b: Size | null): boolean {
  return a.width === b?.width && a.height === b.height;
}

/** On this process's clock: its difference to the system's may change at any time. */
function captureTime(unixMicros: Micros, now: Micros, unixMs: Ms): Micros {
  const at = unixMicros - unixMs * 1000 + now;
  return at <= now && at >= now - MAX_CAPTURE_AGE_MICROS ? at : now;
}
