import type { Codec, NewPacket } from "../../media.ts";

/** What is in a file that is being written. */
export interface Recorded {
  /** As the person named it. */
  readonly file: string;
  /** Those that are only decoded to begin with, too. */
  readonly frames: number;
  readonly bytes: number;
  /** From the first frame to the last, gaps included, ms. */
  readonly durationMs: number;
}

/** Takes frames to a file, or to stdout. */
export interface Output {
  /** Null as long as there is no file. */
  readonly recorded: Recorded | null;
  /** What it can take; of several, only that which came first from then on. */
  readonly codecs: readonly Codec[];
  /**
   * Takes every frame that comes, preroll too: others build on it. Keeps its bytes. Settles when the next one may be
   * given. @throws LanvidError (output)
   */
  write(frame: NewPacket, codec: Codec): Promise<void>;
  /** Settles when everything is written. Idempotent. @throws LanvidError (output) unless it was thrown before */
  close(): Promise<void>;
}
