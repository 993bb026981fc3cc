import { type H264Parameters, h264Parameters, hasSameParameters, PacketQueue } from "../../media.ts";
import { type Clock, type Micros, systemClock, type Timer } from "../../time.ts";
import type { Picture, Renderer, RendererEvents } from "../renderer.ts";
import type { Surface } from "../surface.ts";

/** The decoder is behind when it holds more frames than this, and one of them for so long (µs). */
const MAX_WAITING = 2;
const BEHIND_MICROS = 100_000;
/** A decoder that was given a broken frame may keep silent about it and all that follow; ms, and how often it is looked at. */
const SILENT_MS = 1000;
const LOOK_MS = 200;
/** After so many errors without a picture in between, it is no use. */
const MAX_ERRORS = 3;

interface Waiting {
  readonly picture: Picture;
  readonly isShown: boolean;
  readonly since: Micros;
}

/**
 * Shows H.264 by WebCodecs: a frame is drawn as soon as it is decoded. While the page is hidden, frames are kept from the
 * last key frame on, and decoded when it is seen again: that is quick, and the picture is live at once.
 */
export class Decoder implements Renderer {
  readonly #surface: Surface;
  readonly #events: RendererEvents;
  #decoder: VideoDecoder | null = null;
  /** What the decoder was told last. */
  #configured: H264Parameters | null = null;
  #needsKey = true;
  /** Frames in the decoder, by the timestamp that they have there: a number that counts up. */
  readonly #waiting = new Map<number, Waiting>();
  #lastTimestamp = 0;
  /** Frames since the last key frame while the page is hidden, or null when what they build on is gone. */
  #kept: PacketQueue<Picture> | null = null;
  #errors = 0;
  /** Since when the decoder has something and gave no picture. */
  #silentSince: Micros | null = null;
  readonly #clock: Clock;
  readonly #timer: Timer;

  constructor(surface: Surface, events: RendererEvents, clock = systemClock) {
    this.#surface = surface;
    this.#events = events;
    this.#clock = clock;
    this.#timer = clock.every(LOOK_MS, () => this.#look());
  }

  show(picture: Picture): void {
    if (document.hidden) {
      this.#keep(picture);
      picture.settle(null);
      return;
    }
    if (this.#isBehind()) {
      this.#dropTo(picture);
    }
    this.#decode(picture, picture.isPreroll);
  }

  restart(): void {
    this.#forgetWaiting();
    this.#dismiss();
    this.#kept = null;
  }

  visibilityChanged(): void {
    if (document.hidden) {
      // What follows builds on what the decoder has, unless it waits for a key frame itself.
      this.#kept = this.#needsKey ? null : new PacketQueue();
      // Seen again, it would show this until what was kept is decoded.
      this.#surface.clear();
      return;
    }
    const kept = this.#kept?.clear() ?? [];
    if (this.#kept === null) {
      this.#needsKey = true;
    }
    this.#kept = null;
    const newest = kept.at(-1);
    for (const picture of kept) {
      // Each was settled when it came.
      this.#decode({ ...picture, settle: () => {} }, picture !== newest);
    }
  }

  close(): void {
    this.#timer[Symbol.dispose]();
    this.restart();
  }

