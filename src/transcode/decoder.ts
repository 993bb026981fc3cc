import { messageOf } from "../errors.ts";
import { explain, type Ffmpeg, type FfmpegExit } from "../ffmpeg.ts";
import type { Log } from "../log.ts";
import { type Matrix, type NewPacket, PacketQueue, type PixelBuffer } from "../media.ts";
import { Backoff } from "../retry.ts";
import { closePipe, createPipe, PipeReader } from "../sys.ts";
import { type Clock, systemClock, type Timer } from "../time.ts";
import type { Size } from "../units.ts";
import { decoderArguments } from "./decoder-arguments.ts";
import { DecodingChild } from "./decoding-child.ts";
import { PICTURE, wrapped } from "./input.ts";
import { patienceMs } from "./limits.ts";

/** Frames inside ffmpeg at a time: one is worked on while the next is on its way. */
const MAX_IN_FLIGHT = 2;
/** After a complaint a picture that does not come within this time, or longer if it is large, is lost, ms. */
const LOST_MS = 250;
/** A decoder that gives nothing for this time, and longer for a large picture, is stuck: another takes its place. ms */
const STALL_MS = 2000;
/** Between two tries, when one ended without a picture; the second follows the first at once. ms */
const PAUSES = { firstMs: 100, lastMs: 1000 };
/** So many tries without a picture are worth a word. */
const TRIES_BEFORE_WARNING = 3;

export interface DecoderOptions<F extends NewPacket> {
  readonly codec: "mjpeg" | "h264";
  /** Of H.264, what it says or is taken for; JPEG has BT.601. */
  readonly matrix: Matrix;
  /** No frame may be larger. */
  readonly size: Size;
  /** Pictures come out in this size. */
  readonly output: Size;
  readonly ffmpeg: Ffmpeg;
  /** Where the next picture goes: as large as it is. There is always one. */
  readonly takeBuffer: () => PixelBuffer;
  /** A frame's picture, in the order of the frames. Owns the buffer. */
  readonly onPicture: (frame: F, buffer: PixelBuffer) => void;
  /** A buffer comes back unused. */
  readonly onUnused: (buffer: PixelBuffer) => void;
  /** There will be no picture of this frame: a newer one was due, it is preroll, or it can't be decoded. */
  readonly onNoPicture: (frame: F) => void;
  readonly log: Log;
  /** The machine's own unless told. */
  readonly clock?: Clock;
}

/**
 * Turns frames into pixels, by one ffmpeg that is replaced when it dies or stops. Of JPEG the newest is decoded, of H.264
 * every frame, beginning with a key frame. Nothing of it runs in this thread but the writing.
 */
export class Decoder<F extends NewPacket> {
  readonly #options: DecoderOptions<F>;
  readonly #clock: Clock;
  readonly #reader: PipeReader | null;
  #child: DecodingChild | null = null;
  /** H.264 that waits to be decoded has room for more than a sender lets be under way, ever. */
  readonly #waiting = new PacketQueue<F>();
  #inFlight: F[] = [];
  #isWriting = false;
  #isDraining = false;
  #needsKey = true;
  #isClosed = false;
  #tries = 0;
  readonly #backoff = new Backoff(PAUSES);
  #hasWarned = false;
  #watchdog: Timer | undefined;
  #retry: Timer | undefined;
  readonly #ended = Promise.withResolvers<void>();

