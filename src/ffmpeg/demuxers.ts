const LISTING_MS = 10_000;

/** The names of the formats that this ffmpeg reads, aliases in one with commas: "mov,mp4,m4a"; none when it can't be asked. */
export function listDemuxers(ffmpegPath: string): string[] {
  const { stdout } = Bun.spawnSync([ffmpegPath, "-hide_banner", "-demuxers"], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
    timeout: LISTING_MS,
  });
  return parseDemuxers(stdout.toString());
}

/**
 * Reads what `ffmpeg -demuxers` prints: after a legend, one per line, with a column for devices since 7.0:
 * ```
 *  D  matroska,webm   Matroska / WebM
 *  D   hls             Apple HTTP Live Streaming
 * ```
 */
export function parseDemuxers(text: string): string[] {
  return [...text.matchAll(/^ D[ Ed.]{1,2} +([\w,-]+) /gm)].map(([, name]) => name as string);
}
