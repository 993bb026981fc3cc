import { nowMicros, sleep } from "../clock.ts";
import { ExitCode, type Fault, forPeers, LanvidError, messageOf, type PeerText } from "../errors.ts";
import { type Explanation, explain, type FfmpegExit, FfmpegProcess, type Named } from "../ffmpeg.ts";
import type { Log } from "../log.ts";
import type { FrameSink, FrameSource } from "../media.ts";
import { formatDuration, type Size } from "../units.ts";
import { KeyWatch, MAX_KEY_INTERVAL_MS } from "./key-watch.ts";
import { type CapturedPicture, pictureReader } from "./picture-reader.ts";
import { StallWatch } from "./stall-watch.ts";

/** Pauses between tries double from the first to the last, ms. */
const FIRST_PAUSE_MS = 100;
const LAST_PAUSE_MS = 5000;
/** The last pause while each try gives pictures for a moment: viewers shall not miss more than it takes, ms. */
const LAST_LIVE_PAUSE_MS = 1000;
/** Frames for this long mean that the source is well again: the next pause is the first one, ms. */
const SETTLED_MS = 2000;
/** A capture time that is older, or not past yet, is none, µs. */
const MAX_CAPTURE_AGE_MICROS = 2_000_000;

/** Feeds ffmpeg's stdin while it runs. `next` takes the time of the picture that comes out next. */
export interface Feeder {
  run(write: (bytes: Uint8Array) => Promise<boolean>, signal: AbortSignal): void;
  /** µs on this process's clock, or null when unknown. */
  capturedAt(): number | null;
}

/** How ffmpeg is run for pictures. */
export interface CapturePlan {
  readonly args: readonly string[];
  readonly codec: "mjpeg" | "h264";
  /** The times of its pictures are Unix time, of the moment in which each was taken. */
  readonly hasUnixTime: boolean;
}

export interface FfmpegSourceOptions {
  readonly kind: string;
  readonly name: string;
  readonly alwaysOn: boolean;
  /** The end of ffmpeg is the end of the source: stdin. */
  readonly endsWithInput: boolean;
  readonly ffmpegPath: string;
  readonly plan: CapturePlan;
  /** What to do instead where key frames come too seldom; null when nothing can be done. Asked at most once. */
  readonly withOwnKeys?: () => CapturePlan | null;
  readonly stdin: "inherit" | "ignore" | "feeder";
  /** Frames per second asked for; null when it is the source's own. */
  readonly fps: number | null;
  /** Makes what writes the pictures to ffmpeg, for each run anew. */
  readonly feeder?: () => Feeder;
  /** The source ends because it can't be read; called before the sink is told that it ended. */
  readonly onFault: (error: LanvidError) => void;
  readonly log: Log;
}

type Outcome =
  | { readonly kind: "stopped" }
  /** It goes on with another plan. */
  | { readonly kind: "replanned" }
  /** `error` says why its input can't be read, or is null when it was read to its end. */
  | { readonly kind: "ended"; readonly error: Explanation | null }
  | { readonly kind: "failed"; readonly fault: Explanation; readonly liveMs: number };

/** What peers hear of a source, by its kind: not its name, which may be a path or an address. */
const NOUNS: Readonly<Record<string, PeerText>> = {
  test: forPeers`the test pattern`,
  camera: forPeers`the camera`,
  screen: forPeers`the screen`,
  file: forPeers`the file`,
  url: forPeers`the source's address`,
  stdin: forPeers`standard input`,
};

/** An ffmpeg that is kept running while it is wanted: started again when it dies or says nothing. */
export class FfmpegSource implements FrameSource {
  readonly kind: string;
  readonly name: string;
  readonly codec: "mjpeg" | "h264";
  readonly alwaysOn: boolean;
  readonly #options: FfmpegSourceOptions;
  #plan: CapturePlan;
  #mayReplan: boolean;
  #abort: AbortController | undefined;
  #running: Promise<void> = Promise.resolve();
  #restarts = 0;
  #broken = 0;
  #nextSaidBroken = 10;

