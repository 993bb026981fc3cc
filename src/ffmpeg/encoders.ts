/** The names of the video encoders that this ffmpeg has; none when it can't be asked. */
export function listEncoders(ffmpegPath: string): string[] {
  const { stdout } = Bun.spawnSync([ffmpegPath, "-hide_banner", "-encoders"], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
    timeout: 10_000,
  });
  return parseEncoders(stdout.toString());
}

/**
 * Reads what `ffmpeg -encoders` prints: after a legend, one per line, with V for video first:
 * ```
 *  V....D libx264              libx264 H.264 / AVC / MPEG-4 AVC / MPEG-4 part 10 (codec h264)
 * ```
 */
export function parseEncoders(text: string): string[] {
  return [...text.matchAll(/^ V[A-Z.]{5} (\w+) /gm)].map(([, name]) => name as string);
}
