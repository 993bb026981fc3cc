import { join } from "node:path";
import { type PackedFile, unpack } from "./unpack.ts";

/** The ffmpeg inside the compiled program; the build writes this down. */
export interface BundledFfmpeg extends PackedFile {
  /** As it calls itself. */
  readonly version: string;
  /** libavutil's major and minor version: what ages are compared by. */
  readonly libavutil: readonly [number, number];
  /** An SPDX expression. */
  readonly licence: string;
  /** Where its licence's text can be read, inside the compiled program. */
  readonly licenceFile: string;
}

/** What to do when the folder is at fault. */
export const CACHE_HINT = "choose another folder with LANVID_CACHE, or give an installed ffmpeg with --ffmpeg PATH";

let bundled: BundledFfmpeg | null = null;

/** Called once, by the compiled program's beginning. */
export function provideFfmpeg(ffmpeg: BundledFfmpeg | null): void {
  bundled = ffmpeg;
}

/** The ffmpeg inside this program; null when it runs from its sources, or was built without one. */
export function bundledFfmpeg(): BundledFfmpeg | null {
  return bundled;
}

/**
 * Puts an ffmpeg into the cache folder unless it is there and undamaged, and gives its path.
 * @throws LanvidError (ffmpeg) when the folder can't be written to
 */
export function unpackFfmpeg(ffmpeg: BundledFfmpeg): string {
  const folder = unpack({
    name: "ffmpeg",
    folder: `ffmpeg-${ffmpeg.version.replace(/[^\w.+-]/g, "_")}-${ffmpeg.sha256.slice(0, 12)}`,
    files: [ffmpeg],
    licenceFile: ffmpeg.licenceFile,
    kind: "ffmpeg",
    hint: CACHE_HINT,
  });
  return join(folder, ffmpeg.fileName);
}
