import { type Ffmpeg, jpegArguments, MULTIPART_OUTPUT, MultipartReader } from "../ffmpeg.ts";
import type { Log } from "../log.ts";
import { type Clock, systemClock } from "../time.ts";
import type { Size } from "../units.ts";
import { patienceMs } from "./limits.ts";
import type { Picture } from "./transcoder.ts";
import { Transcoding } from "./transcoding.ts";

/** Pixels of a picture, as OpenCV has them: bgr24, bgra or gray. */
export interface Pixels extends Size {
  readonly channels: 1 | 3 | 4;
}

export interface JpegEncoderOptions {
  /** Asked with the first picture. @throws LanvidError when there is none */
  readonly findFfmpeg: () => Ffmpeg;
  readonly onPicture: (picture: Picture) => void;
  readonly log: Log;
  /** The machine's own unless told. */
  readonly clock?: Clock;
}

const PIXEL_FORMATS = { 1: "gray", 3: "bgr24", 4: "bgra" } as const;
/** As --quality. */
const QUALITY = 90;

/** Turns pixels into JPEG pictures, the newest first; a picture of another size starts another ffmpeg. */
export class JpegEncoder {
  readonly #options: JpegEncoderOptions;
  readonly #transcoding: Transcoding<Pixels>;
  #ffmpeg: Ffmpeg | null = null;
  #waiting: { readonly pixels: Pixels; readonly picture: Picture } | null = null;

  constructor(options: JpegEncoderOptions) {
    this.#options = options;
    this.#transcoding = new Transcoding<Pixels>({
      what: "JPEG of these pixels",
      findFfmpeg: () => this.#found(),
      plan: (pixels, { hasFpsMode }) => ({
        args: encoderArguments(pixels, hasFpsMode),
        patienceMs: patienceMs(pixels),
        wrap: (bytes) => [bytes],
        reader: (onPicture) => new MultipartReader((bytes) => onPicture(bytes, true)),
      }),
      onPicture: options.onPicture,
      onFree: () => this.#pump(),
      log: options.log,
      clock: options.clock ?? systemClock,
    });
  }

  /**
   * Takes the newest picture; keeps its bytes until they are written.
   * @throws LanvidError when there is no ffmpeg
   */
  push({ width, height, channels }: Pixels, picture: Picture): void {
    this.#found();
    this.#waiting = { pixels: { width, height, channels }, picture };
    this.#pump();
  }

  /** Settles when ffmpeg is gone. */
  async close(): Promise<void> {
    this.#waiting = null;
    await this.#transcoding.close();
  }

  #found(): Ffmpeg {
    this.#ffmpeg ??= this.#options.findFfmpeg();
    return this.#ffmpeg;
  }

  #pump(): void {
    const next = this.#waiting;
    if (next !== null && this.#transcoding.isFree) {
      this.#waiting = null;
      this.#transcoding.push(next.pixels, next.picture);
    }
  }
}

/** Pixels in, JPEG with its length out, nothing held back. */
export function encoderArguments({ width, height, channels }: Pixels, hasFpsMode: boolean): string[] {
  return [
    "-hide_banner",
    "-loglevel",
    "error",
    "-f",
    "rawvideo",
    "-pixel_format",
    PIXEL_FORMATS[channels],
    "-video_size",
    `${width}x${height}`,
    "-i",
    "pipe:0",
    ...jpegArguments(QUALITY),
    ...(hasFpsMode ? ["-fps_mode", "passthrough"] : ["-vsync", "passthrough"]),
    ...MULTIPART_OUTPUT,
    "pipe:1",
  ];
}
