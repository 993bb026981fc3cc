import { heard, LanvidError, messageOf, openFault } from "../../errors.ts";
import type { Ffmpeg } from "../../ffmpeg.ts";
import type { Log } from "../../log.ts";
import type { Codec, NewPacket, StreamDescription } from "../../media.ts";
import { type Clock, type Micros, systemClock } from "../../time.ts";
import type { Window, WindowEvent, WindowOptions } from "../../window.ts";
import { saveSnapshot } from "../snapshot.ts";
import { Overlay } from "./overlay.ts";
import { PictureFeed } from "./picture-feed.ts";
import type { View, ViewSource } from "./view.ts";
import { actionOf } from "./window-keys.ts";

/** Of the window until the first picture has come. */
const FIRST_SIZE = { width: 1280, height: 720 };

export interface WindowViewOptions extends ViewSource {
  /** In the title until the stream has a name. */
  readonly name: string;
  readonly ffmpeg: Ffmpeg;
  /** @throws Error that says why there can be no window */
  readonly open: (options: WindowOptions) => Window | Promise<Window>;
  readonly log: Log;
  readonly clock?: Clock;
}

/** The stream in a window of the system, or in a terminal. */
export class WindowView implements View {
  readonly codecs: readonly Codec[];
  readonly ended: Promise<"quit">;
  readonly #options: WindowViewOptions;
  readonly #clock: Clock;
  readonly #window: Window;
  readonly #overlay: Overlay;
  readonly #feed: PictureFeed;
  readonly #quit: (how: "quit") => void;
  readonly #fail: (error: LanvidError) => void;
  #isFrozen = false;

  private constructor(options: WindowViewOptions, window: Window, ended: PromiseWithResolvers<"quit">) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#window = window;
    this.#quit = ended.resolve;
    this.#fail = ended.reject;
    this.ended = ended.promise;
    // Whoever does not wait for it must not be told of it otherwise.
    this.ended.catch(() => undefined);
    const { ffmpeg, onDropped, onFrozen, log } = options;
    this.codecs = ffmpeg.hasFpsMode ? ["h264", "mjpeg"] : ["mjpeg"];
    this.#overlay = new Overlay(window, options);
    this.#feed = new PictureFeed({
      window,
      ffmpeg,
      onDropped,
      onFrozen,
      onShown: () => this.#overlay.shown(),
      onRefused: (reason) => {
        log.warn(reason);
        this.#overlay.describe({ state: "failed", error: openFault(heard(reason)) });
      },
      log,
      clock: this.#clock,
    });
  }

  /** @throws Error that says why there can be no window */
  static async open(options: WindowViewOptions): Promise<WindowView> {
    const ended = Promise.withResolvers<"quit">();
    const early: WindowEvent[] = [];
    let view: WindowView | null = null;
    const onEvent = (event: WindowEvent) => (view === null ? early.push(event) : view.#handle(event));
    const window = await options.open({
      title: options.name,
      size: FIRST_SIZE,
      onEvent,
      clock: options.clock ?? systemClock,
    });
    view = new WindowView(options, window, ended);
    for (const event of early) {
      view.#handle(event);
    }
    return view;
  }

  opens(doing: string): void {
    this.#overlay.opens(doing);
  }

  describe(change: Partial<StreamDescription>): void {
    const { width, height } = change;
    if (width !== undefined && height !== undefined) {
      this.#feed.announce(width === null || height === null ? null : { width, height });
    }
    this.#overlay.describe(change);
  }

  lost(reason: string): void {
    this.#overlay.lost(reason);
  }

  show(frame: NewPacket, codec: Codec): Promise<Micros | null> {
    return this.#feed.show(frame, codec);
  }

  /** The decoder's process, for tests; null when there is none. */
  get decoderPid(): number | null {
    return this.#feed.decoderPid;
  }

  async close(): Promise<void> {
    this.#overlay.close();
    await this.#feed.close();
    await this.#window.close();
  }

  #handle(event: WindowEvent): void {
    switch (event.kind) {
      case "key":
        this.#press(event.key);
        break;
      case "double-click":
        this.#window.toggleFullScreen();
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
        this.#fail(new LanvidError("display-gone", "display", `the window is gone: ${event.reason}`));
        break;
      default:
        event satisfies never;
    }
  }

  #press(key: string): void {
    const action = actionOf(key);
    switch (action) {
      case "keys":
        this.#overlay.toggleKeys();
        break;
      case "full-screen":
        this.#window.toggleFullScreen();
        break;
      case "freeze":
        this.#freeze();
        break;
      case "save":
        void this.#save();
        break;
      case "details":
        this.#overlay.toggleFigures();
        break;
      case "back":
        this.#goBack();
        break;
      case "quit":
        this.#quit("quit");
        break;
      case "classic-quit":
        // The key that ends the old programs; others press it by chance.
        if (this.#options.isClassic()) {
          this.#quit("quit");
        }
        break;
      case undefined:
        break;
      default:
        action satisfies never;
    }
  }

  #goBack(): void {
    if (this.#overlay.back()) {
      return;
    }
    if (this.#window.isFullScreen) {
      this.#window.toggleFullScreen();
    } else {
      this.#quit("quit");
    }
  }

  #freeze(): void {
    const { seen } = this.#feed;
    if (!this.#isFrozen && seen === null) {
      this.#overlay.say("there is no picture to freeze yet");
      return;
    }
    this.#isFrozen = !this.#isFrozen;
    this.#feed.freeze(this.#isFrozen);
    const ageMs = seen === null ? 0 : (this.#clock.micros() - seen.frame.capturedAt) / 1000;
    this.#overlay.freeze(this.#isFrozen ? new Date(this.#clock.unixMs() - ageMs) : null);
  }

  async #save(): Promise<void> {
    const { seen } = this.#feed;
    const { ffmpeg, log } = this.#options;
    try {
      const path = seen && (await saveSnapshot(seen, this.#overlay.name, ffmpeg, log, this.#clock));
      const words = path === null ? "there is no picture to save yet" : `saved ${path}`;
      log.info(words);
      this.#overlay.say(words);
    } catch (error) {
      log.warn(`cannot save the picture: ${messageOf(error)}`);
      this.#overlay.say(`not saved: ${messageOf(error)}`);
    }
  }
}
