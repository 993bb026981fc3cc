import { asLanvidError, heard, openFault } from "../errors.ts";
import { type Ffmpeg, findFfmpeg } from "../ffmpeg.ts";
import type { Log } from "../log.ts";
import type { Codec, NewPacket } from "../media.ts";
import type { View } from "../outputs/player.ts";
import { type OpenedView, openView, type ViewKind } from "../outputs/player.ts";
import { assertNew, isPng, type Output, OutputOfJpeg, openOutput } from "../outputs/recorder.ts";
import { Reception, type ReceptionFigures, type ReceptionOptions, ReceptionStats, type Shown } from "../remote.ts";
import type { Viewer } from "../servers/web.ts";
import { Track } from "../stream.ts";
import { browserOpener, isOverSsh, openInBrowser } from "../sys.ts";
import { type Clock, systemClock } from "../time.ts";
import { JpegEncoder, type Picture, type Pixels } from "../transcode.ts";
import { endWords } from "./end-words.ts";
import { startLocalPage } from "./local-page.ts";
import { Snapshot } from "./snapshot.ts";

/** What `watch` and `receive` do with what they receive. */
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
  readonly view: ViewKind;
  /** In the window's title until the stream has a name. */
  readonly title: string;
  /** Port of the local page; 0 for any, null for no page. */
  readonly httpPort: number | null;
  /** Decodes for the window, and makes JPEG of a classic sender's pixels; undefined for the one on PATH. */
  readonly ffmpegPath: string | undefined;
  readonly clock?: Clock;
}

/** What shows the stream where no window and no browser can. */
const IN_TERMINAL = "see it in this terminal: add --view terminal";

/** A reception, and what is done with its frames: a window, a page, a file, a snapshot, or counting them. */
export class Viewing {
  readonly reception: Reception;
  /**
   * Settles when as many frames came as were asked for, or the person has closed the view; rejects when a file can't be
   * written, or the view is lost.
   */
  readonly done: Promise<"frames" | "quit">;
  readonly #options: ViewingOptions;
  readonly #resolve: (why: "frames" | "quit") => void;
  readonly #reject: (error: unknown) => void;
  readonly #view: View | null;
  readonly #isForBrowser: boolean;
  /** Why there is no window, where one was tried. */
  readonly #whyNoWindow: string | null;
  readonly #track: Track | null;
  readonly #viewer: Viewer | null;
  readonly #output: Output | null;
  readonly #snapshot: Snapshot | null;
  readonly #encoder: JpegEncoder;
  #isOver = false;
  #isOutOfSight = false;

  /**
   * Opens what shows the stream.
   * @throws LanvidError (output) when a file exists, (address) when the page's port is taken, (display) when it can't be shown
   */
  static async open(options: ViewingOptions, onHello: ReceptionOptions["onHello"], log: Log): Promise<Viewing> {
    const { view: kind, title, ffmpegPath, clock = systemClock } = options;
    const stats = new ReceptionStats(clock);
    const onDropped = () => {
      stats.dropped += 1;
    };
    let viewing: Viewing | null = null;
    const source = {
      figures: () => stats.lastSecond(),
      onDropped,
      onFrozen: () => stats.frozen(),
      isClassic: () => viewing?.reception.isClassic === true,
    };
    const view = await openView({ view: kind, name: title, ffmpegPath, log, clock }, source);
    try {
      viewing = new Viewing(options, view, stats, onHello, log);
      return viewing;
    } catch (error) {
      if (view.kind === "view") {
        await view.view.close();
      }
      throw error;
    }
  }

