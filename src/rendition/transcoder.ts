import { messageOf } from "../errors.ts";
import { explain, FfmpegProcess } from "../ffmpeg.ts";
import type { Log } from "../log.ts";

/** Pictures inside ffmpeg at a time: one is worked on while the next is on its way. */
const MAX_IN_FLIGHT = 2;

/** A picture on its way through ffmpeg. */
export interface Picture {
  readonly capturedAt: number;
  readonly bytes: Uint8Array;
}

export interface TranscoderOptions {
  readonly ffmpegPath: string;
  readonly args: readonly string[];
  /** How a picture is written to ffmpeg's stdin. */
  readonly wrap: (bytes: Uint8Array) => readonly Uint8Array[];
  /** Makes what cuts ffmpeg's output into pictures; each goes to `onPicture`. */
  readonly reader: (onPicture: (bytes: Uint8Array) => void) => { push(chunk: Uint8Array): void };
  readonly onPicture: (picture: Picture) => void;
  /** ffmpeg ended by itself. */
  readonly onFailure: (message: string) => void;
  readonly log: Log;
}

/** One ffmpeg that turns pictures into others, one for one and in order. The newest waits; those it replaces are lost. */
export class Transcoder {
  readonly #options: TranscoderOptions;
  readonly #child: FfmpegProcess | null;
  readonly #inFlight: number[] = [];
  #waiting: Picture | null = null;
  #isWriting = false;
  #isClosed = false;

  constructor(options: TranscoderOptions) {
    this.#options = options;
    this.#child = this.#spawn();
  }

  /** Takes the newest picture; keeps its bytes until they are written. */
  push(picture: Picture): void {
    this.#waiting = picture;
    void this.#pump();
  }

  /** Settles when ffmpeg is gone. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#waiting = null;
    this.#child?.kill();
    await this.#child?.finished;
  }

  #spawn(): FfmpegProcess | null {
    const { ffmpegPath, args, reader, onPicture, onFailure, log } = this.#options;
    const output = reader((bytes) => {
      const capturedAt = this.#inFlight.shift();
      if (capturedAt !== undefined && !this.#isClosed) {
        onPicture({ capturedAt, bytes });
        void this.#pump();
      }
    });
    try {
      return new FfmpegProcess(ffmpegPath, args, {
        stdin: "pipe",
        onOutput: (chunk) => output.push(chunk),
        onExit: (exit) => {
          if (!this.#isClosed) {
            this.#isClosed = true;
            onFailure(explain("the picture", exit).message);
          }
        },
        log,
      });
    } catch (error) {
      this.#isClosed = true;
      onFailure(`cannot run ffmpeg: ${messageOf(error)}`);
      return null;
    }
  }

  async #pump(): Promise<void> {
    if (this.#isWriting || this.#isClosed || this.#waiting === null || this.#inFlight.length >= MAX_IN_FLIGHT) {
      return;
    }
    const { capturedAt, bytes } = this.#waiting;
    this.#waiting = null;
    this.#isWriting = true;
    this.#inFlight.push(capturedAt);
    for (const part of this.#options.wrap(bytes)) {
      await this.#child?.write(part);
    }
    this.#isWriting = false;
    void this.#pump();
  }
}
