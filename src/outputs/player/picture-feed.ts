import { messageOf } from "../../errors.ts";
import type { Ffmpeg } from "../../ffmpeg.ts";
import type { Log } from "../../log.ts";
import {
  type Codec,
  h264Parameters,
  jpegSize,
  type Matrix,
  matrixOf,
  type NewPacket,
  PacketQueue,
} from "../../media.ts";
import type { Clock, Micros } from "../../time.ts";
import { MAX_PIXELS } from "../../transcode.ts";
import type { Size } from "../../units.ts";
import type { Window } from "../../window.ts";
import { Presenter, type Staged } from "./presenter.ts";
import type { ViewSource } from "./view.ts";

/** What a decoder is made for. */
interface Sized extends Size {
  readonly matrix: Matrix;
}

/** What came while the stage was being set. */
interface Held {
  readonly frame: Staged;
  readonly codec: "mjpeg" | "h264";
  readonly bytes: Uint8Array;
}

export interface PictureFeedOptions extends Pick<ViewSource, "onDropped" | "onFrozen"> {
  readonly window: Window;
  readonly ffmpeg: Ffmpeg;
  /** A picture is on the screen. */
  readonly onShown: () => void;
  /** A picture is not shown for what it says of itself; told once for each reason. */
  readonly onRefused: (reason: string) => void;
  readonly log: Log;
  readonly clock?: Clock;
}

/** Brings a stream's frames to the stage, and sets another one when the codec or the size changes. */
export class PictureFeed {
  readonly #options: PictureFeedOptions;
  #stage: Presenter | null = null;
  #staging: Promise<void> | null = null;
  /** What the stage before showed last, which is seen until this one shows something: a copy. */
  #last: Presenter["seen"] = null;
  /** Frames that came while the stage was being set. */
  readonly #held = new PacketQueue<Held>();
  #announced: Size | null = null;
  #refused: string | null = null;
  #hasSize = false;
  #isFrozen = false;
  #isClosed = false;

  constructor(options: PictureFeedOptions) {
    this.#options = options;
  }

  /** No picture may be larger than this; null where nothing is said. */
  announce(size: Size | null): void {
    this.#announced = size;
  }

  /** @returns when it was on the screen (µs, our clock), or null if it was not */
  show(frame: NewPacket, codec: Codec): Promise<Micros | null> {
    const { promise, resolve } = Promise.withResolvers<Micros | null>();
    const size = sizeOf(frame, codec);
    if (this.#isFrozen && !frame.isPreroll) {
      this.#options.onFrozen();
    }
    const settle = (shownAt: Micros | null) => {
      if (shownAt !== null) {
        this.#last = null;
        this.#options.onShown();
      }
      resolve(shownAt);
    };
    const staged = { ...frame, settle };
    if (
      this.#isClosed ||
      codec === "bgr24" ||
      (size === undefined && frame.isKey) ||
      (size !== undefined && !this.#accepts(size))
    ) {
      this.#drop(staged);
    } else if (size !== undefined && this.#staging === null && !this.#stage?.fits(codec, size.matrix, size)) {
      this.#restage(codec, size, staged);
    } else if (this.#staging !== null) {
      this.#hold(staged, codec);
    } else if (this.#stage !== null) {
      this.#stage.push(staged);
    } else {
      // What builds on a key frame that never came.
      this.#drop(staged);
    }
    return promise;
  }

  /** While it is frozen, pictures are decoded and not shown. */
  freeze(isFrozen: boolean): void {
    this.#isFrozen = isFrozen;
    this.#stage?.freeze(isFrozen);
  }

  /** What is seen: its pixels are valid during this call only. Null before the first picture. */
  get seen(): Presenter["seen"] {
    return this.#stage?.seen ?? this.#last;
  }

  /** The decoder's process; null when there is none. */
  get decoderPid(): number | null {
    return this.#stage?.decoderPid ?? null;
  }

  /** Settles when nothing writes to the pictures' memory. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#staging;
    await this.#stage?.close();
  }

  /** No picture may be larger than the stream is said to be. */
  #accepts({ width, height }: Size): boolean {
    const limit = this.#announced;
    const isOther = limit !== null && (width > limit.width || height > limit.height);
    const isTooLarge = isOther || width * height > MAX_PIXELS;
    if (isTooLarge) {
      const allowed = isOther
        ? `${limit.width}×${limit.height} was announced`
        : `at most ${MAX_PIXELS} pixels are shown`;
      const reason = `refused a picture of ${width}×${height}: ${allowed}`;
      if (reason !== this.#refused) {
        this.#refused = reason;
        this.#options.onRefused(reason);
      }
    }
    return !isTooLarge;
  }

  #hold(frame: Staged, codec: "mjpeg" | "h264"): void {
    const held = { frame, codec, bytes: frame.bytes };
    if (codec === "mjpeg" || !this.#held.hasRoomFor(held)) {
      this.#dropHeld();
    }
    this.#held.add(held);
  }

  #dropHeld(): void {
    for (const { frame } of this.#held.clear()) {
      this.#drop(frame);
    }
  }

  #drop(frame: Staged): void {
    if (!frame.isPreroll) {
      this.#options.onDropped();
    }
    frame.settle(null);
  }

  /** Another codec or size: another decoder, and memory of another size. */
  #restage(codec: "mjpeg" | "h264", size: Sized, first: Staged): void {
    this.#held.add({ frame: first, codec, bytes: first.bytes });
    this.#staging = this.#setStage(codec, size)
      .catch((error: unknown) => {
        this.#options.log.debug(`no room for pictures: ${messageOf(error)}`);
        // The next picture tries again; these would do so for ever.
        this.#dropHeld();
      })
      .then(() => {
        this.#staging = null;
        // What came meanwhile may be of yet another size.
        for (const held of this.#held.clear()) {
          void this.show(held.frame, held.codec).then(held.frame.settle);
        }
      });
  }

  async #setStage(codec: "mjpeg" | "h264", { width, height, matrix }: Sized): Promise<void> {
    const old = this.#stage;
    const seen = old?.seen ?? null;
    if (seen !== null) {
      this.#last = { ...seen, pixels: seen.pixels.slice() };
    }
    this.#stage = null;
    await old?.close();
    if (this.#isClosed) {
      return;
    }
    const { window } = this.#options;
    const size = { width, height };
    this.#stage = await Presenter.open({ ...this.#options, codec, matrix, size });
    this.#stage.freeze(this.#isFrozen);
    if (!this.#hasSize) {
      this.#hasSize = true;
      window.resize(size);
    }
  }
}

/** What the frame says of its own size; undefined where it says nothing, as H.264 does between key frames. */
function sizeOf({ bytes, isKey }: NewPacket, codec: Codec): Sized | undefined {
  if (codec === "mjpeg") {
    const size = jpegSize(bytes);
    return size && { ...size, matrix: "smpte170m" };
  }
  const sequence = isKey ? h264Parameters(bytes) : undefined;
  return sequence && { ...sequence, matrix: matrixOf(sequence) };
}
