import { type Ffmpeg, MultipartReader } from "../ffmpeg.ts";
import type { Log } from "../log.ts";
import type { Size } from "../units.ts";
import { type Picture, Transcoder } from "./transcoder.ts";

/** Pixels of a picture, as OpenCV has them: bgr24, bgra or gray. */
export interface Pixels extends Size {
  readonly channels: 1 | 3 | 4;
}

export interface JpegEncoderOptions {
  /** Asked with the first picture. @throws LanvidError when there is none */
  readonly findFfmpeg: () => Ffmpeg;
  readonly onPicture: (picture: Picture) => void;
  readonly log: Log;
}

const PIXEL_FORMATS = { 1: "gray", 3: "bgr24", 4: "bgra" } as const;
/** ffmpeg's `-q:v`, that of --quality 90. */
const QSCALE = 5;

/** Turns pixels into JPEG pictures, the newest first; a picture of another size starts another ffmpeg. */
export class JpegEncoder {
  readonly #options: JpegEncoderOptions;
  #pixels: Pixels | null = null;
  #transcoder: Transcoder | null = null;
  #ffmpeg: Ffmpeg | null = null;
  #stopping: Promise<void> = Promise.resolve();

  constructor(options: JpegEncoderOptions) {
    this.#options = options;
  }

  /** Takes the newest picture; keeps its bytes until they are written. */
  push(pixels: Pixels, picture: Picture): void {
    const now = this.#pixels;
    const isSame = now?.width === pixels.width && now.height === pixels.height && now.channels === pixels.channels;
    if (this.#transcoder === null || !isSame) {
      this.#reset();
      this.#pixels = pixels;
      this.#transcoder = this.#encoder(pixels);
    }
    this.#transcoder.push(picture);
  }

  /** Settles when ffmpeg is gone. */
  async close(): Promise<void> {
    this.#reset();
    await this.#stopping;
  }

  #reset(): void {
    const old = this.#transcoder;
    this.#transcoder = null;
    if (old !== null) {
      this.#stopping = Promise.all([this.#stopping, old.close()]).then(() => undefined);
    }
  }

  #encoder(pixels: Pixels): Transcoder {
    const { onPicture, log } = this.#options;
    this.#ffmpeg ??= this.#options.findFfmpeg();
    const ffmpeg = this.#ffmpeg;
    return new Transcoder({
      ffmpegPath: ffmpeg.path,
      args: encoderArguments(pixels, ffmpeg.hasFpsMode),
      wrap: (bytes) => [bytes],
      reader: (onBytes) => new MultipartReader(onBytes),
      onPicture,
      onFailure: (message) => {
        log.warn(`pictures for browsers: ${message}`);
        this.#reset();
      },
      log,
    });
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
    "-c:v",
    "mjpeg",
    "-q:v",
    String(QSCALE),
    "-pix_fmt",
    "yuvj420p",
    "-thread_type",
    "slice",
    ...(hasFpsMode ? ["-fps_mode", "passthrough"] : ["-vsync", "passthrough"]),
    "-f",
    "mpjpeg",
    "-flush_packets",
    "1",
    "pipe:1",
  ];
}
