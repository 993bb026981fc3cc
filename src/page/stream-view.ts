import { Stillness } from "../media.ts";
import type { ReceivedPacket, ReceiverSession } from "../receiver.ts";
import { type Clock, type Micros, type Ms, systemClock } from "../time.ts";
import { round, timeOfDay } from "../units.ts";
import type { SessionEnd, StreamInfo } from "../wire.ts";
import { announcerIn } from "./announcer.ts";
import { startBar } from "./bar.ts";
import { type Controlled, startButtons, toggleFullScreen } from "./controls.ts";
import type { Elements } from "./elements.ts";
import { Figures } from "./figures.ts";
import { type FrozenPicture, freeze, jpegOfSeen, unfreeze } from "./freeze.ts";
import type { Details } from "./info.ts";
import { Link, REOPENED, type Way } from "./link.ts";
import { type Choice, chooseMode, modeAfter } from "./mode.ts";
import { noticesIn, type ShowNotice } from "./notice.ts";
import { type Panels, panelsOf } from "./panels.ts";
import { Player } from "./player.ts";
import { showFigures } from "./readout.ts";
import type { Picture } from "./renderer.ts";
import { saveFile, type TakenPicture } from "./save-file.ts";
import { StateView } from "./state-view.ts";
import { CONNECTING, LIVE, STALE, type Status, statusOfEnd, statusOfStream } from "./status.ts";
import { Surface } from "./surface.ts";

const REFRESH_MS = 250;
/** How often it is looked whether the picture stands still, ms. */
const LOOK_MS = 100;

const PASSES_NO_WEB_SOCKET =
  "Something between this browser and lanvid, such as a proxy, passes no WebSocket: pictures are fetched one by one. " +
  "nginx passes it with: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;";

export interface StreamViewOptions {
  /** The stream's page, by http or https: what carries the stream stands beside it. */
  readonly address: string;
  readonly elements: Elements;
  /** How H.264 is to be shown, if it can be (mode.ts); null for the best way. */
  readonly mode: string | null;
  /** Told of each state, to begin with that it connects. @param name the stream's */
  readonly onStatus: (status: Status, name: string) => void;
  readonly clock?: Clock;
}

/**
 * Shows one stream, from connecting on, for as long as the page is open. All that it has is its own: a page may have several.
 * Its root's data attributes say how it is: `data-state` (`ViewingState`, at once), `data-mode` is how H.264 is shown (mode.ts),
 * `data-way` how it is connected (link.ts), `data-has-picture` that there was a picture; readout.ts has the others.
 */
export class StreamView implements Controlled {
  readonly #address: string;
  readonly #elements: Elements;
  readonly #onStatus: (status: Status, name: string) => void;
  readonly #clock: Clock;
  readonly #figures: Figures;
  readonly #stillness = new Stillness();
  readonly #panels: Panels;
  readonly #notify: ShowNotice;
  readonly #state: StateView;
  readonly #surface: Surface;
  readonly #player: Player;
  readonly #link: Link;
  #choice: Choice = { mode: "jpeg", notice: null };
  #stream: StreamInfo | null = null;
  #session: ReceiverSession | null = null;
  #maxDelayMs: Ms = Number.POSITIVE_INFINITY;
  #frozen: FrozenPicture | null = null;
  #lastJpeg: Blob | null = null;
  /** When the last picture was shown; null before the first. */
  #lastShown: Date | null = null;

