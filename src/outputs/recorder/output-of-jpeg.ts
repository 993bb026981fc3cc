import { availableParallelism } from "node:os";
import type { Ffmpeg } from "../../ffmpeg.ts";
import type { Log } from "../../log.ts";
import { type Codec, jpegSize, keyIntervalMs, type NewPacket } from "../../media.ts";
import { type Subscription, Track } from "../../stream.ts";
import { type Clock, type Micros, sleep, systemClock } from "../../time.ts";
import { Rendition } from "../../transcode.ts";
import type { Output, Recorded } from "./output.ts";

const QUALITY = 90;
/** What sets how far its key frames are apart; ms. */
const DELAY_MS = 250;
/** A frame may wait so long for its place in the file; ms. */
const PATIENCE_MS = 2000;

export interface OutputOfJpegOptions {
  /** Takes H.264. */
  readonly output: Output;
  /** Asked with the first JPEG. @throws LanvidError when there is none */
  readonly findFfmpeg: () => Ffmpeg;
  readonly log: Log;
  readonly clock?: Clock;
}

/** An H.264 recording that is given JPEG: a classic sender can't be asked for anything else. */
export class OutputOfJpeg implements Output {
  readonly codecs: readonly Codec[];
  readonly #options: OutputOfJpegOptions;
  readonly #jpeg: Track;
  readonly #h264: Track;
  readonly #clock: Clock;
  #ffmpeg: Ffmpeg | null = null;
  #subscription: Subscription | null = null;
  #givenAt: Micros = 0;
  #takenAt: Micros = 0;
  #failure: unknown = null;
  #isClosed = false;

  constructor(options: OutputOfJpegOptions) {
    this.#options = options;
    this.codecs = options.output.codecs;
    const clock = options.clock ?? systemClock;
    this.#clock = clock;
    this.#jpeg = new Track({ name: "", clock });
    this.#h264 = new Track({ name: "", clock });
    const rendition = new Rendition({
      from: this.#jpeg,
      form: "h264",
      quality: QUALITY,
      keyIntervalMs: keyIntervalMs(DELAY_MS),
      maxDelayMs: PATIENCE_MS,
      isForeign: true,
      cores: availableParallelism(),
      findFfmpeg: options.findFfmpeg,
      log: options.log,
      clock,
    });
    this.#h264.attach(rendition);
  }

  get recorded(): Recorded | null {
    return this.#options.output.recorded;
  }

  async write(frame: NewPacket, codec: Codec): Promise<void> {
    if (codec !== "mjpeg") {
      await this.#options.output.write(frame, codec);
      return;
    }
    this.#throwFailure();
    this.#ffmpeg ??= this.#options.findFfmpeg();
    const size = jpegSize(frame.bytes);
    if (size === undefined || this.#isClosed) {
      return;
    }
    this.#jpeg.describe({ state: "live", codec, ...size });
    this.#subscription ??= this.#h264.subscribe(
      "local",
      null,
      { packetReady: () => void this.#take(), described: () => undefined, ended: () => undefined },
      { maxDelayMs: PATIENCE_MS },
    );
    this.#givenAt = frame.capturedAt;
    this.#jpeg.frame(frame);
  }

  /** Waits a moment for what ffmpeg still has. */
  async close(): Promise<void> {
    const clock = this.#clock;
    const patience = new AbortController();
    using _timer = clock.after(PATIENCE_MS, () => patience.abort());
    while (this.#takenAt < this.#givenAt && !patience.signal.aborted && this.#failure === null && !this.#isClosed) {
      await sleep(10, patience.signal, clock);
    }
    this.#isClosed = true;
    this.#subscription?.close();
    await this.#h264.close();
    await this.#options.output.close();
    this.#throwFailure();
  }

  /** What was written later than it was given failed: whoever comes next is told, once. */
  #throwFailure(): void {
    const failure = this.#failure;
    this.#failure = null;
    if (failure !== null) {
      throw failure;
    }
  }

  async #take(): Promise<void> {
    const subscription = this.#subscription;
    for (let frame = subscription?.peek(); frame && subscription; frame = subscription.peek()) {
      subscription.take(frame);
      try {
        await this.#options.output.write(frame, "h264");
      } catch (error) {
        this.#failure ??= error;
      }
      this.#takenAt = frame.capturedAt;
    }
  }
}
