import { listCameras, listScreens, type VideoFormat } from "../capture.ts";
import { findFfmpeg } from "../ffmpeg.ts";

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
  const { path: program } = findFfmpeg(ffmpegPath);
  const cameras = listCameras(program).map(
    ({ path, name, source, formats }): Device => ({ kind: "camera", id: path, name, source, formats }),
  );
  const screens = listScreens(program).map(
    ({ id, name, source, size }): Device => ({
      kind: "screen",
      id,
      name,
      source,
      formats: size === null ? [] : [{ codec: "rawvideo", ...size, fps: null }],
    }),
  );
  return [...cameras, ...screens];
}

/** One line per device for a person, with the sizes that it offers. */
export function describeDevice({ kind, name, source, formats }: Device): string {
  const sizes = [...new Set(formats.map(({ width, height, codec }) => `${width}x${height} ${codec}`))];
  return `${source.padEnd(12)} ${kind} ${name}${sizes.length > 0 ? `: ${sizes.join(", ")}` : ""}`;
}
