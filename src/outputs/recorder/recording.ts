import { LanvidError } from "../../errors.ts";
import {
  type Codec,
  codecName,
  type H264Parameters,
  h264Parameters,
  hasSameParameters,
  type NewPacket,
} from "../../media.ts";
import { type Clock, type Ms, systemClock, type Timer } from "../../time.ts";
import { MIB } from "../../units.ts";
import type { Container } from "./container.ts";
import { GrowingFile } from "./growing-file.ts";
import type { Output, Recorded } from "./output.ts";
import { Timeline } from "./timeline.ts";

export interface RecordingOptions {
  readonly path: string;
  /** Replace a file that is there. */
  readonly force: boolean;
  readonly codec: Codec;
  readonly container: Container;
  /** What may wait for the disk, bytes; 32 MiB unless told: many seconds of video. */
  readonly maxWaitingBytes?: number;
  /** A frame was left out. */
  readonly onDropped: () => void;
  readonly onWarning: (message: string) => void;
  /** The machine's own unless told. */
  readonly clock?: Clock;
}

const MAX_WAITING_BYTES = 32 * MIB;
/** When no frame came for this time, what is held back is written; ms. */
const QUIET_MS = 500;
/** How long the disk is waited for at the end, ms. */
const CLOSE_MS = 10_000;

/**
 * A file that is recorded: it begins with the first frame that a decoder can begin at, and plays to its end however
 * that comes about. While the disk is slower than the stream, frames are left out, up to a key frame each time.
 */
export class Recording implements Output {
  readonly codecs: readonly Codec[];
  readonly #options: RecordingOptions;
  readonly #clock: Clock;
  readonly #file: GrowingFile;
  readonly #timeline = new Timeline();
  /** What the file says at its beginning. */
  #parameters: H264Parameters | null = null;
  /** Frames came whose parameters are others: from then on each says its own. */
  #keepsParameters = false;
  #hasBegun = false;
  #frames = 0;
  /** What comes before the next key frame builds on what is not in the file. */
  #needsKey = true;
  #hasWarned = false;
  #wroteAt: Ms = 0;
  #timer: Timer | undefined;
  #hasThrown = false;
  #closing: Promise<void> | null = null;

  constructor(options: RecordingOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#file = new GrowingFile(options.path, options.force, this.#clock);
    this.codecs = [options.codec];
  }

  get recorded(): Recorded | null {
    const { size } = this.#file;
    const durationMs = Math.round(this.#timeline.lastMicros / 1000);
    return size === 0 ? null : { file: this.#options.path, frames: this.#frames, bytes: size, durationMs };
  }

  /** What has not gone to the disk yet. */
  get waitingBytes(): number {
    return this.#file.waitingBytes;
  }

  async write(frame: NewPacket, codec: Codec): Promise<void> {
    if (this.#closing !== null) {
      return;
    }
    this.#throwFailure();
    if (!this.#isDecodable(frame, codec)) {
      if (this.#hasBegun) {
        this.#options.onDropped();
      }
      return;
    }
    const { container, maxWaitingBytes = MAX_WAITING_BYTES } = this.#options;
    if (!this.#file.hasRoomFor(frame.bytes.length, maxWaitingBytes)) {
      this.#leaveOut();
      return;
    }
    this.#hasBegun = true;
    this.#frames += 1;
    this.#wroteAt = this.#clock.now();
    this.#timer ??= this.#clock.every(QUIET_MS, () => this.#flushWhenQuiet());
    const { bytes, isKey } = frame;
    const timeMicros = this.#timeline.place(frame.capturedAt, this.#clock.micros());
    this.#file.append(container.add({ bytes, isKey, timeMicros, keepsParameters: this.#keepsParameters }));
  }

  async close(): Promise<void> {
    if (this.#closing === null) {
      this.#closing = this.#close();
      await this.#closing;
    } else {
      // Whoever closed it first was told.
      await this.#closing.catch(() => undefined);
    }
  }

  /** @throws LanvidError (output) when it can't go into this file */
  #isDecodable(frame: NewPacket, codec: Codec): boolean {
    const { container } = this.#options;
    if (codec !== this.#options.codec) {
      throw this.#refusal(
        `the stream is ${codecName(codec)}`,
        `use a name that ends in ${codec === "h264" ? ".mp4" : ".mjpeg"}`,
      );
    }
    if (!frame.isKey) {
      return !this.#needsKey;
    }
    // What builds on a key frame that is refused can't go into the file either.
    this.#needsKey = true;
    this.#needsKey = container.holdsOneSize && !this.#fits(h264Parameters(frame.bytes));
    return !this.#needsKey;
  }

  /** @throws LanvidError (output) when the pictures have another size than those before */
  #fits(parameters: H264Parameters | undefined): boolean {
    if (parameters === undefined) {
      return false;
    }
    if (this.#parameters === null) {
      this.#parameters = parameters;
      this.#options.container.begin(parameters);
      return true;
    }
    const { width, height } = this.#parameters;
    if (parameters.width !== width || parameters.height !== height) {
      throw this.#refusal(
        `the picture is now ${parameters.width}×${parameters.height}, the file has ${width}×${height}`,
        "start again with another file name; the recording so far is kept",
      );
    }
    this.#keepsParameters ||= !hasSameParameters(parameters, this.#parameters);
    return true;
  }

  #refusal(reason: string, hint: string): LanvidError {
    return new LanvidError("cannot-write", "output", `cannot write "${this.#options.path}": ${reason}`, {
      hint,
    });
  }

  #leaveOut(): void {
    this.#needsKey = true;
    this.#options.onDropped();
    if (!this.#hasWarned) {
      this.#hasWarned = true;
      this.#options.onWarning(`the disk is too slow for "${this.#options.path}": frames are left out`);
    }
  }

  #flushWhenQuiet(): void {
    if (this.#clock.now() - this.#wroteAt >= QUIET_MS) {
      this.#file.append(this.#options.container.flush());
    }
  }

  async #close(): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    if (!this.#hasBegun) {
      return;
    }
    const { container, path } = this.#options;
    const rest = container.flush();
    const { tail, patches } = container.finish();
    this.#file.append([...rest, ...tail]);
    const { promise: late, resolve } = Promise.withResolvers<"late">();
    using _limit = this.#clock.after(CLOSE_MS, () => resolve("late"));
    const outcome = await Promise.race([this.#file.close(patches), late]);
    if (outcome === "late") {
      throw new LanvidError("cannot-write", "output", `cannot write "${path}": the disk does not answer`);
    }
    this.#throwFailure();
  }

  /** @throws LanvidError (output) once */
  #throwFailure(): void {
    const { failure } = this.#file;
    if (failure !== null && !this.#hasThrown) {
      this.#hasThrown = true;
      throw failure;
    }
  }
}
