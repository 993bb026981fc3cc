import { Allowance } from "../allowance.ts";
import { faultOnly, type LanvidError, type PeerText } from "../errors.ts";
import { harmless } from "../log.ts";
import type { Stream, ViewerKind } from "../stream.ts";
import { type Clock, systemClock, type Timer } from "../time.ts";
import { KIB } from "../units.ts";
import { VERSION } from "../version.ts";
import {
  decodeMessage,
  encodeError,
  encodeGoodbye,
  encodeHello,
  encodePong,
  encodeStream,
  endFor,
  type Hello,
  ProtocolError,
  type SessionEnd,
  type StreamInfo,
  type Transport,
} from "../wire.ts";
import { AdaptiveSubscription } from "./adaptive-subscription.ts";
import { CongestionWindow } from "./congestion-window.ts";

/**
 * What may wait here for a peer beside the frames in flight, bytes: pongs for minutes, and descriptions of a stream that
 * changes all the time. More than that is there only if the peer does not read.
 */
const MAX_WAITING_BYTES = 64 * KIB;

/** How often the peer is told of a stream that changes all the time: then it hears the newest only. */
const DESCRIPTIONS_AT_ONCE = 16;
const DESCRIPTIONS_PER_SECOND = 16;

export interface SenderOptions {
  readonly stream: Stream;
  readonly kind: ViewerKind;
  /** The peer's address, for people. */
  readonly address: string | null;
  readonly maxDelayMs: number;
  /** Called once, when the conversation is over. */
  readonly onEnd: (end: SessionEnd) => void;
  /** Called when the peer has said what it is. */
  readonly onHello?: (hello: Hello) => void;
  readonly clock?: Clock;
}

/**
 * The side that streams. It waits for the receiver's hello, answers it, and from then on gives the frame that is due
 * whenever the receiver can take one, in the variant that suits it.
 */
export class SenderSession {
  readonly #options: SenderOptions;
  readonly #transport: Transport;
  readonly #clock: Clock;
  #subscription: AdaptiveSubscription | undefined;
  #window: CongestionWindow | undefined;
  /** What the peer was told last of the stream. */
  #described = "";
  #told: StreamInfo | null = null;
  readonly #descriptions: Allowance;
  #describeTimer: Timer | undefined;
  #isOver = false;

  constructor(transport: Transport, options: SenderOptions) {
    this.#transport = transport;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#descriptions = new Allowance(DESCRIPTIONS_AT_ONCE, DESCRIPTIONS_PER_SECOND, this.#clock.now());
  }

  /** Takes one payload from the peer. @param nowMs when it came, by the session's clock */
  receive(payload: Uint8Array, nowMs = this.#clock.now()): void {
    if (this.#isOver) {
      return;
    }
    try {
      this.#handle(payload, nowMs);
    } catch (error) {
      this.fail(faultOnly(error));
    }
  }

  /** Tells the peer why it can't go on, and ends. */
  fail(error: LanvidError): void {
    if (!this.#isOver) {
      this.#transport.send(encodeError({ code: error.code, message: error.forPeers }));
      this.#finish(endFor(error));
    }
  }

  /** Ends without a word, for a peer that is no lanvid. */
  refuse(error: LanvidError): void {
    this.#finish(endFor(error));
  }

  /** Says goodbye, unless nobody said hello yet, and ends. */
  end(code: string, message: PeerText): void {
    if (!this.#isOver) {
      if (this.#window !== undefined) {
        this.#transport.send(encodeGoodbye({ code, message }));
      }
      this.#finish({ code, message, by: "us" });
    }
  }

  /** The connection is gone. @param silentMs how long the peer was silent, where that is why */
  lost(message: string, silentMs?: number): void {
    this.#finish({ code: "lost", message, by: "network", silentMs });
  }

  /** Ends, without a word, if the other side does not read what it is sent. To be asked when something was written for it. */
  endIfUnread(): void {
    if (!this.#isOver && this.#waitsTooMuch()) {
      this.refuse(new ProtocolError("unread", "the other side does not read what it is sent"));
    }
  }

