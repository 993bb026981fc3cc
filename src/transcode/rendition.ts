import { type Fault, forPeers, LanvidError, openFault, type PeerText } from "../errors.ts";
import { badOutput, type Ffmpeg, MultipartReader, NutReader } from "../ffmpeg.ts";
import type { Log } from "../log.ts";
import {
  accessUnitFault,
  type Codec,
  h264Parameters,
  jpegSize,
  matrixOf,
  type NewPacket,
  type Packet,
  type Source,
  type SourceSink,
  type StreamDescription,
} from "../media.ts";
import type { Subscription, Track } from "../stream.ts";
import { type Clock, systemClock } from "../time.ts";
import type { Size } from "../units.ts";
import { evenOf, halfOf, maxBitrate } from "./bits.ts";
import { wrapped } from "./input.ts";
import { MAX_PIXELS, patienceMs } from "./limits.ts";
import { RawReader } from "./raw-reader.ts";
import { type PictureFormat, type RenditionOutput, renditionArguments } from "./rendition-arguments.ts";
import type { Plan } from "./transcoder.ts";
import { Transcoding } from "./transcoding.ts";

const BGR24_BYTES = 3;
/** Frames per second, where they can't be counted yet. */
const USUAL_FPS = 30;

/** What can be made of a stream. `h264-half` has half the width and height. */
export type RenditionForm = "mjpeg" | "h264" | "h264-half" | "bgr24";

/** The codec of each, and what people know it by. */
const FORMS: Readonly<Record<RenditionForm, { readonly codec: Codec; readonly name: string }>> = {
  mjpeg: { codec: "mjpeg", name: "JPEG pictures" },
  h264: { codec: "h264", name: "H.264" },
  "h264-half": { codec: "h264", name: "H.264 in half size" },
  bgr24: { codec: "bgr24", name: "pixels" },
};

export interface RenditionOptions {
  /** The stream that it is made of, JPEG or H.264. */
  readonly from: Track;
  readonly form: RenditionForm;
  /** 1 to 100. */
  readonly quality: number;
  readonly keyIntervalMs: number;
  /** H.264 that is older is not decoded; ms. */
  readonly maxDelayMs: number;
  /** The stream comes from another machine. */
  readonly isForeign: boolean;
  /** Pictures of more bytes are not made as pixels; no limit unless told. */
  readonly maxPixelBytes?: number | undefined;
  /** Processors of this machine. */
  readonly cores: number;
  /** Asked when somebody wants it. @throws LanvidError when there is none */
  readonly findFfmpeg: () => Ffmpeg;
  readonly log: Log;
  /** The machine's own unless told. */
  readonly clock?: Clock;
}

/**
 * A variant of a stream, as the source of its track: made by one ffmpeg, or passed through where what comes in is of that kind
 * already. It follows what comes in: another codec or size starts another ffmpeg.
 */
export class Rendition implements Source {
  readonly kind = "rendition";
  readonly codec: Codec;
  readonly name: string;
  readonly alwaysOn = false;
  readonly #options: RenditionOptions;
  readonly #clock: Clock;
  readonly #transcoding: Transcoding<PictureFormat>;
  #sink: SourceSink | null = null;
  #subscription: Subscription | null = null;
  /** Of the last key frame. */
  #format: PictureFormat | null = null;
  /** Why this variant can't be had of such pictures, as it was said last. */
  #refused = "";

