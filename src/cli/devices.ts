import { listCameras, type VideoFormat } from "../capture.ts";
import { findFfmpeg } from "../ffmpeg.ts";
import { monitors } from "../sys.ts";

/** A device as `devices --json` lists it. */
export interface Device {
  readonly kind: "camera" | "screen";
  readonly id: string;
  readonly name: string;
  /** The word for `serve`. */
  readonly source: string;
  readonly formats: readonly VideoFormat[];
}

/** The cameras and screens of this machine. */
export function listDevices(ffmpegPath: string | undefined): Device[] {
  const cameras = listCameras(findFfmpeg(ffmpegPath).path).map(
    ({ path, name, formats }): Device => ({
      kind: "camera",
      id: path,
      name,
      source: `camera:${path.replace(/^\/dev\/video/, "")}`,
      formats,
    }),
  );
  const screens = monitors().map(
    ({ name, width, height }, index): Device => ({
      kind: "screen",
      id: name,
      name,
      source: `screen:${index}`,
      formats: [{ codec: "rawvideo", width, height, fps: null }],
    }),
  );
  return [...cameras, ...screens];
}

/** One line per device for a person, with the sizes that it offers. */
export function describeDevice({ kind, name, source, formats }: Device): string {
  const sizes = [...new Set(formats.map(({ width, height, codec }) => `${width}x${height} ${codec}`))];
  return `${source.padEnd(12)} ${kind} ${name}${sizes.length > 0 ? `: ${sizes.join(", ")}` : ""}`;
}