  constructor(options: DecoderOptions<F>) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#reader = canReadPipes() ? new PipeReader() : null;
    this.#start();
  }

  /** Its process, for tests; null between two. */
  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** Takes the next frame; keeps its bytes until they are written. */
  push(frame: F): void {
    // Between two tries nothing waits: it would be old when the next one begins.
    if (this.#isClosed || this.#child === null || (this.#needsKey && !frame.isKey)) {
      this.#needsKey ||= this.#options.codec === "h264";
      this.#options.onNoPicture(frame);
      return;
    }
    this.#needsKey = false;
    const isTooMuch = !this.#waiting.hasRoomFor(frame);
    if (this.#options.codec === "mjpeg" || isTooMuch) {
      this.#dropWaiting();
    }
    if (isTooMuch && !frame.isKey) {
      this.#needsKey = true;
      this.#options.onNoPicture(frame);
      return;
    }
    this.#waiting.add(frame);
    void this.#pump();
  }

  /** Settles when ffmpeg is gone and no buffer is written to. */
  async close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#retry?.[Symbol.dispose]();
      this.#watchdog?.[Symbol.dispose]();
      this.#dropWaiting();
      if (this.#child === null) {
        this.#ended.resolve();
      }
      this.#child?.kill();
      void this.#ended.promise.then(() => this.#reader?.close());
    }
    await this.#ended.promise;
  }

  #start(): void {
    const { codec, matrix, size, output, ffmpeg, takeBuffer, onUnused, log } = this.#options;
    this.#retry = undefined;
    try {
      this.#child = new DecodingChild({
        ffmpeg,
        args: decoderArguments({ codec, matrix, size, output }, ffmpeg.hasFpsMode),
        reader: this.#reader,
        takeBuffer,
        onPicture: (buffer) => this.#take(buffer),
        onUnused,
        onComplaint: () => this.#drain(),
        onEnd: (exit) => this.#restart(exit),
        log,
      });
      void this.#pump();
    } catch (error) {
      this.#retryLater(`cannot run ffmpeg: ${messageOf(error)}`);
    }
  }

  async #pump(): Promise<void> {
    const child = this.#child;
    const isFull = this.#inFlight.length >= (this.#isDraining ? 1 : MAX_IN_FLIGHT);
    if (child === null || this.#isWriting || isFull) {
      return;
    }
    const frame = this.#waiting.shift();
    if (frame === undefined) {
      return;
    }
    this.#isWriting = true;
    this.#inFlight.push(frame);
    this.#watch();
    await child.write(wrapped(this.#options.codec, frame.bytes));
    if (child === this.#child) {
      this.#isWriting = false;
      void this.#pump();
    }
  }

  #take(buffer: PixelBuffer): void {
    const frame = this.#inFlight.shift();
    this.#tries = 0;
    this.#backoff.reset();
    this.#hasWarned = false;
    if (this.#inFlight.length === 0) {
      this.#isDraining = false;
    }
    this.#watch();
    void this.#pump();
    if (frame === undefined || frame.isPreroll || this.#isClosed) {
      this.#options.onUnused(buffer);
      if (frame !== undefined) {
        this.#options.onNoPicture(frame);
      }
      return;
    }
    this.#options.onPicture(frame, buffer);
  }

  /**
   * Pixels carry no number: which frame they are of is known by counting. After a complaint, which may mean that a frame
   * gives no picture, one frame at a time is decoded until as many pictures came as frames went in.
   */
  #drain(): void {
    this.#isDraining = true;
    this.#watch();
  }

  #watch(): void {
    this.#watchdog?.[Symbol.dispose]();
    if (this.#inFlight.length > 0 && !this.#isClosed) {
      const patience = patienceMs(this.#options.size);
      const limitMs = this.#isDraining ? Math.max(LOST_MS, patience) : STALL_MS + patience;
      this.#watchdog = this.#clock.after(limitMs, () => this.#giveUp());
    }
  }

  /** What should have come has not. */
  #giveUp(): void {
    if (!this.#isDraining) {
      this.#child?.kill();
      return;
    }
    this.#isDraining = false;
    this.#loseInFlight();
    void this.#pump();
  }

  #restart(exit: FfmpegExit): void {
    this.#watchdog?.[Symbol.dispose]();
    this.#child = null;
    this.#isWriting = false;
    this.#isDraining = false;
    this.#loseInFlight();
    if (this.#isClosed) {
      this.#ended.resolve();
      return;
    }
    this.#dropWaiting();
    this.#needsKey = true;
    this.#retryLater(explain(PICTURE, exit).message);
  }

  #retryLater(reason: string): void {
    this.#tries += 1;
    if (this.#tries >= TRIES_BEFORE_WARNING && !this.#hasWarned) {
      this.#hasWarned = true;
      this.#options.log.warn(`cannot decode the stream: ${reason}`);
    }
    const delay = this.#tries === 1 ? 0 : this.#backoff.next();
    this.#retry = this.#clock.after(delay, () => this.#start());
  }

  #loseInFlight(): void {
    for (const frame of this.#inFlight.splice(0)) {
      this.#options.onNoPicture(frame);
    }
  }

  #dropWaiting(): void {
    for (const frame of this.#waiting.clear()) {
      this.#options.onNoPicture(frame);
    }
  }
}

function canReadPipes(): boolean {
  const pipe = createPipe();
  if (pipe !== null) {
    closePipe(pipe.readEnd);
    closePipe(pipe.writeEnd);
  }
  return pipe !== null;
}
