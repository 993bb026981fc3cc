import type { InputReport } from "../ffmpeg.ts";
import type { Log } from "../log.ts";
import type { Clock } from "../time.ts";
import type { Feeder } from "./feeder.ts";
import type { Nature } from "./nature.ts";
import type { CapturePlan, RunEnd } from "./run.ts";

/** What is made of what ffmpeg says of its input. */
export interface Learned {
  readonly nature: Nature;
  /** How ffmpeg is to be run from now on. */
  readonly plan: CapturePlan;
  /** The same, should it end after one picture: it is looked at again and again. Null where that can't be. */
  readonly picturePlan: CapturePlan | null;
  /** The same, should it end after more than one: it is turned over within one ffmpeg. Null where it can't be. */
  readonly turnedPlan: CapturePlan | null;
  /** The one that runs is of no use. */
  readonly mustRestart: boolean;
}

/** By which plans ffmpeg is run for a source, and what decides which. */
export interface PlanningOptions {
  readonly plan: CapturePlan;
  /** Where it is only known when it is opened what the source is; else its pictures are live. */
  readonly learn?: (report: InputReport) => Learned;
  /** Finds out how it is to be run, before it is; asked again while it gives null. */
  readonly look?: (signal: AbortSignal) => Promise<Pick<Learned, "plan" | "picturePlan"> | null>;
  /** Where a run shows that it goes the wrong way: the next one's plan, and its name for the person. */
  readonly otherWay?: (end: RunEnd) => { readonly plan: CapturePlan; readonly name: string } | null;
  /** Where it is known to be a single picture: how it is looked at again and again. */
  readonly picturePlan?: CapturePlan | null;
  /** The plan for what the source is now, looked at before each run and every second of it; null when that can't be seen. */
  readonly latest?: () => Promise<CapturePlan | null>;
  /** What to do instead where key frames come too seldom; null when nothing can be done. Asked at most once. */
  readonly withOwnKeys?: () => CapturePlan | null;
  /** Frames per second asked for; null when it is the source's own. */
  readonly fps: number | null;
}

export interface FfmpegSourceOptions extends PlanningOptions {
  readonly kind: string;
  readonly name: string;
  readonly alwaysOn: boolean;
  readonly readsOnce?: boolean;
  readonly isCertain?: boolean;
  /** The end of ffmpeg is the end of the source: stdin. */
  readonly endsWithInput: boolean;
  readonly ffmpegPath: string;
  /** What it is where ffmpeg does not say. */
  readonly nature?: Nature;
  readonly stdin: "inherit" | "ignore" | "feeder";
  /** Makes what writes the pictures to ffmpeg, for each run anew. */
  readonly feeder?: () => Feeder;
  readonly log: Log;
  /** The machine's own unless told. */
  readonly clock?: Clock;
}
