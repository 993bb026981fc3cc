import { availableParallelism } from "node:os";
import { type Ffmpeg, findFfmpeg } from "../ffmpeg.ts";
import type { Log } from "../log.ts";
import { keyIntervalMs } from "../media.ts";
import { Stream, Track, type TrackOptions } from "../stream.ts";
import { type Clock, systemClock } from "../time.ts";
import { Rendition, type RenditionForm } from "./rendition.ts";

/**
 * How long pixels are made after the last who wanted them has left, ms. They are costly to have, but so is an ffmpeg for
 * each of those who connect, say nothing and leave: with this there is one start per second at most.
 */
const PIXELS_GRACE_MS = 1000;

export interface RenditionsOptions {
  readonly original: Track;
  /** 1 to 100. */
  readonly quality: number;
  readonly maxDelayMs: number;
  /** The stream comes from another machine. */
  readonly isForeign: boolean;
  readonly ffmpegPath: string | undefined;
  /** What a picture may have as pixels; no limit unless told. */
  readonly maxPixelBytes?: number;
  readonly onViewer?: TrackOptions["onViewer"];
  readonly log: Log;
  /** That of `original`; the machine's own unless told. */
  readonly clock?: Clock;
}

/** A stream with all its variants. */
export interface WithRenditions {
  readonly stream: Stream;
  /** JPEG pictures, whatever the original's codec. */
  readonly jpeg: Track;
  /** Pixels, bgr24. */
  readonly pixels: Track;
  /** Ends what makes the variants, not the original. */
  close(): Promise<void>;
}

/** Gives a stream its variants: each a track of its own, whose ffmpeg runs while somebody watches. */
export function withRenditions({ original, onViewer, ...options }: RenditionsOptions): WithRenditions {
  const { maxDelayMs, ffmpegPath, clock = systemClock } = options;
  let found: Ffmpeg | null = null;
  const shared = {
    ...options,
    from: original,
    keyIntervalMs: keyIntervalMs(maxDelayMs),
    cores: availableParallelism(),
    findFfmpeg: () => {
      found ??= findFfmpeg(ffmpegPath);
      return found;
    },
  };
  const { name } = original.description;
  const made = (form: RenditionForm, graceMs?: number) => {
    const track = new Track({ name, clock, ...(graceMs !== undefined && { graceMs }), ...(onViewer && { onViewer }) });
    track.attach(new Rendition({ ...shared, form }));
    return track;
  };
  const forms = { mjpeg: made("mjpeg"), h264: made("h264"), "h264-half": made("h264-half") };
  const pixels = made("bgr24", PIXELS_GRACE_MS);
  original.addRendition(pixels);
  return {
    stream: new Stream(original, forms),
    jpeg: forms.mjpeg,
    pixels,
    async close() {
      await Promise.all([...Object.values(forms), pixels].map((track) => track.close()));
    },
  };
}
