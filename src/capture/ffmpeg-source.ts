import { nowMicros } from "../clock.ts";
import { messageOf } from "../errors.ts";
import { explain, type FfmpegExit, FfmpegProcess } from "../ffmpeg.ts";
import type { Log } from "../log.ts";
import { type FrameSink, type FrameSource, jpegSize } from "../media.ts";
import { formatDuration } from "../units.ts";
import { MultipartReader } from "./multipart.ts";
import { StallWatch } from "./stall-watch.ts";

/** Pauses between tries double from the first to the last, ms. */
const FIRST_PAUSE_MS = 100;
const LAST_PAUSE_MS = 5000;
/** Frames for this long mean that the source is well again: the next pause is the first one, ms. */
const SETTLED_MS = 2000;

/** Feeds ffmpeg's stdin while it runs. `next` takes the time of the picture that comes out next. */
export interface Feeder {
  run(write: (bytes: Uint8Array) => Promise<boolean>, signal: AbortSignal): void;
  /** µs on this process's clock, or null when unknown. */
  capturedAt(): number | null;
}

export interface FfmpegSourceOptions {
  readonly kind: string;
  readonly name: string;
  readonly alwaysOn: boolean;
  /** The end of ffmpeg is the end of the source: stdin. */
  readonly endsWithInput: boolean;
  readonly ffmpegPath: string;
  readonly args: readonly string[];
  readonly stdin: "inherit" | "ignore" | "feeder";
  /** Makes what writes the pictures to ffmpeg, for each run anew. */
  readonly feeder?: () => Feeder;
  readonly log: Log;
}

type Outcome =
  | { readonly kind: "stopped" }
  | { readonly kind: "ended" }
  | { readonly kind: "failed"; readonly message: string; readonly hint: string | undefined; readonly liveMs: number };

/** An ffmpeg that is kept running while it is wanted: started again when it dies or says nothing. */
export class FfmpegSource implements FrameSource {
  readonly kind: string;
  readonly name: string;
  readonly alwaysOn: boolean;
  readonly #options: FfmpegSourceOptions;
  #abort: AbortController | undefined;
  #running: Promise<void> = Promise.resolve();
  #restarts = 0;

  constructor(options: FfmpegSourceOptions) {
    this.kind = options.kind;
    this.name = options.name;
    this.alwaysOn = options.alwaysOn;
    this.#options = options;
  }

  start(sink: FrameSink): void {
    if (this.#abort && !this.#abort.signal.aborted) {
      return;
    }
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.#running = this.#running.then(() => this.#keepRunning(sink, signal));
  }

  stop(): Promise<void> {
    this.#abort?.abort();
    return this.#running;
  }

  async #keepRunning(sink: FrameSink, signal: AbortSignal): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    while (!signal.aborted) {
      sink.describe({ state: "starting" });
      const outcome = await this.#runOnce(sink, signal);
      if (outcome.kind === "stopped") {
        return;
      }
      if (outcome.kind === "ended") {
        sink.ended(`${this.name} has ended`);
        return;
      }
      if (outcome.liveMs >= SETTLED_MS) {
        pauseMs = FIRST_PAUSE_MS;
      }
      this.#restarts += 1;
      sink.describe({ state: "failed", error: outcome.message, restarts: this.#restarts });
      this.#options.log.warn(`${outcome.message}; trying again in ${formatDuration(pauseMs)}`, outcome.hint);
      await pause(pauseMs, signal);
      pauseMs = Math.min(pauseMs * 2, LAST_PAUSE_MS);
    }
  }

  async #runOnce(sink: FrameSink, signal: AbortSignal): Promise<Outcome> {
    if (signal.aborted) {
      return { kind: "stopped" };
    }
    const { promise: exited, resolve: onExit } = Promise.withResolvers<FfmpegExit>();
    const ended = new AbortController();
    const feeder = this.#options.feeder?.();
    let firstFrameAt: number | null = null;
    let stall: string | null = null;

    const reader = new MultipartReader((bytes) => {
      if (signal.aborted) {
        return;
      }
      watch.alive();
      const capturedAt = feeder?.capturedAt() ?? nowMicros();
      if (firstFrameAt === null) {
        firstFrameAt = performance.now();
        const size = jpegSize(bytes);
        const picture = { width: size?.width ?? null, height: size?.height ?? null };
        sink.describe({ state: "live", codec: "mjpeg", error: null, ...picture });
      }
      sink.frame({ capturedAt, isKey: true, bytes });
    });

    const { ffmpegPath, args, stdin, log } = this.#options;
    let child: FfmpegProcess;
    try {
      child = new FfmpegProcess(ffmpegPath, args, {
        stdin: stdin === "feeder" ? "pipe" : stdin,
        onOutput: (chunk) => reader.push(chunk),
        onExit,
        log,
      });
    } catch (error) {
      return { kind: "failed", message: `cannot run ffmpeg: ${messageOf(error)}`, hint: undefined, liveMs: 0 };
    }
    const watch = new StallWatch((reason) => {
      stall = reason;
      child.kill();
    });
    const stop = () => void child.stop();
    signal.addEventListener("abort", stop, { once: true });
    feeder?.run((bytes) => child.write(bytes), ended.signal);

    const exit = await exited;
    ended.abort();
    watch.close();
    signal.removeEventListener("abort", stop);
    const liveMs = firstFrameAt === null ? 0 : performance.now() - firstFrameAt;
    if (signal.aborted) {
      return { kind: "stopped" };
    }
    if (stall !== null) {
      return { kind: "failed", message: `${this.name} ${stall}`, hint: undefined, liveMs };
    }
    if (this.#options.endsWithInput && exit.code === 0) {
      return { kind: "ended" };
    }
    return { kind: "failed", ...explain(this.name, exit), liveMs };
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const abort = () => {
    clearTimeout(timer);
    resolve();
  };
  if (signal.aborted) {
    abort();
  }
  signal.addEventListener("abort", abort, { once: true });
  return promise;
}
