import { Allowance } from "../allowance.ts";
import { asLanvidError, type Fault } from "../errors.ts";
import type { Ffmpeg } from "../ffmpeg.ts";
import type { Log } from "../log.ts";
import type { NewPacket } from "../media.ts";
import { WarnOnce } from "../rate-limited-log.ts";
import { Backoff } from "../retry.ts";
import { type Clock, type Ms, systemClock, type Timer } from "../time.ts";
import { formatDuration } from "../units.ts";
import { type Picture, type Plan, Transcoder } from "./transcoder.ts";

/** After failures, ms. */
const PAUSES = { firstMs: 250, lastMs: 10_000 };
/** How many may be started: a stream may change with each frame. */
const STARTS_AT_ONCE = 4;
const STARTS_PER_SECOND = 1;
/** An ffmpeg that lived for this time was well: the next pause is the first one, ms. */
const SETTLED_MS = 5000;

export interface TranscodingOptions<Format extends object> {
  /** What people know it by: "JPEG pictures". */
  readonly what: string;
  /** Asked for each ffmpeg that is started. @throws LanvidError when there is none */
  readonly findFfmpeg: () => Ffmpeg;
  /** @throws LanvidError when this ffmpeg can't do it */
  readonly plan: (format: Format, ffmpeg: Ffmpeg) => Plan;
  readonly onPicture: (picture: NewPacket, format: Format) => void;
  /** It may be able to take another picture. */
  readonly onFree: () => void;
  /** Nothing comes until `onFree`, and what follows then is to begin anew. */
  readonly onFailure?: (why: Fault) => void;
  readonly log: Log;
  readonly clock?: Clock;
}

/**
 * The ffmpeg for pictures of one format: another format starts another one. After a failure the next is started when a
 * picture comes after a pause, which grows.
 */
export class Transcoding<Format extends object> {
  readonly #options: TranscodingOptions<Format>;
  readonly #clock: Clock;
  #format: Format | null = null;
  #transcoder: Transcoder | null = null;
  #startedAt: Ms = 0;
  readonly #starts: Allowance;
  readonly #backoff = new Backoff(PAUSES);
  #pause: Timer | undefined;
  readonly #faults: WarnOnce;
  #stopping: Promise<void> = Promise.resolve();

  constructor(options: TranscodingOptions<Format>) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#starts = new Allowance(STARTS_AT_ONCE, STARTS_PER_SECOND, this.#clock.now());
    this.#faults = new WarnOnce(options.log);
  }

  /** It can take a picture now. */
  get isFree(): boolean {
    return this.#pause === undefined && (this.#transcoder === null || this.#transcoder.isFree);
  }

  /** Pictures of this format need no other ffmpeg to be started. */
  isFor(format: Format): boolean {
    return this.#transcoder !== null && this.#format !== null && isSame(this.#format, format);
  }

  /** Takes a picture, if it is free. Keeps its bytes until they are written. */
  push(format: Format, picture: Picture): void {
    if (this.#pause !== undefined) {
      return;
    }
    if (!this.isFor(format)) {
      this.reset();
      const waitMs = this.#starts.take(1, this.#clock.now());
      if (waitMs > 0) {
        this.#waitFor(waitMs);
        return;
      }
      this.#start(format);
    }
    if (this.#transcoder?.isFree === true) {
      this.#transcoder.push(picture);
    }
  }

  /** Ends the ffmpeg that runs, with all that is in it. */
  reset(): void {
    const old = this.#transcoder;
    this.#transcoder = null;
    if (old !== null) {
      this.#stopping = Promise.all([this.#stopping, old.close()]).then(() => undefined);
    }
  }

  /** Settles when ffmpeg is gone. It may be used again. */
  async close(): Promise<void> {
    this.#pause?.[Symbol.dispose]();
    this.#pause = undefined;
    this.#backoff.reset();
    this.#faults.forget();
    this.reset();
    await this.#stopping;
  }

  #waitFor(pauseMs: number): void {
    this.#pause = this.#clock.after(pauseMs, () => {
      this.#pause = undefined;
      this.#options.onFree();
    });
  }

  #start(format: Format): void {
    const { findFfmpeg, plan, onPicture, onFree, log } = this.#options;
    this.#format = format;
    this.#startedAt = this.#clock.now();
    try {
      const ffmpeg = findFfmpeg();
      const transcoder = new Transcoder({
        ffmpegPath: ffmpeg.path,
        plan: plan(format, ffmpeg),
        onPicture: (picture) => onPicture(picture, format),
        onFree,
        onFailure: (why) => {
          if (this.#transcoder === transcoder) {
            this.#fail(why);
          }
        },
        log,
        clock: this.#clock,
      });
      this.#transcoder = transcoder;
    } catch (error) {
      const fault = asLanvidError(error);
      this.#fail(fault, fault.hint);
    }
  }

  #fail(why: Fault, hint?: string): void {
    const { what, onFailure } = this.#options;
    this.reset();
    if (this.#clock.now() - this.#startedAt >= SETTLED_MS) {
      this.#backoff.reset();
      this.#faults.forget();
    }
    const pauseMs = this.#backoff.next();
    const line = `no ${what}: ${why.message}`;
    this.#faults.warn(line, { again: `${line}; trying again in ${formatDuration(pauseMs)}`, hint });
    this.#waitFor(pauseMs);
    onFailure?.(why);
  }
}

function isSame<Format extends object>(one: Format, other: Format): boolean {
  return Object.entries(one).every(([key, value]) => other[key as keyof Format] === value);
}
