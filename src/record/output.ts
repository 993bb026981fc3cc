import type { Codec, NewFrame } from "../media.ts";

/** Takes frames to a file, or to stdout. */
export interface Output {
  /** What it can take; of several, only that which came first from then on. */
  readonly codecs: readonly Codec[];
  /**
   * Takes every frame that comes, preroll too: others build on it. Keeps its bytes. Settles when the next one may be
   * given. @throws LanvidError (output)
   */
  write(frame: NewFrame, codec: Codec): Promise<void>;
  /** Settles when everything is written. Idempotent. @throws LanvidError (output) unless it was thrown before */
  close(): Promise<void>;
}
