import { usageError } from "../../errors.ts";
import type { Codec } from "../../media.ts";
import { systemClock } from "../../time.ts";
import { BareFrames, type Container } from "./container.ts";
import { FragmentedMp4 } from "./fragmented-mp4.ts";
import { Matroska } from "./matroska.ts";
import type { Output } from "./output.ts";
import { assertNew } from "./output-error.ts";
import { Recording, type RecordingOptions } from "./recording.ts";
import { Stdout } from "./stdout.ts";

interface Format {
  readonly codec: Codec;
  readonly container: (begunAt: Date) => Container;
}

const MJPEG: Format = { codec: "mjpeg", container: () => new BareFrames() };
/** By the end of the file's name. */
const FORMATS: Readonly<Record<string, Format>> = {
  mp4: { codec: "h264", container: () => new FragmentedMp4() },
  mkv: { codec: "h264", container: (begunAt) => new Matroska(begunAt) },
  h264: { codec: "h264", container: () => new BareFrames() },
  mjpeg: MJPEG,
  mjpg: MJPEG,
};

/**
 * A recording, made with its first frame, in the format that its name says; or `-` for stdout.
 * @throws LanvidError (usage) for a suffix that is not known, (output) when the file exists and `force` is not given
 */
export function openOutput(
  path: string,
  options: Pick<RecordingOptions, "force" | "onDropped" | "onWarning" | "clock">,
): Output {
  if (path === "-") {
    return new Stdout();
  }
  const suffix = /\.([^./\\]+)$/.exec(path)?.[1]?.toLowerCase() ?? "";
  const format = Object.hasOwn(FORMATS, suffix) ? FORMATS[suffix] : undefined;
  if (format === undefined) {
    throw usageError(
      `cannot write "${path}": the name must end in .mp4, .mkv, .h264 or .mjpeg`,
      'use a name like video.mp4, or "-" for stdout',
    );
  }
  assertNew(path, options.force);
  const { clock = systemClock } = options;
  const container = format.container(new Date(clock.unixMs()));
  return new Recording({ path, codec: format.codec, container, ...options });
}