  constructor({ address, elements, mode, onStatus, clock = systemClock }: StreamViewOptions) {
    this.#address = address;
    this.#elements = elements;
    this.#onStatus = onStatus;
    this.#clock = clock;
    this.#figures = new Figures(clock);
    this.#panels = panelsOf(elements);
    const announce = announcerIn(elements.announcer, clock);
    this.#notify = noticesIn(elements.notice, announce, clock);
    this.#state = new StateView(elements, announce, startBar(elements, clock), clock);
    this.#surface = new Surface(elements);
    this.#player = this.#makePlayer();
    this.#link = this.#makeLink();
    startButtons(elements, this);
    this.#show(CONNECTING);
    clock.every(REFRESH_MS, () => this.#refresh());
    clock.every(LOOK_MS, () => this.#look());
    void chooseMode(mode).then((choice) => {
      this.#use(choice);
      this.#link.open();
    });
  }

  /** There may be a network again: connects now rather than after a pause. */
  hurry(): void {
    this.#link.hurry();
  }

  /** The page was hidden, or is seen again. */
  visibilityChanged(): void {
    this.#player.visibilityChanged();
    this.hurry();
  }

  async save(): Promise<void> {
    const picture = await this.#takePicture();
    if (picture === null) {
      this.#notify("There is no picture to save yet.");
      return;
    }
    saveFile(picture, this.#name, this.#clock);
    this.#notify("Saved", true);
  }

  toggleFreeze(): void {
    if (this.#frozen !== null) {
      unfreeze(this.#elements);
      this.#frozen = null;
    } else if (this.#lastShown !== null && !this.#elements.snapshotButton.disabled) {
      this.#frozen = freeze(this.#elements, this.#surface, this.#lastJpeg, this.#lastShown);
    }
  }

  toggleInfo(): void {
    this.#panels.toggleInfo();
    this.#refresh();
  }

  toggleHelp(): void {
    this.#panels.toggleHelp();
  }

  toggleFullScreen(): void {
    toggleFullScreen(this.#elements.root);
  }

  goBack(): void {
    if (!this.#panels.close() && document.fullscreenElement !== null) {
      this.toggleFullScreen();
    }
  }

  tryNow(): void {
    if (this.#session === null) {
      this.#link.hurry();
    } else {
      this.#link.reopen();
    }
  }

  get #name(): string {
    return this.#stream?.name || "lanvid";
  }

  #makePlayer(): Player {
    const figures = this.#figures;
    return new Player(
      this.#surface,
      {
        onShown: (picture, shownAt, jpeg) => this.#shown(picture, shownAt, jpeg),
        onShownUnseen: (picture) => this.#countShown(picture, null),
        onDropped: (count) => this.#countDropped(count),
        onCorrupt: () => {
          figures.corrupt += 1;
        },
        onWaiting: () => {
          figures.waiting += 1;
        },
        onUnusable: (reason) => void this.#fallBack(reason),
      },
      this.#clock,
    );
  }

  #makeLink(): Link {
    return new Link({
      address: this.#address,
      codecs: () => (this.#choice.mode === "jpeg" ? ["mjpeg"] : ["h264", "mjpeg"]),
      showingMs: () => this.#player.showingMs,
      onOpen: (session, way) => {
        this.#session = session;
        this.#showWay(way);
        this.#player.restart();
      },
      onStream: (stream) => this.#describe(stream),
      onFrame: (frame, settle) => this.#take(frame, settle),
      onDropped: (count) => this.#countDropped(count),
      onEnd: (end) => this.#ended(end),
      clock: this.#clock,
    });
  }

  #show(status: Status): void {
    this.#state.show(status, this.#name);
    this.#onStatus(status, this.#name);
    this.#refreshState();
  }

  #describe(stream: StreamInfo): void {
    this.#stream = stream;
    this.#maxDelayMs = this.#session?.maxDelayMs ?? this.#maxDelayMs;
    this.#player.describe(stream);
    const { state } = this.#state.status;
    const isGoingOn = stream.state === "live" && (state === "live" || state === "stale");
    // A server that is about to go still lets in, and ends it again.
    const isStillOver = stream.state === "failed" && state === "ended";
    if (!isGoingOn && !isStillOver) {
      this.#stillness.reset();
      this.#show(statusOfStream(stream));
    }
  }

  #take(frame: ReceivedPacket, settle: (shownAt: Micros | null) => void): void {
    if (document.hidden && !frame.video.isPreroll) {
      // It would be shown if somebody looked.
      this.#noteShown();
    }
    this.#player.show(frame, settle);
  }

