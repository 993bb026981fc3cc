import { nowMicros } from "../clock.ts";
import { LanvidError } from "../errors.ts";
import { type Hub, type Seat, SendWindow, type ViewerKind } from "../hub.ts";
import type { StreamDescription } from "../media.ts";
import { VERSION } from "../version.ts";
import {
  decodeMessage,
  encodeError,
  encodeGoodbye,
  encodeHello,
  encodePong,
  encodeStream,
  type Hello,
  ProtocolError,
} from "../wire.ts";
import type { SessionEnd, Transport } from "./transport.ts";

export interface SenderOptions {
  readonly hub: Hub;
  readonly kind: ViewerKind;
  /** The peer's address, for people. */
  readonly address: string | null;
  readonly maxDelayMs: number;
  /** Called once, when the conversation is over. */
  readonly onEnd: (end: SessionEnd) => void;
  /** Called when the peer has said what it is. */
  readonly onHello?: (hello: Hello) => void;
}

/**
 * The side that streams. It waits for the receiver's hello, answers it, and from then on gives the newest frame
 * whenever the receiver can take one.
 */
export class SenderSession {
  readonly #options: SenderOptions;
  readonly #transport: Transport;
  #seat: Seat | undefined;
  #window: SendWindow | undefined;
  #isOver = false;

  constructor(transport: Transport, options: SenderOptions) {
    this.#transport = transport;
    this.#options = options;
  }

  /** Takes one payload from the peer. */
  receive(payload: Uint8Array): void {
    if (this.#isOver) {
      return;
    }
    try {
      this.#handle(payload);
    } catch (error) {
      if (!(error instanceof LanvidError)) {
        throw error;
      }
      this.fail(error);
    }
  }

  /** Tells the peer why it can't go on, and ends. */
  fail(error: LanvidError): void {
    if (!this.#isOver) {
      this.#transport.send(encodeError({ code: error.code, message: error.message }));
      this.#finish({ code: error.code, message: error.message, hint: error.hint, by: "us" });
    }
  }

  /** Ends without a word, for a peer that is no lanvid. */
  refuse(error: LanvidError): void {
    this.#finish({ code: error.code, message: error.message, hint: error.hint, by: "us" });
  }

  /** Says goodbye, unless nobody said hello yet, and ends. */
  end(code: string, message: string): void {
    if (!this.#isOver) {
      if (this.#window !== undefined) {
        this.#transport.send(encodeGoodbye({ code, message }));
      }
      this.#finish({ code, message, by: "us" });
    }
  }

  /** The connection is gone. */
  lost(message: string): void {
    this.#finish({ code: "lost", message, by: "network" });
  }

  #handle(payload: Uint8Array): void {
    const message = decodeMessage(payload);
    if (this.#seat === undefined || this.#window === undefined) {
      if (message.kind === "error" || message.kind === "goodbye") {
        this.#finish({ ...message.notice, by: "peer" });
        return;
      }
      if (message.kind !== "hello") {
        throw new ProtocolError("no-hello", `the first message is of kind "${message.kind}", hello is expected`);
      }
      this.#begin(message.hello);
      return;
    }
    switch (message.kind) {
      case "ack":
        if (!this.#window.acknowledge(message.sequence, performance.now())) {
          throw new ProtocolError("ack-not-sent", `frame ${message.sequence} was acknowledged, but never sent`);
        }
        this.#seat.reportDelay(message.delayMicros);
        this.#pump();
        break;
      case "ping": {
        const now = nowMicros();
        this.#transport.send(encodePong(message.sentAt, now, nowMicros()));
        break;
      }
      case "goodbye":
      case "error":
        this.#finish({ ...message.notice, by: "peer" });
        break;
      case "hello":
        throw new ProtocolError("second-hello", "the peer said hello twice");
      case "stream":
      case "video":
        throw new ProtocolError("wrong-role", `a receiver sent a message of kind "${message.kind}"`);
      case "pong":
      case "unknown":
        break;
      default:
        message satisfies never;
    }
  }

  #begin(hello: Hello): void {
    if (hello.role === "sender") {
      throw new ProtocolError(
        "two-senders",
        "both sides send video",
        'use "lanvid listen" there to receive what "lanvid push" sends',
      );
    }
    if (!hello.codecs.includes("mjpeg")) {
      throw new ProtocolError(
        "no-common-codec",
        `the receiver takes ${hello.codecs.join(", ") || "no codec"}, this sender has mjpeg`,
      );
    }
    const { hub, kind, address } = this.#options;
    const maxDelayMs = Math.min(this.#options.maxDelayMs, hello.maxDelayMs ?? Number.POSITIVE_INFINITY);
    this.#window = new SendWindow(maxDelayMs);
    this.#transport.send(
      encodeHello({
        role: "sender",
        name: hub.description.name,
        program: `lanvid/${VERSION}`,
        codecs: [],
        maxDelayMs: Math.round(maxDelayMs),
      }),
    );
    this.#options.onHello?.(hello);
    if (this.#isOver) {
      return;
    }
    const seat = hub.seat(kind, address, {
      frameReady: () => this.#pump(),
      described: (description) => this.#describe(description),
      ended: (reason) => this.end("ended", reason),
    });
    if (this.#isOver) {
      seat.close();
      return;
    }
    this.#seat = seat;
    this.#describe(hub.description);
    // The peer's first ping came with its hello: it is answered before the first frame, which needs the clocks' offset.
    queueMicrotask(() => this.#pump());
  }

  #describe(description: StreamDescription): void {
    this.#transport.send(encodeStream(description));
  }

  #pump(): void {
    if (this.#seat === undefined || this.#window === undefined || this.#isOver) {
      return;
    }
    const frame = this.#seat.peek();
    if (frame === null || !this.#window.admits(frame.bytes.length)) {
      return;
    }
    this.#seat.take(frame);
    this.#window.sent(frame.sequence, frame.bytes.length, performance.now());
    this.#transport.sendVideo(frame);
  }

  #finish(end: SessionEnd): void {
    if (this.#isOver) {
      return;
    }
    this.#isOver = true;
    this.#options.onEnd(end);
    this.#seat?.close();
    this.#transport.close();
  }
}
