import type { Ffmpeg } from "../ffmpeg.ts";
import type { Log } from "../log.ts";
import type { Clock } from "../time.ts";
import type { CaptureSettings } from "./arguments.ts";

export interface CaptureOptions {
  readonly settings: CaptureSettings;
  readonly ffmpeg: Ffmpeg;
  /** How old a frame may be that is shown, ms: it says how often a key frame is needed. */
  readonly maxDelayMs: number;
  readonly log: Log;
  /** The machine's own unless told. */
  readonly clock?: Clock;
}
