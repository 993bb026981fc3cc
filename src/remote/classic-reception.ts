import type { ClassicPicture } from "../classic-pickle.ts";
import { forPeers, openFault } from "../errors.ts";
import { jpegSize } from "../media.ts";
import { type Clock, type Ms, systemClock, type Timer } from "../time.ts";
import type { ReceptionOptions } from "./reception.ts";
import type { ReceptionStats } from "./reception-stats.ts";

type Take = () => unknown;

/** As many None in a row mean that the sender's camera gives nothing. */
const NONE_LIMIT = 100;
/** A sender that has sent nothing for this long is waited for, ms: it may send a picture a minute. */
const WAITING_MS = 2000;
/** One that has sent nothing for this long gives way to another sender, ms. */
const YIELDING_MS = 10_000;

/** What a classic sender's pictures become: pixels as they are, JPEG as an ordinary frame, None a state. */
export class ClassicReception {
  readonly #stats: ReceptionStats;
  readonly #options: ReceptionOptions;
  readonly #onError: (error: unknown) => void;
  readonly #clock: Clock;
  #noneInARow = 0;
  #isBusy = false;
  #waiting: Take | null = null;
  #tookAt: Ms = Number.POSITIVE_INFINITY;
  #quietTimer: Timer | undefined;

  /** @param onError a picture could not be taken, which ends the connection */
  constructor(stats: ReceptionStats, options: ReceptionOptions, onError: (error: unknown) => void) {
    this.#stats = stats;
    this.#options = options;
    this.#onError = onError;
    this.#clock = options.clock ?? systemClock;
  }

  /** @param capturedAt when its first byte came, µs on our clock: when it was taken is not known */
  take(picture: ClassicPicture, capturedAt: number): void {
    this.#tookAt = this.#clock.now();
    this.#quietTimer ??= this.#clock.every(WAITING_MS / 4, () => this.#checkQuiet());
    if (picture.kind === "none") {
      this.#takeNone();
      return;
    }
    this.#noneInARow = 0;
    this.#stats.state = "live";
    this.#stats.error = null;
    this.#stats.frame(picture.bytes.length);
    if (picture.kind === "pixels") {
      const { width, height, channels, bytes } = picture;
      this.#describe("bgr24", width, height);
      void this.#give(() => this.#options.onPixels({ width, height, channels }, { capturedAt, bytes }));
      return;
    }
    const size = jpegSize(picture.bytes);
    this.#describe("mjpeg", size?.width ?? null, size?.height ?? null);
    void this.#give(() => this.#options.onFrame({ capturedAt, isKey: true, bytes: picture.bytes }, "mjpeg"));
  }

  /** It has sent something, and then nothing for so long that another sender may have its place. */
  get isYielding(): boolean {
    return this.#clock.now() - this.#tookAt > YIELDING_MS;
  }

  /** No more comes. Idempotent. */
  stop(): void {
    this.#quietTimer?.[Symbol.dispose]();
    this.#tookAt = Number.POSITIVE_INFINITY;
  }

  #checkQuiet(): void {
    if (this.#stats.state === "live" && this.#clock.now() - this.#tookAt > WAITING_MS) {
      this.#stats.waits(null);
      this.#options.sink.describe({ state: "starting" });
    }
  }

  /** The sender can't be told to wait: while a picture is being written, the newest one waits and replaces the last. */
  async #give(take: Take): Promise<void> {
    if (this.#isBusy) {
      this.#stats.dropped += this.#waiting === null ? 0 : 1;
      this.#waiting = take;
      return;
    }
    this.#isBusy = true;
    try {
      for (let next: Take | null = take; next !== null; next = this.#waiting) {
        this.#waiting = null;
        await next();
      }
    } catch (error) {
      this.#waiting = null;
      this.#onError(error);
    }
    this.#isBusy = false;
  }

  #describe(codec: "bgr24" | "mjpeg", width: number | null, height: number | null): void {
    this.#stats.picture = { codec, width, height };
    // Whoever watches gets JPEG in any case.
    this.#options.sink.describe({ codec: "mjpeg", width, height, hops: 1 });
  }

  #takeNone(): void {
    this.#stats.noPictures += 1;
    this.#noneInARow += 1;
    if (this.#noneInARow === NONE_LIMIT) {
      const error = openFault(forPeers`the sender has no picture: its camera gives nothing`);
      this.#stats.waits(error.message);
      this.#options.sink.describe({ state: "failed", error });
      this.#options.onWarning?.(error.message);
    }
  }
}
