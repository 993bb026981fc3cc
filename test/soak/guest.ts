import { connect, type Socket } from "node:net";
import { forPeers } from "../../src/errors.ts";
import { ReceiverSession } from "../../src/receiver.ts";
import { systemClock } from "../../src/time.ts";
import { withLength } from "../../src/wire.ts";
import { socketFrame, UPGRADE } from "../hostile/peer.ts";
import { MessageCutter } from "./message-cutter.ts";

/** Somebody who looks on for a while, and need not be polite. */
export interface Guest {
  /** Takes nothing any more, says nothing, and is still there. */
  stall(): void;
  resume(): void;
  /** Goes as a program does that is ended. */
  leave(): void;
  /** Is gone without a word. */
  vanish(): void;
  /** It is not connected any more. */
  readonly isGone: boolean;
  /** It got something to see. */
  readonly isServed: boolean;
}

/** One that only reads: a silent TCP peer, or an HTTP request. */
export class Reader implements Guest {
  isGone = false;
  readonly #socket: Socket;
  readonly #leastBytes: number;
  #bytes = 0;

  /** @param leastBytes so many mean that there was something to see */
  constructor(port: number, leastBytes: number, request = "") {
    this.#leastBytes = leastBytes;
    this.#socket = connect({ host: "127.0.0.1", port });
    this.#socket.on("data", (chunk) => {
      this.#bytes += chunk.length;
    });
    this.#socket.on("error", () => undefined);
    this.#socket.on("close", () => {
      this.isGone = true;
    });
    this.#socket.write(request);
  }

  get isServed(): boolean {
    return this.#bytes >= this.#leastBytes;
  }

  stall(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  leave(): void {
    this.#socket.end();
    this.#socket.destroySoon();
  }

  vanish(): void {
    this.#socket.resetAndDestroy();
  }
}

export interface SessionGuestOptions {
  readonly port: number;
  /** As the page does, over a WebSocket; else over TCP. */
  readonly isPage: boolean;
  readonly codecs: readonly string[];
}

/** One that speaks lanvid's protocol, on the session of `watch` and the page. */
export class SessionGuest implements Guest {
  isGone = false;
  readonly #socket: Socket;
  readonly #session: ReceiverSession;
  #frames = 0;

  constructor({ port, isPage, codecs }: SessionGuestOptions) {
    this.#socket = connect({ host: "127.0.0.1", port });
    const { send, cutter } = isPage ? this.#overWebSocket() : this.#overTcp();
    this.#session = new ReceiverSession(
      {
        send,
        close: () => void this.#socket.end(),
      },
      {
        name: "guest",
        program: "soak",
        codecs,
        maxDelayMs: null,
        onStream: () => undefined,
        onFrame: ({ video }, settle) => {
          this.#frames += 1;
          settle(video.isPreroll ? null : systemClock.micros());
        },
        onEnd: () => undefined,
      },
    );
    this.#socket.on("data", (chunk: Uint8Array) => cutter.push(chunk));
    this.#socket.on("error", () => undefined);
    this.#socket.on("close", () => {
      this.isGone = true;
      this.#session.lost("the connection is gone");
    });
    if (!isPage) {
      this.#session.start();
    }
  }

  get isServed(): boolean {
    return this.#frames > 0;
  }

  /** Its pings go on, as those of a page do in whose computer something else is slow; it acknowledges nothing. */
  stall(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  leave(): void {
    this.#session.end("ended", forPeers`the guest has left`);
    this.#socket.destroySoon();
  }

  vanish(): void {
    this.#socket.resetAndDestroy();
    this.#session.lost("the guest has vanished");
  }

  #overTcp() {
    return {
      send: (payload: Uint8Array) => void this.#socket.write(withLength(payload)),
      cutter: new MessageCutter("tcp", (payload) => this.#session.receive(payload)),
    };
  }

  #overWebSocket() {
    this.#socket.write(`${UPGRADE}\r\n`);
    return {
      send: (payload: Uint8Array) => void this.#socket.write(socketFrame(0x82, payload)),
      cutter: new MessageCutter(
        "websocket",
        (payload) => this.#session.receive(payload),
        () => this.#session.start(),
      ),
    };
  }
}