  constructor(options: FfmpegSourceOptions) {
    this.kind = options.kind;
    this.name = options.name;
    this.alwaysOn = options.alwaysOn;
    this.#options = options;
    this.codec = options.plan.codec;
    this.#plan = options.plan;
    this.#mayReplan = options.withOwnKeys !== undefined;
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
    let lastSaid = "";
    while (!signal.aborted) {
      sink.describe({ state: "starting" });
      const outcome = await this.#runOnce(sink, signal);
      if (outcome.kind === "stopped") {
        return;
      }
      if (outcome.kind === "replanned") {
        continue;
      }
      if (outcome.kind === "ended") {
        const { error } = outcome;
        if (error !== null) {
          this.#options.onFault(new LanvidError("bad-input", ExitCode.source, error.message, error));
        }
        sink.ended(error ?? { message: `${this.name} has ended`, forPeers: forPeers`${this.#noun} has ended` });
        return;
      }
      if (outcome.liveMs >= SETTLED_MS) {
        pauseMs = FIRST_PAUSE_MS;
        lastSaid = "";
      }
      pauseMs = Math.min(pauseMs, outcome.liveMs > 0 ? LAST_LIVE_PAUSE_MS : LAST_PAUSE_MS);
      this.#restarts += 1;
      const { fault } = outcome;
      sink.describe({ state: "failed", error: fault, restarts: this.#restarts });
      const said = `${fault.message}; trying again in ${formatDuration(pauseMs)}`;
      if (fault.message === lastSaid) {
        this.#options.log.debug(said);
      } else {
        this.#options.log.warn(said, fault.hint);
        lastSaid = fault.message;
      }
      await sleep(pauseMs, signal);
      pauseMs *= 2;
    }
  }

  async #runOnce(sink: FrameSink, signal: AbortSignal): Promise<Outcome> {
    if (signal.aborted) {
      return { kind: "stopped" };
    }
    const { promise: exited, resolve: onExit } = Promise.withResolvers<FfmpegExit>();
    const ended = new AbortController();
    const feeder = this.#options.feeder?.();
    const keys = new KeyWatch();
    const { codec, hasUnixTime } = this.#plan;
    let firstFrameAt: number | null = null;
    let size: Size | null = null;
    let stall: PeerText | null = null;
    let isReplanned = false;

    const give = (picture: CapturedPicture) => {
      const now = nowMicros();
      const pts = hasUnixTime ? picture.ptsMicros : null;
      const capturedAt = feeder?.capturedAt() ?? (pts === null ? now : captureTime(pts, now));
      const hasNewSize = picture.size !== null && !isSame(picture.size, size);
      if (firstFrameAt === null || hasNewSize) {
        firstFrameAt ??= performance.now();
        size = picture.size ?? size;
        sink.describe({ state: "live", codec, error: null, width: size?.width ?? null, height: size?.height ?? null });
      }
      sink.frame({ capturedAt, isKey: picture.isKey, bytes: picture.bytes });
    };
    const take = (picture: CapturedPicture | null) => {
      if (signal.aborted || isReplanned) {
        return;
      }
      watch.alive();
      if (this.#mayReplan && keys.isTooLong(picture?.isKey === true, performance.now()) && this.#replan()) {
        isReplanned = true;
        child.kill();
      } else if (picture !== null) {
        give(picture);
      }
    };
    const reader = pictureReader(codec, take, (fault) => this.#sayBroken(fault));

    const { ffmpegPath, stdin, fps, log } = this.#options;
    let child: FfmpegProcess;
    try {
      child = new FfmpegProcess(ffmpegPath, this.#plan.args, {
        stdin: stdin === "feeder" ? "pipe" : stdin,
        onOutput: (chunk) => reader.push(chunk),
        onExit,
        log,
      });
    } catch (error) {
      const message = `cannot run ffmpeg: ${messageOf(error)}`;
      return failed({ message, forPeers: forPeers`ffmpeg can't be run` }, 0);
    }
    const watch = new StallWatch(fps, (reason) => {
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
    if (isReplanned) {
      return { kind: "replanned" };
    }
    if (stall !== null) {
      return failed({ message: `${this.name} ${stall}`, forPeers: forPeers`${this.#noun} ${stall}` }, liveMs);
    }
    if (exit.badOutput !== null) {
      const message = `ffmpeg gave something else than pictures: ${exit.badOutput}`;
      const fault = { message, forPeers: forPeers`ffmpeg gave something else than pictures` };
      return failed(fault, liveMs, "check what is given as ffmpeg, and the arguments after --");
    }
    if (this.#options.endsWithInput && exit.code !== null) {
      // What was read from a pipe does not come again: another ffmpeg would not find a beginning.
      return { kind: "ended", error: exit.code === 0 ? null : explain(this.#named, exit) };
    }
    const fault = explain(this.#named, exit);
    return failed(fault, liveMs, fault.hint);
  }

  get #noun(): PeerText {
    return NOUNS[this.kind] ?? forPeers`the source`;
  }

  get #named(): Named {
    return { name: this.name, noun: this.#noun };
  }

  #sayBroken(fault: string): void {
    this.#broken += 1;
    if (this.#broken === 1) {
      const what = this.#plan.codec === "h264" ? "H.264" : "JPEG";
      this.#options.log.warn(`${this.name} gives broken ${what}, which is left out: ${fault}`);
    } else if (this.#broken === this.#nextSaidBroken) {
      this.#nextSaidBroken *= 10;
      this.#options.log.info(`${this.#broken} broken pictures of ${this.name} were left out`);
    }
  }

  /** Key frames come too seldom: whoever joins would wait for one. */
  #replan(): boolean {
    const plan = this.#options.withOwnKeys?.() ?? null;
    this.#mayReplan = false;
    if (plan === null) {
      return false;
    }
    this.#plan = plan;
    this.#options.log.info(
      `${this.name} gives no key frame for ${formatDuration(MAX_KEY_INTERVAL_MS)}: encoding it anew`,
    );
    return true;
  }
}

function failed(fault: Fault, liveMs: number, hint?: string): Outcome {
  return { kind: "failed", fault: { message: fault.message, forPeers: fault.forPeers, hint }, liveMs };
}

function isSame(a: Size, b: Size | null): boolean {
  return a.width === b?.width && a.height === b.height;
}

/** On this process's clock: its difference to the system's may change at any time. */
function captureTime(unixMicros: number, now: number): number {
  const at = unixMicros - Date.now() * 1000 + now;
  return at <= now && at >= now - MAX_CAPTURE_AGE_MICROS ? at : now;
}
