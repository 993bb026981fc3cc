import { ExitCode, heard, LanvidError, messageOf, openFault } from "../errors.ts";
import type { Ffmpeg } from "../ffmpeg.ts";
import type { Log } from "../log.ts";
import {
  type Codec,
  FrameQueue,
  h264Parameters,
  jpegSize,
  type Matrix,
  matrixOf,
  type NewFrame,
  type StreamDescription,
} from "../media.ts";
import { MAX_PIXELS } from "../rendition.ts";
import type { Size } from "../units.ts";
import type { Window, WindowEvent, WindowOptions } from "../window.ts";
import { Overlay } from "./overlay.ts";
import { PictureStage, type Staged } from "./picture-stage.ts";
import { saveSnapshot } from "./save-snapshot.ts";
import type { View, ViewSource } from "./view.ts";

/** Of the window until the first picture has come. */
const FIRST_SIZE = { width: 1280, height: 720 };
/** How often the title and the overlay are brought up to date, ms. */
const REFRESH_MS = 500;

/** What a decoder is made for. */
interface Sized extends Size {
  readonly matrix: Matrix;
}

export interface WindowViewOptions extends ViewSource {
  /** In the title until the stream has a name. */
  readonly name: string;
  readonly ffmpeg: Ffmpeg;
  /** @throws Error that says why there can be no window */
  readonly open: (options: WindowOptions) => Window | Promise<Window>;
  readonly log: Log;
}

/** What came while the stage was being set. */
interface Held {
  readonly frame: Staged;
  readonly codec: "mjpeg" | "h264";
  readonly bytes: Uint8Array;
}

/** The stream in a window of the system, or in a terminal. */
export class WindowView implements View {
  readonly codecs: readonly Codec[];
  readonly ended: Promise<"quit">;
  readonly #options: WindowViewOptions;
  readonly #window: Window;
  readonly #overlay: Overlay;
  readonly #quit: (how: "quit") => void;
  readonly #fail: (error: LanvidError) => void;
  readonly #timer: ReturnType<typeof setInterval>;
  #stage: PictureStage | null = null;
  #staging: Promise<void> | null = null;
  /** Frames that came while the stage was being set. */
  readonly #held = new FrameQueue<Held>();
  #announced: Size | null = null;
  #refused: string | null = null;
  #hasSize = false;
  #isFrozen = false;
  #isClosed = false;

  private constructor(options: WindowViewOptions, window: Window, ended: PromiseWithResolvers<"quit">) {
    this.#options = options;
    this.#window = window;
    this.#quit = ended.resolve;
    this.#fail = ended.reject;
    this.ended = ended.promise;
    // Whoever does not wait for it shall not be told of it otherwise.
    this.ended.catch(() => undefined);
    this.codecs = options.ffmpeg.hasFpsMode ? ["h264", "mjpeg"] : ["mjpeg"];
    this.#overlay = new Overlay(window, options);
    this.#timer = setInterval(() => this.#overlay.refresh(this.#isFrozen), REFRESH_MS);
  }

  /** @throws Error that says why there can be no window */
  static async open(options: WindowViewOptions): Promise<WindowView> {
    const ended = Promise.withResolvers<"quit">();
    const early: WindowEvent[] = [];
    let view: WindowView | null = null;
    const onEvent = (event: WindowEvent) => (view === null ? early.push(event) : view.#handle(event));
    const window = await options.open({ title: options.name, size: FIRST_SIZE, onEvent });
    view = new WindowView(options, window, ended);
    for (const event of early) {
      view.#handle(event);
    }
    return view;
  }

  describe(change: Partial<StreamDescription>): void {
    const { width, height } = change;
    if (width !== undefined && height !== undefined) {
      this.#announced = width === null || height === null ? null : { width, height };
    }
    this.#overlay.describe(change);
  }

  lost(reason: string): void {
    this.#overlay.lost(reason);
  }

  show(frame: NewFrame, codec: Codec): Promise<number | null> {
    const { promise, resolve } = Promise.withResolvers<number | null>();
    const size = sizeOf(frame, codec);
    const settle = (shownAt: number | null) => {
      if (shownAt !== null) {
        this.#overlay.shown();
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

  /** The decoder's process, for tests; null when there is none. */
  get decoderPid(): number | null {
    return this.#stage?.decoderPid ?? null;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.#staging;
    await this.#stage?.close();
    await this.#window.close();
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
        this.#options.log.warn(reason);
        this.#overlay.describe({ state: "failed", error: openFault(heard(reason)) });
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
    this.#stage = null;
    await old?.close();
    if (this.#isClosed) {
      return;
    }
    const { ffmpeg, log, onDropped } = this.#options;
    const size = { width, height };
    this.#stage = await PictureStage.open({ window: this.#window, codec, matrix, size, ffmpeg, onDropped, log });
    this.#stage.freeze(this.#isFrozen);
    if (!this.#hasSize) {
      this.#hasSize = true;
      this.#window.resize(size);
    }
  }

  #handle(event: WindowEvent): void {
    switch (event.kind) {
      case "key":
        this.#press(event.key);
        break;
      case "resize":
        this.#overlay.resized();
        break;
      case "close":
        this.#quit("quit");
        break;
      case "fault": {
        const times = event.count === 1 ? "" : `, ${event.count} times so far`;
        this.#options.log.warn(`the window may show an incomplete picture: ${event.reason}${times}`);
        break;
      }
      case "gone":
        this.#fail(new LanvidError("display-gone", ExitCode.display, `the window is gone: ${event.reason}`));
        break;
      default:
        event satisfies never;
    }
  }

  #press(key: string): void {
    switch (key) {
      case "q":
      case "Escape":
      case "Enter":
        this.#quit("quit");
        break;
      case "f":
      case "F11":
        this.#window.toggleFullScreen();
        break;
      case "i":
        this.#overlay.toggle();
        break;
      case "s":
        void this.#save();
        break;
      case " ":
        this.#isFrozen = !this.#isFrozen;
        this.#stage?.freeze(this.#isFrozen);
        this.#overlay.refresh(this.#isFrozen);
        break;
      default:
    }
  }

  async #save(): Promise<void> {
    const seen = this.#stage?.seen ?? null;
    const { ffmpeg, log } = this.#options;
    try {
      const path = seen && (await saveSnapshot(seen, ffmpeg, log));
      const words = path === null ? "there is no picture to save yet" : `saved ${path}`;
      log.info(words);
      this.#overlay.say(words);
    } catch (error) {
      log.warn(`cannot save the picture: ${messageOf(error)}`);
      this.#overlay.say(`not saved: ${messageOf(error)}`);
    }
  }
}

/** What the frame says of its own size; undefined where it says nothing, as H.264 does between key frames. */
function sizeOf({ bytes, isKey }: NewFrame, codec: Codec): Sized | undefined {
  if (codec === "mjpeg") {
    const size = jpegSize(bytes);
    return size && { ...size, matrix: "smpte170m" };
  }
  const sequence = isKey ? h264Parameters(bytes) : undefined;
  return sequence && { ...sequence, matrix: matrixOf(sequence) };
}
