// Parts: ffmpeg

import { openSource } from "../../src/capture.ts";
import { findFfmpeg } from "../../src/ffmpeg.ts";
import { silentLog } from "../../src/log.ts";
import type { Packet, Source, StreamDescription } from "../../src/media.ts";
import { type Subscription, Track } from "../../src/stream.ts";
import { type Clock, systemClock } from "../../src/time.ts";
import { withRenditions } from "../../src/transcode.ts";

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
  readonly original: Track;
  readonly forms;
  readonly #takers: Taker[] = [];

  constructor(source: Source | null, options: FormedStreamOptions = {}) {
    const { isForeign = false, ffmpegPath, onWarning, onDebug, clock = systemClock } = options;
    this.original = new Track({ name: "desk", graceMs: 0, clock });
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
  take(from: Track): Taker {
    const taker = new Taker(from);
    this.#takers.push(taker);
    return taker;
  }

  /** The hub of a form. */
  track(form: "h264" | "h264-half"): Track {
    const variant = this.forms.stream.variants(["h264"])?.find((one) => one.form === form);
    if (variant === undefined) {
      throw new Error(`there is no form ${form} of it`);
    }
    return variant.track;
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
  readonly frames: Packet[] = [];
  readonly descriptions: StreamDescription[] = [];
  readonly #subscription: Subscription;

  constructor(from: Track) {
    this.#subscription = from.subscribe("lanvid", null, {
      packetReady: () => queueMicrotask(() => this.#pump()),
      described: (description) => this.descriptions.push(description),
      ended: () => undefined,
    });
    queueMicrotask(() => this.#pump());
  }

  leave(): void {
    this.#subscription.close();
  }

  #pump(): void {
    for (let frame = this.#subscription.peek(); frame !== null; frame = this.#subscription.peek()) {
      const isPreroll = this.#subscription.isPreroll(frame);
      this.#subscription.take(frame);
      this.frames.push({ ...frame, isPreroll });
    }
  }
}

/** The test pattern, with its time in it, as it is captured. */
export function patternSource(
  codec: "mjpeg" | "h264",
  size: { readonly width: number; readonly height: number },
): Source {
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
