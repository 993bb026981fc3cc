// Parts: ffmpeg
import { withRenditions } from "../../src/app/renditions.ts";
import { openSource } from "../../src/capture.ts";
import { findFfmpeg } from "../../src/ffmpeg.ts";
import { Hub, type Seat } from "../../src/hub.ts";
import { silentLog } from "../../src/log.ts";
import type { Frame, FrameSource, StreamDescription } from "../../src/media.ts";
import { type Clock, systemClock } from "../../src/time.ts";

export interface FormedStreamOptions {
  readonly isForeign?: boolean;
  readonly ffmpegPath?: string;
  readonly onWarning?: (message: string) => void;
  readonly onDebug?: (message: string) => void;
  /** Of all but the source. */
  readonly clock?: Clock;
}

/** A stream with all its forms, in this process. */
export class FormedStream implements AsyncDisposable {
  readonly original: Hub;
  readonly forms;
  readonly #takers: Taker[] = [];

  constructor(source: FrameSource | null, options: FormedStreamOptions = {}) {
    const { isForeign = false, ffmpegPath, onWarning, onDebug, clock = systemClock } = options;
    this.original = new Hub({ name: "desk", graceMs: 0, clock });
    if (source !== null) {
      this.original.attach(source);
    }
    this.forms = withRenditions({
      original: this.original,
      quality: 90,
      maxDelayMs: 250,
      isForeign,
      ffmpegPath,
      log: { ...silentLog, warn: (message) => onWarning?.(message), debug: (message) => onDebug?.(message) },
      clock,
    });
  }

  /** Takes all that is due at one of its hubs, from now on. */
  take(from: Hub): Taker {
    const taker = new Taker(from);
    this.#takers.push(taker);
    return taker;
  }

  /** The hub of a form. */
  hub(form: "h264" | "h264-half"): Hub {
    const rung = this.forms.stream.rungs(["h264"])?.find((one) => one.form === form);
    if (rung === undefined) {
      throw new Error(`there is no form ${form} of it`);
    }
    return rung.hub;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const taker of this.#takers) {
      taker.leave();
    }
    await this.forms.close();
    await this.original.close();
  }
}

/** A viewer that takes every frame that is due. */
export class Taker {
  /** Those that were to be decoded only are marked so. */
  readonly frames: Frame[] = [];
  readonly descriptions: StreamDescription[] = [];
  readonly #seat: Seat;

  constructor(from: Hub) {
    this.#seat = from.seat("lanvid", null, {
      frameReady: () => queueMicrotask(() => this.#pump()),
      described: (description) => this.descriptions.push(description),
      ended: () => undefined,
    });
    queueMicrotask(() => this.#pump());
  }

  leave(): void {
    this.#seat.close();
  }

  #pump(): void {
    for (let frame = this.#seat.peek(); frame !== null; frame = this.#seat.peek()) {
      const isPreroll = this.#seat.isPreroll(frame);
      this.#seat.take(frame);
      this.frames.push({ ...frame, isPreroll });
    }
  }
}

/** The test pattern, with its time in it, as it is captured. */
export function patternSource(
  codec: "mjpeg" | "h264",
  size: { readonly width: number; readonly height: number },
): FrameSource {
  const settings = {
    size,
    fps: 30,
    codec,
    quality: 90,
    bitrate: null,
    encoder: null,
    rotate: 0,
    mirror: false,
    extra: [],
  } as const;
  return openSource({ kind: "test" }, { settings, maxDelayMs: 250, ffmpeg: findFfmpeg(undefined), log: silentLog });
}
