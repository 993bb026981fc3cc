import type { Ffmpeg } from "../../ffmpeg.ts";
import type { Log } from "../../log.ts";
import type { Matrix, NewPacket, PixelBuffer } from "../../media.ts";
import { atMost, type Clock, type Micros, systemClock } from "../../time.ts";
import { Decoder } from "../../transcode.ts";
import type { Size } from "../../units.ts";
import type { PixelMemory, Window } from "../../window.ts";

/** One is decoded into, one waits for the screen, one is on its way there, one is what is seen. */
const BUFFERS = 4;
/** How long the end waits for the screen to take a last picture, ms. */
const SCREEN_MS = 300;

/** A frame on its way to the screen, and who wants to know when it is there (µs, our clock), or that it will not be. */
export interface Staged extends NewPacket {
  readonly settle: (shownAt: Micros | null) => void;
}

interface Picture {
  readonly frame: Staged;
  readonly buffer: PixelBuffer;
}

export interface StageOptions {
  readonly window: Window;
  readonly codec: "mjpeg" | "h264";
  readonly matrix: Matrix;
  readonly size: Size;
  readonly ffmpeg: Ffmpeg;
  /** A frame that was not preroll is not shown, since a newer one was due or it can't be decoded. */
  readonly onDropped: () => void;
  readonly log: Log;
  readonly clock?: Clock;
}

/** Decodes a stream of one codec and size, and brings its newest picture to the window. */
export class Presenter {
  readonly #options: StageOptions;
  readonly #clock: Clock;
  readonly #output: Size;
  readonly #memory: PixelMemory;
  readonly #decoder: Decoder<Staged>;
  readonly #free: PixelBuffer[];
  #next: Picture | null = null;
  #shown: Picture | null = null;
  #presenting: Promise<void> | null = null;
  #isFrozen = false;
  #isClosed = false;

  private constructor(options: StageOptions, output: Size, memory: PixelMemory) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#output = output;
    this.#memory = memory;
    this.#free = [...memory.buffers];
    const { codec, matrix, size, ffmpeg, log } = options;
    this.#decoder = new Decoder<Staged>({
      codec,
      matrix,
      size,
      output,
      ffmpeg,
      log,
      clock: this.#clock,
      takeBuffer: () => this.#take(),
      onPicture: (frame, buffer) => this.#show({ frame, buffer }),
      onUnused: (buffer) => this.#free.push(buffer),
      onNoPicture: (frame) => this.#drop(frame),
    });
  }

  static async open(options: StageOptions): Promise<Presenter> {
    const output = options.window.pictureSize(options.size);
    return new Presenter(options, output, await options.window.allocate(output, BUFFERS));
  }

  /** Is this stage for such pictures? */
  fits(codec: string, matrix: Matrix, size: Size): boolean {
    const { window } = this.#options;
    return (
      this.#options.codec === codec &&
      this.#options.matrix === matrix &&
      isSame(this.#options.size, size) &&
      isSame(this.#output, window.pictureSize(size))
    );
  }

  push(frame: Staged): void {
    this.#decoder.push(frame);
  }

  /** While it is frozen, pictures are decoded and not shown. */
  freeze(isFrozen: boolean): void {
    this.#isFrozen = isFrozen;
  }

  /** What is seen: its pixels are valid during this call only. Null before the first picture. */
  get seen(): { readonly frame: NewPacket; readonly pixels: Uint8Array; readonly size: Size } | null {
    return this.#shown && { frame: this.#shown.frame, pixels: this.#shown.buffer.bytes, size: this.#output };
  }

  /** The decoder's process; null between two. */
  get decoderPid(): number | null {
    return this.#decoder.pid;
  }

  /** Settles when nothing writes to the pictures' memory and it is given back. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#next !== null) {
      this.#drop(this.#next.frame);
      this.#next = null;
    }
    await this.#decoder.close();
    // A screen that does not answer must hold nobody.
    await atMost(SCREEN_MS, this.#presenting, this.#clock);
    this.#memory.close();
  }

  #take(): PixelBuffer {
    const free = this.#free.pop();
    if (free !== undefined) {
      return free;
    }
    // The screen is slower than the decoder: the picture that waits for it gives way to the next one.
    const { frame, buffer } = this.#next as Picture;
    this.#next = null;
    this.#drop(frame);
    return buffer;
  }

  #show(picture: Picture): void {
    if (this.#isClosed || this.#isFrozen) {
      this.#free.push(picture.buffer);
      picture.frame.settle(null);
      return;
    }
    if (this.#next !== null) {
      this.#free.push(this.#next.buffer);
      this.#drop(this.#next.frame);
    }
    this.#next = picture;
    this.#presenting ??= this.#present();
  }

  async #present(): Promise<void> {
    for (let picture = this.#next; picture !== null; picture = this.#next) {
      this.#next = null;
      const isShown = await this.#options.window.present(this.#memory, picture.buffer);
      picture.frame.settle(isShown ? this.#clock.micros() : null);
      if (this.#shown !== null) {
        this.#free.push(this.#shown.buffer);
      }
      this.#shown = picture;
    }
    this.#presenting = null;
  }

  #drop(frame: Staged): void {
    if (!frame.isPreroll) {
      this.#options.onDropped();
    }
    frame.settle(null);
  }
}

function isSame(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}
