import type { PeerText } from "../errors.ts";
import { type FfmpegExit, FfmpegProcess, type InputReport } from "../ffmpeg.ts";
import type { Log } from "../log.ts";
import type { Clock, Ms, Timer } from "../time.ts";
import type { Feeder } from "./feeder.ts";
import { KeyWatch } from "./key-watch.ts";
import type { Nature } from "./nature.ts";
import type { Pacer } from "./pacer.ts";
import { type CapturedPicture, pictureReader } from "./picture-reader.ts";
import { DEVICE_PATIENCE, OTHERS_PATIENCE, type Patience, SEGMENTS_PATIENCE, StallWatch } from "./stall-watch.ts";

/** How long what ffmpeg finds is waited for when pictures come already, ms: what is named as ffmpeg may say nothing. */
const REPORT_MS = 1000;

/** How ffmpeg is run for pictures. */
export interface CapturePlan {
  readonly args: readonly string[];
  readonly codec: "mjpeg" | "h264";
  readonly container: "multipart" | "nut";
  /** ffmpeg makes pixels square: those that are not are of pictures of another shape, which it squeezed into the first's. */
  readonly isSquared: boolean;
  /** The times of its pictures are Unix time, of the moment in which each was taken. */
  readonly hasUnixTime: boolean;
}

export interface RunOptions {
  readonly ffmpegPath: string;
  readonly plan: CapturePlan;
  readonly stdin: "inherit" | "ignore" | "feeder";
  readonly fps: number | null;
  /** It gives pictures at a steady rate, or has stalled. */
  readonly isDevice: boolean;
  readonly feeder: Feeder | undefined;
  readonly pacer: Pacer<CapturedPicture>;
  readonly nature: Nature;
  /** ffmpeg's input is open. @returns what it is, or null when this run is of no use */
  readonly onInput: ((report: InputReport) => Nature | null) | null;
  /** Key frames come too seldom. @returns whether this run is of no use */
  readonly onFewKeys: (() => boolean) | null;
  /** Pictures of another shape come than before. @returns whether this run is of no use */
  readonly onShape: () => boolean;
  /** @returns whether it is to be ended for it */
  readonly onStall: (reason: PeerText) => boolean;
  readonly onBroken: (fault: string) => void;
  readonly log: Log;
  readonly clock: Clock;
}

/** How a run of ffmpeg ended. */
export interface RunEnd {
  readonly exit: FfmpegExit;
  /** Why it was ended, where it stood still. */
  readonly stall: PeerText | null;
  /** It was ended since it is to be run in another way. */
  readonly isReplanned: boolean;
  /** What it gave. */
  readonly pictures: number;
  /** How long ago the first one came, ms; 0 where none came. */
  readonly liveMs: number;
}

/**
 * Runs ffmpeg once, to its end.
 * @param signal ends it; nothing is given from then on
 * @throws Error when it can't be started
 */
export async function runFfmpeg(options: RunOptions, signal: AbortSignal): Promise<RunEnd> {
  return await new Run(options, signal).ended();
}

class Run {
  readonly #options: RunOptions;
  readonly #signal: AbortSignal;
  readonly #child: FfmpegProcess;
  readonly #watch: StallWatch;
  readonly #keys = new KeyWatch();
  readonly #exit = Promise.withResolvers<FfmpegExit>();
  #firstPictureAt: Ms | null = null;
  #pictures = 0;
  #stall: PeerText | null = null;
  #isReplanned = false;
  /** It is known what the pictures are. */
  #isKnown = false;
  #reportTimer: Timer | undefined;

  /** @throws Error when ffmpeg can't be started */
  constructor(options: RunOptions, signal: AbortSignal) {
    const { fps, nature, isDevice, pacer, clock } = options;
    this.#options = options;
    this.#signal = signal;
    pacer.begin();
    this.#child = this.#spawn();
    const onStall = (reason: PeerText) => this.#stalled(reason);
    this.#watch = new StallWatch(fps, onStall, { isWanting: () => pacer.isWanting, clock });
    this.#watch.patience = patienceFor(nature, isDevice);
  }

  /** Called once. */
  async ended(): Promise<RunEnd> {
    const { pacer, nature, feeder, onInput, clock } = this.#options;
    const stop = () => {
      pacer.clear();
      void this.#child.stop();
    };
    this.#signal.addEventListener("abort", stop, { once: true });
    if (onInput === null) {
      this.#know(nature);
    }
    const isOver = new AbortController();
    feeder?.run((bytes) => this.#child.write(bytes), isOver.signal);

    const exit = await this.#exit.promise;
    isOver.abort();
    this.#watch.close();
    this.#reportTimer?.[Symbol.dispose]();
    if (!this.#isKnown && !this.#isUseless) {
      this.#know(nature);
    }
    pacer.end();
    this.#signal.removeEventListener("abort", stop);
    const liveMs = this.#firstPictureAt === null ? 0 : clock.now() - this.#firstPictureAt;
    return { exit, stall: this.#stall, isReplanned: this.#isReplanned, pictures: this.#pictures, liveMs };
  }

  #spawn(): FfmpegProcess {
    const { ffmpegPath, plan, stdin, isDevice, pacer, onBroken, log, clock } = this.#options;
    const reader = pictureReader(plan.codec, plan.container, (picture) => this.#take(picture), onBroken);
    return new FfmpegProcess(ffmpegPath, plan.args, {
      stdin: stdin === "feeder" ? "pipe" : stdin,
      onOutput: (chunk) => {
        reader.push(chunk);
        return pacer.room();
      },
      ...(!isDevice && {
        onInput: (report) => this.#learn(report),
        onRemark: () => this.#watch.isAtWork(),
      }),
      onExit: this.#exit.resolve,
      log,
      clock,
    });
  }

  /** Nothing that comes is of use any more. */
  get #isUseless(): boolean {
    return this.#signal.aborted || this.#isReplanned;
  }

  #take(picture: CapturedPicture | null): void {
    if (this.#isUseless) {
      return;
    }
    const { nature, pacer, onFewKeys, onShape, clock } = this.#options;
    this.#watch.alive();
    const isKeyLate = onFewKeys !== null && this.#keys.isTooLong(picture?.isKey === true, clock.now());
    if ((isKeyLate && onFewKeys()) || (picture?.isSquare === false && onShape())) {
      this.#replan();
    } else if (picture !== null) {
      this.#pictures += 1;
      this.#firstPictureAt ??= clock.now();
      if (!this.#isKnown) {
        this.#reportTimer ??= clock.after(REPORT_MS, () => this.#know(nature));
      }
      pacer.add(picture);
    }
  }

  #learn(report: InputReport): void {
    const { onInput } = this.#options;
    if (onInput === null || this.#isUseless) {
      return;
    }
    const nature = onInput(report);
    if (nature === null) {
      this.#replan();
    } else {
      this.#know(nature);
    }
  }

  #know(nature: Nature): void {
    this.#isKnown = true;
    this.#reportTimer?.[Symbol.dispose]();
    this.#watch.patience = patienceFor(nature, this.#options.isDevice);
    this.#options.pacer.know(nature);
  }

  #replan(): void {
    this.#isReplanned = true;
    this.#options.pacer.clear();
    this.#child.kill();
  }

  #stalled(reason: PeerText): void {
    if (this.#options.onStall(reason)) {
      this.#stall = reason;
      this.#child.kill();
    }
  }
}

function patienceFor({ flow }: Nature, isDevice: boolean): Patience {
  if (isDevice) {
    return DEVICE_PATIENCE;
  }
  return flow === "segments" ? SEGMENTS_PATIENCE : OTHERS_PATIENCE;
}
