/**
 * What a file may be that names other files, or runs as a program: who can put a film somewhere could have another one
 * streamed, or anything run. By ffmpeg's names, of 4.1 to 8.0.
 */
const PLAYLISTS: ReadonlySet<string> = new Set([
  ...["hls", "applehttp", "concat", "sdp", "rtsp", "dash", "webm_dash_manifest", "imf", "vobsub"],
  ...["avisynth", "vapoursynth"],
]);
/** Names of files that say so. */
const SUFFIX = /\.(?:m3u8?|ffconcat|sdp|mpd|avs|vpy)$/i;
/** Words of a person who knows what it is. */
const FORMAT_OPTIONS: ReadonlySet<string> = new Set(["-f", "-format_whitelist"]);

/**
 * ffmpeg's arguments that keep it from taking a file for a playlist whose name does not say that it is one.
 * @param extra arguments of the person's own
 * @param listDemuxers the formats that this ffmpeg reads; asked only where they matter
 */
export function withoutPlaylists(
  path: string,
  extra: readonly string[],
  listDemuxers: () => readonly string[],
): readonly string[] {
  if (SUFFIX.test(path) || extra.some((word) => FORMAT_OPTIONS.has(word))) {
    return [];
  }
  const names = listDemuxers().flatMap((name) => name.split(","));
  const allowed = names.filter((name) => !PLAYLISTS.has(name));
  return allowed.length > 0 ? ["-format_whitelist", allowed.join(",")] : [];
}