  private constructor(
    options: ViewingOptions,
    opened: OpenedView,
    stats: ReceptionStats,
    onHello: ReceptionOptions["onHello"],
    log: Log,
  ) {
    this.#options = options;
    this.#view = opened.kind === "view" ? opened.view : null;
    this.#isForBrowser = opened.kind === "page";
    this.#whyNoWindow = opened.kind === "page" ? opened.why : null;
    const { promise, resolve, reject } = Promise.withResolvers<"frames" | "quit">();
    this.done = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    if (options.snapshot !== null) {
      assertNew(options.snapshot, options.force);
    }
    const { clock = systemClock } = options;
    const ffmpeg = () => findFfmpeg(options.ffmpegPath);
    this.#snapshot =
      options.snapshot === null ? null : new Snapshot(options.snapshot, options.force, ffmpeg, log, clock);
    this.#output = openRecording(options, stats, ffmpeg, log);
    stats.output = this.#output;
    this.#track = opened.kind === "page" && options.httpPort !== null ? new Track({ name: options.name, clock }) : null;
    this.#viewer = this.#track && startLocalPage(this.#track, options, log);
    this.#encoder = new JpegEncoder({
      findFfmpeg: ffmpeg,
      onPicture: (picture) => {
        if (this.reception.getsPixels) {
          void this.#take({ ...picture, isKey: true }, "mjpeg");
        }
      },
      log,
      clock,
    });
    this.reception = new Reception({
      name: options.name,
      maxDelayMs: options.maxDelayMs,
      codecs: () => this.#output?.codecs ?? this.#view?.codecs ?? codecsFor(options),
      adapts: options.output === null,
      stats,
      sink: {
        describe: (change) => {
          this.#track?.describe(change);
          this.#view?.describe(change);
        },
      },
      onFrame: (frame, codec) => this.#take(frame, codec),
      onPixels: (pixels, picture) => this.#takePixels(pixels, picture),
      onWarning: (message) => log.warn(message),
      ...(onHello && { onHello }),
      clock,
    });
    this.#view?.ended.then(resolve, reject);
  }

  /** The port of the local page; null without one. */
  get pagePort(): number | null {
    return this.#viewer?.port ?? null;
  }

  /** Where the person can open the local page: nowhere, if they sit at another machine, or this one has no display. */
  get pageUrls(): readonly string[] {
    return this.#viewer === null || this.#isOutOfReach ? [] : [this.#viewer.url];
  }

  /** The local page is all that shows the stream, and it was opened for nobody. */
  get isOutOfSight(): boolean {
    return this.#isOutOfSight;
  }

  /** The local page is all that shows the stream, and nobody has it open. */
  get isUnseen(): boolean {
    return this.#isForBrowser && (this.#track?.viewerCount ?? 0) === 0;
  }

  /** No browser can open the local page where the person is. Who asks for a browser is believed to have one. */
  get #isOutOfReach(): boolean {
    return isOverSsh(process.env) || (this.#whyNoWindow !== null && browserOpener() === null);
  }

  /** What is said when it ends. @param why null where as many frames came as were asked for */
  endWords(figures: ReceptionFigures, why: string | null): string {
    const { output, snapshot } = this.#options;
    const isWanted = snapshot !== null || (output !== null && output !== "-");
    return endWords(figures, { isWanted, picture: this.#snapshot?.saved ?? null }, why);
  }

  /** Shows the page in the person's browser, or says what else there is. */
  openPage(log: Log): void {
    if (!this.#isForBrowser) {
      return;
    }
    const why = this.#whyNoWindow;
    const because = why === null ? "" : `${why}, and `;
    if (this.#viewer === null) {
      this.#isOutOfSight = true;
      const hint = this.#isOutOfReach ? IN_TERMINAL : `${IN_TERMINAL}, or leave out --http off`;
      log.warn(`nothing shows the stream: ${because}the page is off`, hint);
      return;
    }
    const { url } = this.#viewer;
    if (isOverSsh(process.env)) {
      this.#isOutOfSight = true;
      const message = "nothing shows the stream: over ssh, no window and no browser of this machine's is where you are";
      log.warn(message, IN_TERMINAL);
    } else if (openInBrowser(url)) {
      if (why !== null) {
        log.info(`there can be no window: ${why}; opening a browser`);
      }
    } else {
      this.#isOutOfSight = true;
      const message = `nothing shows the stream: ${because}no browser can be opened from here`;
      log.warn(message, this.#isOutOfReach ? IN_TERMINAL : `${IN_TERMINAL}, or open ${url} yourself`);
    }
  }

  /** What is done until there is a first connection: "connecting to HOST". */
  opens(doing: string): void {
    this.#tellPage(doing);
    this.#view?.opens(doing);
  }

  /** There is no connection, and why. */
  lost(reason: string): void {
    this.#tellPage(reason);
    this.#view?.lost(reason);
  }

  async close(): Promise<void> {
    this.#isOver = true;
    await this.#view?.close();
    await this.#viewer?.close();
    await this.#encoder.close();
    await this.#output?.close();
  }

  /** The page is the person's own view, on this machine: it says what the window would. */
  #tellPage(reason: string): void {
    this.#track?.describe({ state: "failed", error: openFault(heard(reason)) });
  }

  async #take(frame: NewPacket, codec: Codec): Promise<Shown> {
    if (this.#isOver) {
      return;
    }
    const shown = this.#view?.show(frame, codec);
    this.#track?.describe({ state: "live", error: null });
    this.#track?.frame(frame);
    await this.#finishFrame(frame.isPreroll !== true, async () => {
      await this.#output?.write(frame, codec);
      await this.#snapshot?.frame(frame, codec);
    });
    return await shown;
  }

  /** Pixels are written as they are; a page, a video file and a .jpg get JPEG. */
  async #takePixels(pixels: Pixels, picture: Picture): Promise<void> {
    if (this.#isOver) {
      return;
    }
    const wantsJpegSnapshot = this.#snapshot?.wantsJpeg === true;
    if (this.#track !== null || this.#view !== null || this.#output !== null || wantsJpegSnapshot) {
      this.#encode(pixels, picture);
    }
    if (wantsJpegSnapshot || this.#output !== null) {
      return;
    }
    await this.#finishFrame(true, async () => this.#snapshot?.pixels(pixels, picture));
  }

  #encode(pixels: Pixels, picture: Picture): void {
    try {
      this.#encoder.push(pixels, picture);
    } catch (error) {
      this.#reject(error);
    }
  }

  /** Writes what is to be written of a frame, and ends after the last one. */
  async #finishFrame(isCounted: boolean, write: () => Promise<void>): Promise<void> {
    const { frames } = this.#options;
    const isLast = isCounted && frames !== null && this.reception.stats.frames >= frames;
    if (isLast) {
      this.#isOver = true;
      this.reception.sate();
    }
    try {
      await write();
      if (isLast) {
        await this.#output?.close();
        await this.#snapshot?.written();
      }
    } catch (error) {
      this.#reject(asLanvidError(error));
      return;
    }
    if (isLast) {
      this.#resolve("frames");
    }
  }
}

/** @throws LanvidError (output) when the file exists */
function openRecording(
  { output: path, force, clock = systemClock }: ViewingOptions,
  stats: ReceptionStats,
  ffmpeg: () => Ffmpeg,
  log: Log,
): Output | null {
  if (path === null) {
    return null;
  }
  const onDropped = () => {
    stats.dropped += 1;
  };
  const output = openOutput(path, { force, onDropped, onWarning: (message) => log.warn(message), clock });
  return output.codecs.includes("mjpeg") ? output : new OutputOfJpeg({ output, findFfmpeg: ffmpeg, log, clock });
}

/** What the sender is asked for where nothing is recorded: a .jpg alone is to be written as it is received. */
function codecsFor({ snapshot, view }: ViewingOptions): readonly Codec[] {
  return snapshot !== null && !isPng(snapshot) && view === "none" ? ["mjpeg"] : ["h264", "mjpeg"];
}
