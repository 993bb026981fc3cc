import type { Micros } from "../time.ts";

/** Feeds ffmpeg's stdin while it runs. */
export interface Feeder {
  run(write: (bytes: Uint8Array) => Promise<boolean>, signal: AbortSignal): void;
  /** Takes the time of the picture that comes out next; null when unknown. */
  capturedAt(): Micros | null;
}