  constructor(options: RenditionOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.codec = FORMS[options.form].codec;
    this.name = FORMS[options.form].name;
    this.#transcoding = new Transcoding<PictureFormat>({
      what: this.name,
      findFfmpeg: options.findFfmpeg,
      plan: (format, ffmpeg) => this.#plan(format, ffmpeg),
      onPicture: (picture, format) => this.#give(picture, sizeOf(options.form, format)),
      onFree: () => this.#pump(),
      onFailure: (why) => {
        // The next ffmpeg begins where a viewer who joins does.
        this.#leave();
        this.#sink?.describe({ state: "failed", error: why });
      },
      log: options.log,
      clock: this.#clock,
    });
  }

  start(sink: SourceSink): void {
    if (this.#sink === null) {
      this.#sink = sink;
      sink.describe({ state: "starting", error: null });
      // The one who wants it has no subscription yet.
      queueMicrotask(() => this.#pump());
    }
  }

  async stop(): Promise<void> {
    this.#sink = null;
    this.#leave();
    await this.#transcoding.close();
  }

  /** Takes what is due, as long as ffmpeg can take it: of JPEG the newest, of H.264 one after the other. */
  #pump(): void {
    if (this.#sink === null || !this.#transcoding.isFree) {
      return;
    }
    this.#subscription ??= this.#join(this.#sink);
    while (this.#subscription !== null && this.#transcoding.isFree) {
      const frame = this.#subscription.peek();
      if (frame === null) {
        return;
      }
      const isPreroll = this.#subscription.isPreroll(frame);
      this.#subscription.take(frame);
      this.#put(frame, isPreroll);
    }
  }

  #join(sink: SourceSink): Subscription {
    const listener = {
      packetReady: () => this.#pump(),
      described: (description: StreamDescription) => this.#described(description, sink),
      ended: (why: Fault) => sink.ended(why),
    };
    const { from, maxDelayMs } = this.#options;
    const subscription = from.subscribe("rendition", null, listener, { maxDelayMs });
    if (from.description.state === "failed") {
      // It was told before we came.
      this.#described(from.description, sink);
    }
    return subscription;
  }

  #leave(): void {
    this.#subscription?.close();
    this.#subscription = null;
    this.#format = null;
  }

  #described({ state, error }: StreamDescription, sink: SourceSink): void {
    if (state !== "live") {
      // What is on its way is of before.
      this.#transcoding.reset();
      this.#format = null;
      sink.describe({ state: state === "idle" ? "starting" : state, error });
    }
  }

  #put(frame: Packet, isPreroll: boolean): void {
    const { codec } = this.#options.from.description;
    if (codec !== "mjpeg" && codec !== "h264") {
      return;
    }
    const { capturedAt, isKey, bytes } = frame;
    if (isKey) {
      this.#format = this.#formatOf(codec, bytes);
    }
    const format = this.#format;
    if (format?.codec !== codec) {
      return;
    }
    if (codec === this.codec && this.#options.form !== "h264-half") {
      this.#transcoding.reset();
      this.#give({ capturedAt, isKey, isPreroll, bytes }, format);
    } else if (isKey || this.#transcoding.isFor(format)) {
      this.#transcoding.push(format, { capturedAt, isPreroll, bytes });
    }
  }

  #formatOf(codec: PictureFormat["codec"], bytes: Uint8Array): PictureFormat | null {
    const h264 = codec === "h264" ? h264Parameters(bytes) : undefined;
    const size = h264 ?? (codec === "mjpeg" ? jpegSize(bytes) : undefined);
    if (size === undefined) {
      return this.#refuse(forPeers`the pictures do not say their size`);
    }
    const { width, height } = size;
    const pixels = width * height;
    if (pixels > MAX_PIXELS) {
      return this.#refuse(
        forPeers`the pictures are too large to decode: ${width}×${height}`,
        "make them smaller with --size",
      );
    }
    const { form, maxPixelBytes = Number.POSITIVE_INFINITY } = this.#options;
    if (form === "bgr24" && pixels * BGR24_BYTES > maxPixelBytes) {
      const most = Math.floor(maxPixelBytes / BGR24_BYTES / 1e5) / 10;
      return this.#refuse(
        forPeers`pictures of ${width}×${height} do not fit into a classic message, which holds at most ${most} million pixels`,
        "use --classic jpeg, or make them smaller with --size",
      );
    }
    return h264 === undefined
      ? { codec, width, height, matrix: "smpte170m", isFullRange: true }
      : { codec, width, height, matrix: matrixOf(h264), isFullRange: h264.isFullRange };
  }

  /** No ffmpeg is started for what can't be had: it would fail again and again. */
  #refuse(error: PeerText, hint?: string): null {
    this.#transcoding.reset();
    this.#sink?.describe({ state: "failed", error: openFault(error) });
    if (error !== this.#refused) {
      this.#refused = error;
      this.#options.log.warn(`no ${this.name}: ${error}`, hint);
    }
    return null;
  }

  #give(picture: NewPacket, { width, height }: Size): void {
    if (picture.isPreroll === true && this.codec !== "h264") {
      // Nothing builds on it.
      return;
    }
    this.#sink?.describe({ state: "live", error: null, codec: this.codec, width, height });
    this.#sink?.frame(picture);
  }

  #plan(format: PictureFormat, ffmpeg: Ffmpeg): Plan {
    const { isForeign } = this.#options;
    if (isForeign && format.codec === "h264" && !ffmpeg.hasFpsMode) {
      const problem = `ffmpeg is ${ffmpeg.version}, 5.1 or newer is needed to decode H.264 from another machine`;
      const hint = "install a newer one, or give its path with --ffmpeg PATH";
      throw new LanvidError("old-ffmpeg", "ffmpeg", problem, { hint });
    }
    const size = sizeOf(this.#options.form, format);
    return {
      args: renditionArguments(format, this.#output(size, format), ffmpeg.hasFpsMode),
      patienceMs: patienceMs(format),
      wrap: (bytes) => wrapped(format.codec, bytes),
      reader: (onPicture) => {
        switch (this.codec) {
          case "h264":
            return new NutReader(({ bytes, isKey }) => {
              assertWhole(bytes);
              onPicture(bytes, isKey);
            });
          case "mjpeg":
            return new MultipartReader((bytes) => onPicture(bytes, true));
          default:
            return new RawReader(size.width * size.height * BGR24_BYTES, (bytes) => onPicture(bytes, true));
        }
      },
    };
  }

  #output(size: Size, { codec }: PictureFormat): RenditionOutput {
    const { from, form, quality, keyIntervalMs, cores } = this.#options;
    if (form === "bgr24") {
      return { kind: "bgr24" };
    }
    if (form === "mjpeg") {
      return { kind: "mjpeg", quality };
    }
    const rates = from.rates(this.#clock.now());
    const usualFps = rates.fps >= 1 ? rates.fps : USUAL_FPS;
    const pixelsPerSecond = size.width * size.height * usualFps;
    const limit = maxBitrate({ form, pixelsPerSecond, codec, bitsPerSecond: rates.mbps * 1e6 });
    return { kind: "h264", size, quality, maxBitrate: limit, keyIntervalMs, usualFps, pixelsPerSecond, cores };
  }
}

function sizeOf(form: RenditionForm, size: Size): Size {
  switch (form) {
    case "h264-half":
      return halfOf(size);
    case "h264":
      return evenOf(size);
    default:
      return { width: size.width, height: size.height };
  }
}

/** @throws LanvidError (ffmpeg) that says what is wrong: what decodes strangers' pictures may not be itself any more */
function assertWhole(accessUnit: Uint8Array): void {
  const fault = accessUnitFault(accessUnit);
  if (fault !== undefined) {
    throw badOutput(fault);
  }
}