  #handle(payload: Uint8Array, nowMs: number): void {
    const message = decodeMessage(payload);
    if (this.#subscription === undefined || this.#window === undefined) {
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
        if (!this.#window.acknowledge(message.sequence, nowMs)) {
          throw new ProtocolError("ack-not-sent", `frame ${message.sequence} was acknowledged, but never sent`);
        }
        if (this.#waitsTooMuch()) {
          throw new ProtocolError("ack-not-sent", `frame ${message.sequence} was acknowledged before it was sent`);
        }
        this.#subscription.subscription.reportDelay(message.delayMicros);
        this.#pump(nowMs);
        break;
      case "ping": {
        const receivedAt = this.#clock.micros();
        this.#transport.send(encodePong(message.sentAt, receivedAt, this.#clock.micros()));
        this.endIfUnread();
        break;
      }
      case "goodbye":
      case "error":
        this.#finish({ ...message.notice, by: "peer" });
        break;
      case "hello":
        throw new ProtocolError("second-hello", "the other side said hello twice");
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
        'use "lanvid receive" there to receive what "lanvid push" sends',
      );
    }
    const { stream, kind, address } = this.#options;
    if (stream.variants(hello.codecs)?.length === 0) {
      throw noCommonCodec(hello, stream.original.description.codec);
    }
    const maxDelayMs = Math.min(this.#options.maxDelayMs, hello.maxDelayMs ?? Number.POSITIVE_INFINITY);
    this.#window = new CongestionWindow(maxDelayMs);
    this.#transport.send(
      encodeHello({
        role: "sender",
        name: stream.original.description.name,
        program: `lanvid/${VERSION}`,
        codecs: [],
        maxDelayMs: Math.round(maxDelayMs),
        adapts: false,
      }),
    );
    this.#options.onHello?.(hello);
    if (this.#isOver) {
      return;
    }
    const subscription = new AdaptiveSubscription(stream, {
      kind,
      address,
      name: harmless(hello.name).trim() || null,
      maxDelayMs,
      codecs: hello.codecs,
      adapts: hello.adapts,
      onReady: () => this.#pump(this.#clock.now()),
      onDescribed: () => this.#describe(),
      onUnfit: (codec) => this.fail(noCommonCodec(hello, codec)),
      onEnded: (why) => this.end("ended", why.forPeers),
      clock: this.#clock,
    });
    if (this.#isOver) {
      subscription.close();
      return;
    }
    this.#subscription = subscription;
    this.#describe();
    // The peer's first ping came with its hello: it is answered before the first frame, which needs the clocks' offset.
    queueMicrotask(() => this.#pump(this.#clock.now()));
  }

  #describe(): void {
    if (this.#subscription === undefined || this.#isOver) {
      return;
    }
    const { info } = this.#subscription;
    const text = JSON.stringify(info);
    if (text === this.#described || (this.#describeTimer !== undefined && !changesFrames(this.#told, info))) {
      return;
    }
    const waitMs = this.#descriptions.take(1, this.#clock.now());
    if (waitMs > 0 && !changesFrames(this.#told, info)) {
      this.#describeTimer = this.#clock.after(waitMs, () => {
        this.#describeTimer = undefined;
        this.#describe();
      });
      return;
    }
    this.#described = text;
    this.#told = info;
    this.#transport.send(encodeStream(info));
    this.endIfUnread();
  }

  /** More waits than the frames that are not settled yet, so that what is settled can't have arrived, or is not read. */
  #waitsTooMuch(): boolean {
    return this.#transport.waitingBytes > (this.#window?.bytesInFlight ?? 0) + MAX_WAITING_BYTES;
  }

  #pump(nowMs: number): void {
    const subscription = this.#subscription;
    const window = this.#window;
    if (subscription === undefined || window === undefined || this.#isOver) {
      return;
    }
    if (subscription.isChanging) {
      if (!window.isEmpty || this.#transport.waitingBytes > 0) {
        return;
      }
      subscription.change(nowMs);
      window.restart();
      this.#describe();
    }
    for (;;) {
      const frame = subscription.peek(window);
      if (frame === null || !window.admits(frame.bytes.length, nowMs)) {
        break;
      }
      const byteCount = frame.bytes.length;
      const sending = { isPreroll: subscription.subscription.isPreroll(frame), wantsAck: window.wantsAck(byteCount) };
      subscription.subscription.take(frame, nowMs);
      window.sent(frame.sequence, byteCount, nowMs, sending.wantsAck);
      this.#transport.sendVideo(frame, sending);
    }
    subscription.look(nowMs, window.linkMbps);
  }

  #finish(end: SessionEnd): void {
    if (this.#isOver) {
      return;
    }
    this.#isOver = true;
    this.#describeTimer?.[Symbol.dispose]();
    this.#options.onEnd(end);
    this.#subscription?.close();
    this.#transport.close();
  }
}

/** Has to be told before the next frame. */
function changesFrames(told: StreamInfo | null, info: StreamInfo): boolean {
  return told?.codec !== info.codec || told.rendition !== info.rendition;
}

function noCommonCodec({ codecs }: Hello, codec: string | null): ProtocolError {
  return new ProtocolError(
    "no-common-codec",
    `the receiver takes ${codecs.join(", ") || "no codec"}, this sender has ${codec ?? "none"}`,
  );
}
