import { type Fault, forPeers, heard, messageOf } from "../errors.ts";
import { explain, type FfmpegExit, FfmpegProcess } from "../ffmpeg.ts";
import type { Log } from "../log.ts";
import type { NewPacket } from "../media.ts";
import { type Clock, type Micros, systemClock, type Timer } from "../time.ts";
import { formatDuration } from "../units.ts";
import { PICTURE } from "./input.ts";

/** Pictures inside ffmpeg at a time: one is worked on while the next is on its way. */
const MAX_IN_FLIGHT = 2;
/** After a complaint a picture that does not come within this time, or its plan's patience, is lost, ms. */
const LOST_MS = 250;
/** An ffmpeg that gives nothing for this time and its plan's patience, is stopped or stuck, ms. */
const STALL_MS = 5000;

/** A picture on its way through ffmpeg. */
export interface Picture {
  readonly capturedAt: Micros;
  readonly isPreroll?: boolean;
  readonly bytes: Uint8Array;
}

/** How pictures are put into an ffmpeg, and taken from it. */
export interface Plan {
  readonly args: readonly string[];
  /** How much longer than usual it may take, since the pictures are large; ms. */
  readonly patienceMs: number;
  /** How a picture is written to ffmpeg's stdin. */
  readonly wrap: (bytes: Uint8Array) => readonly Uint8Array[];
  /** Makes what cuts ffmpeg's output into pictures. */
  readonly reader: (onPicture: (bytes: Uint8Array, isKey: boolean) => void) => { push(chunk: Uint8Array): void };
}

export interface TranscoderOptions {
  readonly ffmpegPath: string;
  readonly plan: Plan;
  readonly onPicture: (picture: NewPacket) => void;
  /** It can take another picture. */
  readonly onFree: () => void;
  /** ffmpeg ended by itself, or was ended since it was stuck. Called once. */
  readonly onFailure: (why: Fault) => void;
  readonly log: Log;
  readonly clock?: Clock;
}

/**
 * One ffmpeg that turns pictures into others, one for one and in order. What comes out carries no name, so which picture
 * it is of is known by counting. After a complaint, which may mean that a picture is missing, one at a time is given
 * until as many came out as went in.
 */
export class Transcoder {
  readonly #options: TranscoderOptions;
  readonly #clock: Clock;
  readonly #child: FfmpegProcess | null;
  readonly #inFlight: Omit<Picture, "bytes">[] = [];
  #last: Omit<Picture, "bytes"> = { capturedAt: 0 };
  #isWriting = false;
  #isDraining = false;
  #isClosed = false;
  /** The last that ffmpeg said, without where in it. */
  #complaint = "";
  #watchdog: Timer | undefined;

  /** Tells a failure by `onFailure`, never before it is made. */
  constructor(options: TranscoderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#child = this.#spawn();
  }

  /** It can take a picture now. */
  get isFree(): boolean {
    const limit = this.#isDraining ? 1 : MAX_IN_FLIGHT;
    return !this.#isClosed && !this.#isWriting && this.#inFlight.length < limit;
  }

  /** Takes a picture; only when it is free. Keeps its bytes until they are written. */
  push({ bytes, ...picture }: Picture): void {
    this.#inFlight.push(picture);
    this.#watch();
    void this.#write(bytes);
  }

  /** Settles when ffmpeg is gone. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#watchdog?.[Symbol.dispose]();
    this.#child?.kill();
    await this.#child?.finished;
  }

  #spawn(): FfmpegProcess | null {
    const { ffmpegPath, plan, log } = this.#options;
    const output = plan.reader((bytes, isKey) => this.#give(bytes, isKey));
    try {
      return new FfmpegProcess(ffmpegPath, plan.args, {
        stdin: "pipe",
        onOutput: (chunk) => output.push(chunk),
        onComplaint: (line) => this.#drain(line),
        onExit: (exit) => this.#fail(reasonOf(exit)),
        isIsolated: true,
        log,
      });
    } catch (error) {
      queueMicrotask(() =>
        this.#fail({ message: `cannot run ffmpeg: ${messageOf(error)}`, forPeers: forPeers`ffmpeg can't be run` }),
      );
      return null;
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#isWriting = true;
    for (const part of this.#options.plan.wrap(bytes)) {
      await this.#child?.write(part);
    }
    this.#isWriting = false;
    this.#tellIfFree();
  }

  #give(bytes: Uint8Array, isKey: boolean): void {
    if (this.#isClosed) {
      return;
    }
    // One more than went in: others may build on it, but nobody knows when it was taken.
    const picture = this.#inFlight.shift() ?? { ...this.#last, isPreroll: true };
    this.#last = picture;
    if (this.#inFlight.length === 0) {
      this.#isDraining = false;
    }
    this.#watch();
    this.#options.onPicture({ ...picture, isKey, bytes });
    this.#tellIfFree();
  }

  #drain(complaint: string): void {
    this.#complaint = complaint.replace(/^(\[[^\]]* @ \w+\] )+/, "");
    this.#isDraining = true;
    this.#watch();
  }

  /** A picture may be missing; before the first, ffmpeg may only be slow to start. */
  get #canLose(): boolean {
    return this.#isDraining && this.#last.capturedAt > 0;
  }

  get #stallMs(): number {
    return STALL_MS + this.#options.plan.patienceMs;
  }

  #watch(): void {
    this.#watchdog?.[Symbol.dispose]();
    if (this.#inFlight.length > 0 && !this.#isClosed) {
      const limitMs = this.#canLose ? Math.max(LOST_MS, this.#options.plan.patienceMs) : this.#stallMs;
      this.#watchdog = this.#clock.after(limitMs, () => this.#giveUp());
    }
  }

  /** What should have come has not. */
  #giveUp(): void {
    if (this.#canLose) {
      this.#isDraining = false;
      this.#inFlight.length = 0;
      this.#tellIfFree();
      return;
    }
    this.#child?.kill();
    const saying = this.#complaint === "" ? "" : `: ${this.#complaint}`;
    const time = heard(formatDuration(this.#stallMs));
    const told = forPeers`ffmpeg gave no picture for ${time}`;
    this.#fail({ message: `${told}${saying}`, forPeers: told });
  }

  #fail(why: Fault): void {
    this.#watchdog?.[Symbol.dispose]();
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#options.onFailure(why);
    }
  }

  #tellIfFree(): void {
    if (this.isFree) {
      this.#options.onFree();
    }
  }
}

function reasonOf(exit: FfmpegExit): Fault {
  if (exit.badOutput === null) {
    return explain(PICTURE, exit);
  }
  const message = `ffmpeg wrote something other than pictures: ${exit.badOutput}`;
  return { message, forPeers: forPeers`ffmpeg wrote something other than pictures` };
}
