// Parts: ffmpeg
/** What ffprobe and ffmpeg make of a file. */

export interface Probe {
  readonly format: string;
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  /** Seconds that the file says it lasts; NaN when it does not. */
  readonly duration: number;
  /** When each frame is shown, seconds, in the order of the file. */
  readonly times: readonly number[];
  /** What ffprobe complained about. */
  readonly complaints: string;
}

export function probe(path: string): Probe {
  const { stdout, stderr } = Bun.spawnSync([
    ..."ffprobe -v error -of json -show_entries".split(" "),
    "format=format_name,duration:stream=codec_name,width,height:packet=pts_time",
    path,
  ]);
  const { format, streams, packets } = JSON.parse(stdout.toString()) as {
    readonly format: { readonly format_name: string; readonly duration?: string };
    readonly streams: readonly [{ readonly codec_name: string; readonly width: number; readonly height: number }];
    readonly packets: readonly { readonly pts_time: string }[];
  };
  const [{ codec_name, width, height }] = streams;
  return {
    format: format.format_name,
    codec: codec_name,
    width,
    height,
    duration: Number(format.duration ?? Number.NaN),
    times: packets.map(({ pts_time }) => Number(pts_time)),
    complaints: stderr.toString(),
  };
}

/** Decodes every frame: how many there were, and what ffmpeg complained about. */
export function decode(
  path: string,
  ...more: readonly string[]
): { readonly frames: number; readonly complaints: string } {
  const { stdout, stderr } = Bun.spawnSync([
    ..."ffmpeg -v error -progress pipe:1".split(" "),
    ...more,
    "-i",
    path,
    ..."-fps_mode passthrough -enc_time_base -1 -f null -".split(" "),
  ]);
  const frames = [...stdout.toString().matchAll(/^frame=(\d+)$/gm)].at(-1)?.[1];
  return { frames: Number(frames ?? 0), complaints: stderr.toString() };
}
