import { LanvidError, messageOf } from "../errors.ts";
import { findFfmpeg } from "../ffmpeg.ts";
import { Hub } from "../hub.ts";
import type { Log } from "../log.ts";
import type { NewFrame } from "../media.ts";
import { assertNew, isPng, type Output, openOutput, writeJpeg, writePng } from "../record.ts";
import { JpegEncoder, type Picture, type Pixels } from "../rendition.ts";
import { isLanAddress, openInBrowser } from "../sys.ts";
import { startViewer, type Viewer } from "../viewer.ts";
import { Reception, type ReceptionOptions } from "./reception.ts";

/** What `watch` and `listen` do with what they receive. */
export interface ViewingOptions {
  /** What this side is called by the sender. */
  readonly name: string;
  /** Null for what the sender offers. */
  readonly maxDelayMs: number | null;
  /** End after this many frames; null for never. */
  readonly frames: number | null;
  readonly snapshot: string | null;
  readonly output: string | null;
  readonly force: boolean;
  readonly view: "browser" | "none";
  /** Port of the local page; 0 for any. */
  readonly httpPort: number;
  /** Makes JPEG of a classic sender's pixels; undefined for the one on PATH. */
  readonly ffmpegPath: string | undefined;
}

/** A reception, and what is done with its frames: a page, a file, a snapshot, or counting them. */
export class Viewing {
  readonly reception: Reception;
  /** Settles when as many frames came as were asked for; rejects when a file can't be written. */
  readonly done: Promise<void>;
  readonly #options: ViewingOptions;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  readonly #hub: Hub | null;
  readonly #viewer: Viewer | null;
  readonly #output: Output | null;
  readonly #encoder: JpegEncoder;
  #hasSnapshot = false;
  #isOver = false;

  /** @throws LanvidError (output) when a file exists, (address) when the page's port is taken */
  constructor(options: ViewingOptions, onHello: ReceptionOptions["onHello"], log: Log) {
    this.#options = options;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.done = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    if (options.snapshot !== null) {
      assertNew(options.snapshot, options.force);
    }
    this.#output = options.output === null ? null : openOutput(options.output, options.force);
    this.#hub = options.view === "browser" ? new Hub({ name: options.name }) : null;
    this.#viewer = this.#hub && startLocalPage(this.#hub, options.httpPort, log);
    this.#encoder = new JpegEncoder({
      findFfmpeg: () => findFfmpeg(options.ffmpegPath),
      onPicture: (picture) => void this.#take({ ...picture, isKey: true }),
      log,
    });
    this.reception = new Reception({
      name: options.name,
      maxDelayMs: options.maxDelayMs,
      sink: { describe: (change) => this.#hub?.describe(change) },
      onFrame: (frame) => this.#take(frame),
      onPixels: (pixels, picture) => this.#takePixels(pixels, picture),
      onWarning: (message) => log.warn(message),
      ...(onHello && { onHello }),
    });
  }

  /** The local page's address and port; null without one. */
  get page(): { readonly url: string; readonly port: number } | null {
    return this.#viewer;
  }

  /** Shows the page in the person's browser. */
  openPage(log: Log): void {
    if (this.#viewer !== null && !openInBrowser(this.#viewer.url)) {
      log.info(`no browser can be opened from here: open ${this.#viewer.url} yourself`);
    }
  }

  /** There is no connection, and why. */
  lost(reason: string): void {
    this.#hub?.describe({ state: "failed", error: reason });
  }

  async close(): Promise<void> {
    this.#isOver = true;
    await this.#viewer?.close();
    await this.#encoder.close();
    await this.#output?.close();
  }

  async #take(frame: NewFrame): Promise<void> {
    if (this.#isOver) {
      return;
    }
    this.#hub?.describe({ state: "live", error: null });
    this.#hub?.frame(frame);
    await this.#finishFrame(async (snapshot) => {
      await this.#output?.write(frame.bytes);
      if (snapshot !== null) {
        await writeJpeg(snapshot, frame.bytes);
      }
    });
  }

  /** Pixels are written as they are; a page, a video file and a .jpg get JPEG. */
  async #takePixels(pixels: Pixels, picture: Picture): Promise<void> {
    if (this.#isOver) {
      return;
    }
    const { snapshot } = this.#options;
    const wantsJpegSnapshot = snapshot !== null && !isPng(snapshot) && !this.#hasSnapshot;
    if (this.#hub !== null || this.#output !== null || wantsJpegSnapshot) {
      this.#encode(pixels, picture);
    }
    if (wantsJpegSnapshot || this.#output !== null) {
      return;
    }
    await this.#finishFrame(async (path) => {
      if (path !== null) {
        await writePng(path, pixels, picture.bytes);
      }
    });
  }

  #encode(pixels: Pixels, picture: Picture): void {
    try {
      this.#encoder.push(pixels, picture);
    } catch (error) {
      this.#reject(error);
    }
  }

  /** Writes what is to be written of a frame, and ends after the last one. */
  async #finishFrame(write: (snapshot: string | null) => Promise<void>): Promise<void> {
    const { snapshot, frames } = this.#options;
    const isLast = frames !== null && this.reception.stats.frames >= frames;
    this.#isOver = isLast;
    const path = this.#hasSnapshot ? null : snapshot;
    this.#hasSnapshot = true;
    try {
      await write(path);
    } catch (error) {
      this.#reject(error instanceof LanvidError ? error : new LanvidError("internal", 1, messageOf(error)));
      return;
    }
    if (isLast) {
      this.#resolve();
    }
  }
}

function startLocalPage(hub: Hub, port: number, log: Log): Viewer {
  return startViewer({
    hub,
    ports: [port],
    hostname: "127.0.0.1",
    admits: isLanAddress,
    onRefused: () => undefined,
    allowedHosts: [],
    maxDelayMs: 250,
    streamPort: () => null,
    log,
  });
}