  #ended(end: SessionEnd): void {
    this.#session = null;
    if (end.code !== REOPENED && !(end.by === "network" && this.#state.status.isLastWord === true)) {
      this.#show(statusOfEnd(end, this.#name, timeOfDay(this.#now())));
    }
  }

  #shown(picture: Picture, shownAt: Micros, jpeg: Blob | null): void {
    this.#lastJpeg = jpeg;
    this.#countShown(picture, picture.capturedAt === null ? null : shownAt - picture.capturedAt);
    // One that was still being decoded when the connection ended makes nothing live.
    if (this.#state.status !== LIVE && this.#session !== null && this.#stream?.state === "live") {
      this.#elements.root.dataset["hasPicture"] = "";
      this.#elements.snapshotButton.disabled = false;
      this.#show(LIVE);
    }
  }

  #countShown({ bytes }: Picture, delayMicros: Micros | null): void {
    this.#figures.addShown(bytes.length, delayMicros);
    this.#noteShown();
  }

  #countDropped(count: number): void {
    this.#figures.dropped += count;
  }

  #noteShown(): void {
    this.#stillness.shown(this.#clock.now());
    this.#lastShown = this.#now();
  }

  #now(): Date {
    return new Date(this.#clock.unixMs());
  }

  #stillMs(): Ms | null {
    return this.#stillness.stillMs(this.#clock.now(), this.#maxDelayMs);
  }

  /** A picture that stands still must not pass for a live one. */
  #look(): void {
    const { status } = this.#state;
    if (status === LIVE && this.#stillMs() !== null) {
      this.#show(STALE);
    } else if (status === STALE && document.hidden && this.#stillMs() === null) {
      this.#show(LIVE);
    }
  }

  /** Says once what a person may wonder about, and do something about. */
  #showWay(way: Way): void {
    const { dataset } = this.#elements.root;
    if (way === "requests" && dataset["way"] !== way) {
      this.#notify(PASSES_NO_WEB_SOCKET);
    }
    dataset["way"] = way;
  }

  #use(choice: Choice): void {
    this.#choice = choice;
    this.#player.use(choice.mode);
    this.#elements.root.dataset["mode"] = choice.mode;
    if (choice.notice !== null) {
      this.#notify(choice.notice);
    }
  }

  /** The mode in use does not work for this stream. */
  async #fallBack(reason: string): Promise<void> {
    this.#use(await modeAfter(this.#choice.mode, reason));
    this.#link.reopen();
  }

  /** What is seen: the JPEG that was received, or else one that is made of it, there or here. */
  async #takePicture(): Promise<TakenPicture | null> {
    const frozen = this.#frozen;
    const at = frozen?.at ?? this.#now();
    const isThere = !this.#elements.snapshotButton.disabled;
    const jpeg = isThere ? await (frozen?.jpeg() ?? this.#lastJpeg ?? this.#jpegOfNow()) : null;
    return jpeg && { jpeg, at };
  }

  async #jpegOfNow(): Promise<Blob | null> {
    try {
      const response = this.#state.status === LIVE ? await fetch(new URL("snapshot", this.#address)) : null;
      if (response?.ok === true) {
        return await response.blob();
      }
    } catch {
      // No connection: what is seen is here all the same.
    }
    return await jpegOfSeen(this.#surface);
  }

  #refresh(): void {
    const errorMicros = this.#session?.clockOffset.errorMicros ?? null;
    const details: Details = {
      name: this.#name,
      stream: this.#stream,
      ...this.#choice,
      figures: this.#figures,
      maxDelayMs: Number.isFinite(this.#maxDelayMs) ? this.#maxDelayMs : null,
      clockErrorMs: errorMicros === null ? null : round(errorMicros / 1000, 2),
      passesNoWebSocket: this.#elements.root.dataset["way"] === "requests",
    };
    showFigures(this.#elements, details, this.#state.status === LIVE);
    this.#refreshState();
  }

  #refreshState(): void {
    this.#state.refresh(this.#lastShown, this.#stillMs());
  }
}
