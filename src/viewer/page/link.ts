import { forPeers } from "../../errors.ts";
import { type ReceivedFrame, ReceiverSession, type SessionEnd, type Transport } from "../../session.ts";
import type { StreamInfo } from "../../wire.ts";

/** Pauses between attempts: doubled from the first to the longest, each ±20 %, in ms. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1500;
const JITTER = 0.2;
/** lanvid answers our pings twice a second. After so many half seconds without a word, the connection is dead, … */
const WATCH_MS = 500;
const SILENT_WATCHES = 8;
/** … but an answer waits behind a picture, which is heard of when it is whole: twice as many then, up to a minute. */
const MOST_SILENT_WATCHES = 120;

/** Why a session ends that is followed by another at once. */
export const REOPENED = "reopened";

export interface LinkOptions {
  /** What to call this viewer, for people. */
  readonly name: string;
  /** The codecs that it can show, best first; asked at each attempt. */
  readonly codecs: () => readonly string[];
  /** See `ReceiverOptions`. */
  readonly showingMs: () => number;
  readonly onOpen: (session: ReceiverSession) => void;
  readonly onStream: (stream: StreamInfo) => void;
  readonly onFrame: (frame: ReceivedFrame, settle: (shownAt: number | null) => void) => void;
  readonly onSkipped: (count: number) => void;
  /** The connection ended, or could not be made. The next attempt follows by itself. */
  readonly onEnd: (end: SessionEnd) => void;
}

/** A connection to lanvid that is made again and again, for as long as the page is open. */
export class Link {
  readonly #options: LinkOptions;
  #pauseMs = FIRST_PAUSE_MS;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #session: ReceiverSession | null = null;
  #silentWatches = SILENT_WATCHES;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** Connects now, rather than after a pause. */
  hurry(): void {
    if (this.#retry !== undefined) {
      clearTimeout(this.#retry);
      this.open();
    }
  }

  /** Connects anew, to say something else in its hello. */
  reopen(): void {
    this.#session?.end(REOPENED, forPeers`the page asks for another codec`);
    this.hurry();
  }

  open(): void {
    this.#retry = undefined;
    const socket = new WebSocket(new URL("ws", location.href.replace(/^http/, "ws")));
    socket.binaryType = "arraybuffer";
    let silence = 0;
    let silenceBefore = 0;
    const watch = setInterval(() => {
      silence += 1;
      if (silence > this.#silentWatches) {
        this.#allowSilence(2 * silence);
        session.lost("lanvid does not answer");
      }
    }, WATCH_MS);

    const session = new ReceiverSession(transportOf(socket), {
      name: this.#options.name,
      program: "lanvid-page",
      codecs: this.#options.codecs(),
      maxDelayMs: null,
      showingMs: this.#options.showingMs,
      onHello: () => {
        this.#pauseMs = FIRST_PAUSE_MS;
      },
      onStream: this.#options.onStream,
      onFrame: (frame, settle) => {
        this.#allowSilence(2 * silenceBefore);
        this.#options.onFrame(frame, settle);
      },
      onSkipped: this.#options.onSkipped,
      onEnd: (end) => {
        clearInterval(watch);
        this.#session = null;
        this.#options.onEnd(end);
        this.#retryLater();
      },
    });
    this.#session = session;
    socket.onopen = () => {
      session.start();
      this.#options.onOpen(session);
    };
    socket.onmessage = ({ data }) => {
      silenceBefore = silence;
      silence = 0;
      if (data instanceof ArrayBuffer) {
        session.receive(new Uint8Array(data));
      }
    };
    socket.onclose = () => session.lost("no connection to lanvid");
  }

  #allowSilence(watches: number): void {
    this.#silentWatches = Math.min(Math.max(SILENT_WATCHES, watches), MOST_SILENT_WATCHES);
  }

  #retryLater(): void {
    const jitter = 1 + JITTER * (2 * Math.random() - 1);
    this.#retry = setTimeout(() => this.open(), this.#pauseMs * jitter);
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

function transportOf(socket: WebSocket): Transport {
  return {
    send(payload) {
      if (socket.readyState === WebSocket.OPEN) {
        socket.send(payload as Uint8Array<ArrayBuffer>);
      }
    },
    sendVideo() {
      throw new TypeError("a receiver sends no video");
    },
    get waitingBytes() {
      return socket.bufferedAmount;
    },
    close() {
      socket.close();
    },
  };
}
