import { type LanvidError, messageOf } from "../errors.ts";
import type { Ffmpeg } from "../ffmpeg.ts";
import type { Hub, Seat } from "../hub.ts";
import type { Log } from "../log.ts";
import { type Frame, type FrameSink, type FrameSource, jpegSize } from "../media.ts";
import type { Size } from "../units.ts";
import { RawReader } from "./raw-reader.ts";
import { Transcoder } from "./transcoder.ts";

const text = new TextEncoder();
const CRLF = text.encode("\r\n");

export interface PixelRenditionOptions {
  /** The JPEG stream. */
  readonly from: Hub;
  /** Asked when the first who wants pixels comes. @throws LanvidError when there is none */
  readonly findFfmpeg: () => Ffmpeg;
  readonly log: Log;
}

/** A JPEG stream's pixels, bgr24, as a source of another hub. */
export class PixelRendition implements FrameSource {
  readonly kind = "rendition";
  readonly name = "pixels";
  readonly alwaysOn = false;
  readonly #options: PixelRenditionOptions;
  #seat: Seat | null = null;
  #size: Size | null = null;
  #transcoder: Transcoder | null = null;
  #ffmpeg: Ffmpeg | null = null;
  #stopping: Promise<void> = Promise.resolve();

  constructor(options: PixelRenditionOptions) {
    this.#options = options;
  }

  start(sink: FrameSink): void {
    if (this.#seat !== null) {
      return;
    }
    try {
      this.#ffmpeg ??= this.#options.findFfmpeg();
    } catch (error) {
      this.#options.log.warn(`no pixels for classic receivers: ${messageOf(error)}`, (error as LanvidError).hint);
      sink.describe({ state: "failed", error: messageOf(error) });
      return;
    }
    const seat = this.#options.from.seat("local", null, {
      frameReady: () => this.#take(sink),
      described: ({ state, error }) => {
        if (state !== "live") {
          sink.describe({ state, error });
        }
      },
      ended: (reason) => sink.ended(reason),
    });
    this.#seat = seat;
    sink.describe({ state: "starting" });
    this.#take(sink);
  }

  async stop(): Promise<void> {
    this.#seat?.close();
    this.#seat = null;
    this.#reset();
    await this.#stopping;
  }

  #take(sink: FrameSink): void {
    const frame = this.#seat?.peek() ?? null;
    if (frame === null || this.#ffmpeg === null) {
      return;
    }
    this.#seat?.take(frame);
    const size = jpegSize(frame.bytes);
    if (size === undefined) {
      return;
    }
    if (this.#transcoder === null || size.width !== this.#size?.width || size.height !== this.#size.height) {
      this.#reset();
      this.#size = size;
      this.#transcoder = this.#decoder(size, sink, this.#ffmpeg);
    }
    this.#transcoder.push(frame satisfies Frame);
  }

  #reset(): void {
    const old = this.#transcoder;
    this.#transcoder = null;
    if (old !== null) {
      this.#stopping = Promise.all([this.#stopping, old.close()]).then(() => undefined);
    }
  }

  #decoder(size: Size, sink: FrameSink, ffmpeg: Ffmpeg): Transcoder {
    const { log } = this.#options;
    return new Transcoder({
      ffmpegPath: ffmpeg.path,
      args: decoderArguments(size, ffmpeg.hasFpsMode),
      wrap: (bytes) => [
        text.encode(`--ffmpeg\r\nContent-Type: image/jpeg\r\nContent-Length: ${bytes.length}\r\n\r\n`),
        bytes,
        CRLF,
      ],
      reader: (onPicture) => new RawReader(size.width * size.height * 3, onPicture),
      onPicture: ({ capturedAt, bytes }) => {
        sink.describe({ state: "live", error: null, codec: "bgr24", ...size });
        sink.frame({ capturedAt, isKey: true, bytes });
      },
      onFailure: (message) => {
        log.warn(`pixels for classic receivers: ${message}`);
        this.#reset();
      },
      log,
    });
  }
}

/**
 * JPEG by multipart in, pixels out, nothing held back. What comes from another machine is decoded with nothing to
 * reach but the pipe, and no picture larger than announced.
 */
export function decoderArguments({ width, height }: Size, hasFpsMode: boolean): string[] {
  return [
    "-hide_banner",
    "-loglevel",
    "error",
    "-protocol_whitelist",
    "pipe",
    "-max_pixels",
    String(width * height),
    "-probesize",
    "32",
    "-analyzeduration",
    "0",
    "-threads",
    "1",
    "-f",
    "mpjpeg",
    "-i",
    "pipe:0",
    ...(hasFpsMode ? ["-fps_mode", "passthrough"] : ["-vsync", "passthrough"]),
    "-threads",
    "1",
    "-f",
    "rawvideo",
    "-pix_fmt",
    "bgr24",
    "pipe:1",
  ];
}
