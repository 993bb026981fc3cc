const LISTING_MS = 10_000;

/** The names of the filters that this ffmpeg has; none when it can't be asked. */
export function listFilters(ffmpegPath: string): string[] {
  const { stdout } = Bun.spawnSync([ffmpegPath, "-hide_banner", "-filters"], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
    timeout: LISTING_MS,
  });
  return parseFilters(stdout.toString());
}

/**
 * Reads what `ffmpeg -filters` prints: after a legend, one per line, with what goes in and comes out:
 * ```
 *  TS. bwdif             V->V       Deinterlace the input image.
 * ```
 */
export function parseFilters(text: string): string[] {
  return [...text.matchAll(/^ [A-Z.]{2,3} (\w+) +[AVN|]+->[AVN|]+ /gm)].map(([, name]) => name as string);
}
