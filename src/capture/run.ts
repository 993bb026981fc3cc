import type { PeerText } from "../errors.ts";
import { type FfmpegExit, FfmpegProcess, type InputReport } from "../ffmpeg.ts";
import type { Log } from "../log.ts";
import type { Feeder } from "./ffmpeg-source.ts";
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
  /** @returns whether it shall be ended for it */
  readonly onStall: (reason: PeerText) => boolean;
  readonly onBroken: (fault: string) => void;
  readonly log: Log;
}

/** How a run of ffmpeg ended. */
export interface RunEnd {
  readonly exit: FfmpegExit;
  /** Why it was ended, where it stood still. */
  readonly stall: PeerText | null;
  /** It was ended since it shall be run in another way. */
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
  const { plan, pacer, feeder, onInput, onFewKeys, onShape } = options;
  const { promise: exited, resolve: onExit } = Promise.withResolvers<FfmpegExit>();
  const ended = new AbortController();
  const keys = new KeyWatch();
  let firstPictureAt: number | null = null;
  let pictures = 0;
  let stall: PeerText | null = null;
  let isReplanned = false;
  let isKnown = false;
  let reportTimer: ReturnType<typeof setTimeout> | undefined;

  const know = (nature: Nature) => {
    isKnown = true;
    clearTimeout(reportTimer);
    watch.patience = patienceFor(nature, options.isDevice);
    pacer.know(nature);
  };
  const replan = () => {
    isReplanned = true;
    pacer.clear();
    child.kill();
  };
  const take = (picture: CapturedPicture | null) => {
    if (signal.aborted || isReplanned) {
      return;
    }
    watch.alive();
    if (onFewKeys !== null && keys.isTooLong(picture?.isKey === true, performance.now()) && onFewKeys()) {
      replan();
    } else if (picture?.isSquare === false && onShape()) {
      replan();
    } else if (picture !== null) {
      pictures += 1;
      firstPictureAt ??= performance.now();
      if (!isKnown) {
        reportTimer ??= setTimeout(() => know(options.nature), REPORT_MS);
      }
      pacer.add(picture);
    }
  };
  const reader = pictureReader(plan.codec, plan.container, take, options.onBroken);

  pacer.begin();
  const child = new FfmpegProcess(options.ffmpegPath, plan.args, {
    stdin: options.stdin === "feeder" ? "pipe" : options.stdin,
    onOutput: (chunk) => {
      reader.push(chunk);
      return pacer.room();
    },
    ...(!options.isDevice && {
      onInput: (report) => {
        if (onInput === null || signal.aborted || isReplanned) {
          return;
        }
        const nature = onInput(report);
        if (nature === null) {
          replan();
        } else {
          know(nature);
        }
      },
      onRemark: () => watch.isAtWork(),
    }),
    onExit,
    log: options.log,
  });
  const watch = new StallWatch(
    options.fps,
    (reason) => {
      if (options.onStall(reason)) {
        stall = reason;
        child.kill();
      }
    },
    () => pacer.isWanting,
  );
  watch.patience = patienceFor(options.nature, options.isDevice);
  const stop = () => {
    pacer.clear();
    void child.stop();
  };
  signal.addEventListener("abort", stop, { once: true });
  if (onInput === null) {
    know(options.nature);
  }
  feeder?.run((bytes) => child.write(bytes), ended.signal);

  const exit = await exited;
  ended.abort();
  watch.close();
  clearTimeout(reportTimer);
  if (!isKnown && !isReplanned && !signal.aborted) {
    know(options.nature);
  }
  pacer.end();
  signal.removeEventListener("abort", stop);
  const liveMs = firstPictureAt === null ? 0 : performance.now() - firstPictureAt;
  return { exit, stall, isReplanned, pictures, liveMs };
}

function patienceFor({ flow }: Nature, isDevice: boolean): Patience {
  if (isDevice) {
    return DEVICE_PATIENCE;
  }
  return flow === "segments" ? SEGMENTS_PATIENCE : OTHERS_PATIENCE;
}
