import { LanvidError } from "../errors.ts";
import type { Size } from "../units.ts";
import type { CaptureSettings, CodecChoice, Input } from "./arguments.ts";
import type { Camera, VideoFormat } from "./cameras.ts";
import { linuxCamera } from "./linux.ts";
import { macosCamera } from "./macos.ts";
import { windowsCamera } from "./windows.ts";

/** What a camera is asked for when nobody says: the nearest that it has. */
export const DEFAULT_SIZE: Size = { width: 1280, height: 720 };
export const DEFAULT_FPS = 30;

/**
 * The camera that is meant: by its number, by its path, or by its name where only one has it; null for the first.
 * Undefined when there is none.
 * @throws LanvidError (source) for a name that several have
 */
export function chooseCamera<C extends Pick<Camera, "path" | "name" | "source">>(
  cameras: readonly C[],
  which: string | null,
): C | undefined {
  if (which === null) {
    return cameras[0];
  }
  const found = cameras.find(({ path, source }) => path === which || source === `camera:${which}`);
  const named = cameras.filter(({ name }) => name === which);
  // On macOS the path of the first of several with one name is that name.
  if (named.length > 1 && found?.source !== `camera:${which}`) {
    const words = named.map(({ source }) => source).join(" or ");
    throw new LanvidError("no-camera", "source", `cannot open camera "${which}": ${named.length} have this name`, {
      hint: `name one of them: ${words}`,
    });
  }
  return found ?? named[0];
}

/** How ffmpeg reaches a camera on a system, and the rate that it is asked for. */
export function cameraInput(
  camera: Camera,
  settings: Pick<CaptureSettings, "size" | "fps" | "codec">,
  platform: NodeJS.Platform,
): { readonly input: Input; readonly size: Size; readonly fps: number } {
  const nearest = nearestFormat(camera, settings.size ?? DEFAULT_SIZE, settings.codec);
  const { codec } = nearest;
  const size = settings.size ?? nearest.size;
  const fps = settings.fps ?? Math.min(DEFAULT_FPS, highestRate(camera, size, codec) ?? DEFAULT_FPS);
  switch (platform) {
    case "darwin":
      return { input: macosCamera(camera.path, size, fps), size, fps };
    case "win32":
      return { input: windowsCamera(camera.path, size, fps, codec), size, fps };
    default:
      return { input: linuxCamera(camera.path, size, fps, codec), size, fps };
  }
}

/** What a camera is asked to encode itself, best first. */
const CODECS: Readonly<Record<CodecChoice, readonly ("mjpeg" | "h264")[]>> = {
  auto: ["mjpeg", "h264"],
  h264: ["h264", "mjpeg"],
  mjpeg: ["mjpeg"],
};

/** The size nearest to the one wanted, and what the camera gives encoded at it; null for pixels only. */
export function nearestFormat(
  camera: Pick<Camera, "formats">,
  wanted: Size,
  choice: CodecChoice,
): { readonly size: Size; readonly codec: Input["codec"] } {
  const distance = (size: Size) => Math.abs(size.width - wanted.width) + Math.abs(size.height - wanted.height);
  const [nearest] = [...camera.formats].sort((a, b) => distance(a) - distance(b));
  const size = nearest ? { width: nearest.width, height: nearest.height } : wanted;
  const has = (codec: string) => formatsAt(camera, size).some((format) => format.codec === codec);
  return { size, codec: CODECS[choice].find(has) ?? null };
}

function formatsAt(camera: Pick<Camera, "formats">, size: Size): VideoFormat[] {
  return camera.formats.filter(({ width, height }) => width === size.width && height === size.height);
}

/** The highest rate that a camera offers at a size, frames/s; null where its listing does not say. */
function highestRate(camera: Camera, size: Size, codec: Input["codec"]): number | null {
  const rates = formatsAt(camera, size)
    .filter((format) => codec === null || format.codec === codec)
    .flatMap(({ fps }) => (fps === null ? [] : [fps]));
  return rates.length === 0 ? null : Math.max(...rates);
}
