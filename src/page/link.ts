import { forPeers } from "../errors.ts";
import { type ReceivedPacket, ReceiverSession } from "../receiver.ts";
import { Backoff } from "../retry.ts";
import { type Clock, type Micros, type Ms, systemClock, type Timer } from "../time.ts";
import type { SessionEnd, StreamInfo } from "../wire.ts";
import { askWhy, connectByRequests } from "./request-transport.ts";
import { type ConnectionEvents, connectBySocket } from "./socket-transport.ts";

/** Between attempts, ms. Viewers that lost the same server must not all come back in the same moment. */
const PAUSES = { firstMs: 100, lastMs: 1500, jitter: 0.2 };
/** lanvid answers our pings twice a second. After so many half seconds without a word, the connection is dead, … */
const WATCH_MS = 500;
const SILENT_WATCHES = 8;
/** … but an answer waits behind a picture, which is heard of when it is whole: twice as many then, up to a minute. */
const MOST_SILENT_WATCHES = 120;

/** So many WebSockets in a row can't be made while requests are answered: then what is in between passes none. */
const MOST_REFUSED = 2;

/** How the page is connected: by a WebSocket, or by requests where what is in between passes none. */
export type Way = "socket" | "requests";

/** Why a session ends that is followed by another at once. */
export const REOPENED = "reopened";

export interface LinkOptions {
  /** The stream's page: what carries the stream stands beside it. */
  readonly address: string;
  /** The codecs that it can show, best first; asked at each attempt. */
  readonly codecs: () => readonly string[];
  /** See `ReceiverOptions`. */
  readonly showingMs: () => Ms;
  readonly onOpen: (session: ReceiverSession, way: Way) => void;
  readonly onStream: (stream: StreamInfo) => void;
  readonly onFrame: (frame: ReceivedPacket, settle: (shownAt: Micros | null) => void) => void;
  readonly onDropped: (count: number) => void;
  /** The connection ended, or could not be made. The next attempt follows by itself. */
  readonly onEnd: (end: SessionEnd) => void;
  readonly clock?: Clock;
}

/** A connection to lanvid that is made again and again, for as long as the page is open. */
export class Link {
  readonly #options: LinkOptions;
  readonly #clock: Clock;
  readonly #backoff = new Backoff(PAUSES);
  #retry: Timer | undefined;
  #session: ReceiverSession | null = null;
  #silentWatches = SILENT_WATCHES;
  /** WebSockets in a row that could not be made. */
  #refused = 0;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Connects now, rather than after a pause. */
  hurry(): void {
    if (this.#retry !== undefined) {
      this.#retry[Symbol.dispose]();
      this.open();
    }
  }

  /** Connects anew, to say something else in its hello. */
  reopen(): void {
    this.#session?.end(REOPENED, forPeers`the page asks for another codec`);
    this.hurry();
  }

  open(): void {
    const { address, codecs, showingMs, onOpen, onStream, onFrame, onDropped } = this.#options;
    this.#retry = undefined;
    let silence = 0;
    let silenceBefore = 0;
    let isOpened = false;
    const watch = this.#clock.every(WATCH_MS, () => {
      silence += 1;
      if (silence > this.#silentWatches) {
        this.#allowSilence(2 * silence);
        session.lost("lanvid does not answer");
      }
    });

    const way = this.#refused < MOST_REFUSED ? "socket" : "requests";
    const connect = way === "socket" ? connectBySocket : connectByRequests;
    const events: ConnectionEvents = {
      onOpen: () => {
        isOpened = true;
        session.start();
        onOpen(session, way);
      },
      onMessage: (payload) => {
        silenceBefore = silence;
        silence = 0;
        session.receive(payload);
      },
      onClose: () => session.lost("no connection to lanvid"),
    };
    const transport = connect(address, events, this.#clock);
    const session = new ReceiverSession(transport, {
      name: "",
      program: "lanvid-page",
      codecs: codecs(),
      maxDelayMs: null,
      showingMs,
      onHello: () => {
        this.#backoff.reset();
      },
      onStream,
      onFrame: (frame, settle) => {
        this.#allowSilence(2 * silenceBefore);
        onFrame(frame, settle);
      },
      onDropped,
      clock: this.#clock,
      onEnd: (end) => {
        watch[Symbol.dispose]();
        this.#session = null;
        if (way === "socket" && !isOpened && end.by === "network") {
          void this.#explain(end);
          return;
        }
        if (end.code !== REOPENED || way === "socket") {
          this.#refused = 0;
        }
        this.#finish(end);
      },
    });
    this.#session = session;
  }

  /** There was no WebSocket. Asks by a request why not, and goes on in the way that is left. */
  async #explain(end: SessionEnd): Promise<void> {
    const answer = await askWhy(this.#options.address);
    if (answer === "yes") {
      this.#refused += 1;
      this.open();
      return;
    }
    this.#refused = 0;
    const { message, hint = null } = answer === "silence" ? end : answer;
    this.#finish(answer === "silence" ? end : { code: "refused", message, hint: hint ?? undefined, by: "peer" });
  }

  #finish(end: SessionEnd): void {
    this.#options.onEnd(end);
    this.#retryLater();
  }

  #allowSilence(watches: number): void {
    this.#silentWatches = Math.min(Math.max(SILENT_WATCHES, watches), MOST_SILENT_WATCHES);
  }

  #retryLater(): void {
    this.#retry = this.#clock.after(this.#backoff.next(), () => this.open());
  }
}