  /** A decoder may be silent for ever. */
  #look(): void {
    if (this.#silentSince !== null && this.#clock.micros() - this.#silentSince > SILENT_MS * 1000) {
      this.#fail(new Error("the decoder is silent"));
    }
  }

  #keep(picture: Picture): void {
    if (picture.isKey) {
      this.#kept = new PacketQueue();
    }
    if (this.#kept?.hasRoomFor(picture) === false) {
      this.#kept = null;
    }
    this.#kept?.add(picture);
  }

  #isBehind(): boolean {
    const [oldest] = this.#waiting.values();
    return (
      this.#waiting.size > MAX_WAITING && oldest !== undefined && this.#clock.micros() - oldest.since > BEHIND_MICROS
    );
  }

  /** Goes on at the next key frame; if this is one, without what is before it. */
  #dropTo(picture: Picture): void {
    if (picture.isKey) {
      this.#events.onDropped([...this.#waiting.values()].filter(({ isShown }) => isShown).length);
      this.#forgetWaiting();
      this.#decoder?.reset();
      this.#configured = null;
    } else {
      this.#needsKey = true;
    }
  }

  #decode(picture: Picture, isPreroll: boolean): void {
    if (picture.isKey) {
      this.#configure(picture.bytes);
    }
    const decoder = this.#decoder;
    if (decoder === null || this.#needsKey) {
      if (!isPreroll) {
        this.#events.onDropped(1);
      }
      picture.settle(null);
      return;
    }
    this.#lastTimestamp += 1;
    this.#waiting.set(this.#lastTimestamp, {
      picture: isPreroll ? settledNow(picture) : picture,
      isShown: !isPreroll,
      since: this.#clock.micros(),
    });
    this.#silentSince ??= this.#clock.micros();
    const type = picture.isKey ? "key" : "delta";
    try {
      decoder.decode(
        new EncodedVideoChunk({ type, timestamp: this.#lastTimestamp, data: picture.bytes as BufferSource }),
      );
    } catch (error) {
      this.#fail(error);
    }
  }

  /** At a key frame. Without `description`, the decoder reads Annex B and finds the parameters in it. */
  #configure(bytes: Uint8Array): void {
    const parameters = h264Parameters(bytes);
    if (parameters === undefined) {
      this.#events.onCorrupt();
      this.#needsKey = true;
      return;
    }
    this.#needsKey = false;
    const told = this.#configured;
    if (this.#decoder !== null && told !== null && hasSameParameters(parameters, told)) {
      return;
    }
    this.#decoder ??= this.#create();
    this.#configured = parameters;
    try {
      this.#decoder.configure({ codec: parameters.codec, optimizeForLatency: true });
    } catch (error) {
      this.#fail(error);
    }
  }

  #create(): VideoDecoder {
    const decoder = new VideoDecoder({
      output: (frame) => {
        if (decoder === this.#decoder) {
          this.#show(frame);
        }
        frame.close();
      },
      error: (error) => {
        if (decoder === this.#decoder) {
          this.#fail(error);
        }
      },
    });
    return decoder;
  }

  #show(frame: VideoFrame): void {
    this.#errors = 0;
    const waiting = this.#waiting.get(frame.timestamp);
    if (waiting === undefined) {
      this.#heard();
      return;
    }
    for (const [timestamp, { picture }] of this.#waiting) {
      if (timestamp >= frame.timestamp) {
        break;
      }
      // Decoders give frames in order: this one gave no picture.
      this.#waiting.delete(timestamp);
      picture.settle(null);
    }
    this.#waiting.delete(frame.timestamp);
    this.#heard();
    const { picture, isShown } = waiting;
    if (!isShown || document.hidden) {
      picture.settle(null);
      return;
    }
    this.#surface.draw(frame, frame.displayWidth, frame.displayHeight);
    this.#surface.bringForward("canvas");
    const shownAt = this.#clock.micros();
    picture.settle(shownAt);
    this.#events.onShown(picture, shownAt, null);
  }

  #heard(): void {
    this.#silentSince = this.#waiting.size > 0 ? this.#clock.micros() : null;
  }

  /** Goes on with a new decoder, at the next key frame. */
  #fail(error: unknown): void {
    this.#events.onCorrupt();
    this.#forgetWaiting();
    this.#dismiss();
    this.#errors += 1;
    const name = error instanceof DOMException ? error.name : "";
    // A browser takes the decoder of a page that was hidden for long: that says nothing of the next one.
    if (name === "NotSupportedError" || (this.#errors >= MAX_ERRORS && name !== "QuotaExceededError")) {
      this.#events.onUnusable("WebCodecs can't decode this stream here");
    }
  }

  #dismiss(): void {
    const decoder = this.#decoder;
    this.#decoder = null;
    this.#configured = null;
    this.#needsKey = true;
    this.#silentSince = null;
    if (decoder !== null && decoder.state !== "closed") {
      decoder.close();
    }
  }

  #forgetWaiting(): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { picture } of waiting) {
      picture.settle(null);
    }
  }
}

/** Preroll is taken as fast as it comes: the picture that is waited for is behind it. */
function settledNow(picture: Picture): Picture {
  picture.settle(null);
  return { ...picture, settle: () => {} };
}
