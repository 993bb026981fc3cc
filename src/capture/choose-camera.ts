import { ExitCode, LanvidError } from "../errors.ts";
import type { Size } from "../units.ts";
import type { CaptureSettings, Input } from "./arguments.ts";
import type { Camera } from "./cameras.ts";
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
    throw new LanvidError(
      "no-camera",
      ExitCode.source,
      `cannot open camera "${which}": ${named.length} have this name`,
      { hint: `name one of them: ${words}` },
    );
  }
  return found ?? named[0];
}

/** How ffmpeg reaches a camera on a system, and the rate that it is asked for. */
export function cameraInput(
  camera: Camera,
  settings: Pick<CaptureSettings, "size" | "fps">,
  platform: NodeJS.Platform,
): { readonly input: Input; readonly fps: number } {
  const nearest = nearestFormat(camera, settings.size ?? DEFAULT_SIZE);
  const { isMjpeg } = nearest;
  const size = settings.size ?? nearest.size;
  const fps = settings.fps ?? Math.min(DEFAULT_FPS, highestRate(camera, size, isMjpeg) ?? DEFAULT_FPS);
  switch (platform) {
    case "darwin":
      return { input: macosCamera(camera.path, size, fps), fps };
    case "win32":
      return { input: windowsCamera(camera.path, size, fps, isMjpeg), fps };
    default:
      return { input: linuxCamera(camera.path, size, fps, isMjpeg), fps };
  }
}

/** The size nearest to the one wanted, and whether the camera gives JPEG at it. */
export function nearestFormat(
  camera: Pick<Camera, "formats">,
  wanted: Size,
): { readonly size: Size; readonly isMjpeg: boolean } {
  const distance = (size: Size) => Math.abs(size.width - wanted.width) + Math.abs(size.height - wanted.height);
  const [nearest] = [...camera.formats].sort((a, b) => distance(a) - distance(b));
  const size = nearest ? { width: nearest.width, height: nearest.height } : wanted;
  const isMjpeg = camera.formats.some(
    ({ codec, width, height }) => codec === "mjpeg" && width === size.width && height === size.height,
  );
  return { size, isMjpeg };
}

/** The highest rate that a camera offers at a size, frames/s; null where its listing does not say. */
function highestRate(camera: Camera, size: Size, isMjpeg: boolean): number | null {
  const rates = camera.formats
    .filter(
      ({ width, height, codec }) => width === size.width && height === size.height && (codec === "mjpeg" || !isMjpeg),
    )
    .flatMap(({ fps }) => (fps === null ? [] : [fps]));
  return rates.length === 0 ? null : Math.max(...rates);
}
