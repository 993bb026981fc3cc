import { TokenBucket } from "../../access.ts";
import { faultOnly, type PeerText } from "../../errors.ts";
import type { Connection } from "../../net.ts";
import { MessageReader } from "../../net.ts";
import { type SenderOptions, SenderSession } from "../../session.ts";
import { type Ms, patience } from "../../time.ts";
import { ProtocolError, type Reason } from "../../wire.ts";
import type { ClassicReceivers, ClassicSending } from "../classic.ts";
import { classify, isTalk, joinBytes } from "./first-bytes.ts";
import { foreign } from "./foreign.ts";
import { MAX_HEAD_BYTES, redirect } from "./http-redirect.ts";

/** How long a peer may take to say what it is, its hello to the end, ms; from its first byte where silence says it. */
const DECIDE_MS = 10_000;

const RECEIVE_HINT = 'run "lanvid receive" instead to receive it';

export interface SendingPeerOptions extends Omit<SenderOptions, "address" | "kind" | "clock"> {
  /** Where a browser that opens the stream's port is sent; null for nowhere. */
  readonly http: { readonly port: number; readonly allowsHost: (host: string) => boolean } | null;
  /** What a peer that stays silent joins; null or absent where the classic programs are not served. */
  readonly classic?: ClassicReceivers | null;
  /** A classic receiver says something of its own, which nobody reads. Called once. */
  readonly onTalk?: () => void;
}

/** A conversation in which this side sends. */
export interface SendingConversation {
  /** Says goodbye, and ends. */
  end(code: string, message: PeerText): void;
  /** It is known otherwise that the peer is a lanvid that sends, too, and waits for a hello as this side does: tells it. */
  refuseSender(): void;
}

/**
 * Streams to whoever is at the other end of a connection, once its first bytes, or its silence, say what it is. Writes
 * nothing before: a hello would be unpickled by a classic receiver.
 */
export function sendTo(connection: Connection, options: SendingPeerOptions): SendingConversation {
  return new SendingPeer(connection, options);
}

class SendingPeer {
  readonly #connection: Connection;
  readonly #options: SendingPeerOptions;
  readonly #session: SenderSession;
  readonly #reader: MessageReader;
  readonly #connectedAt: Ms;
  readonly #budget: TokenBucket;
  /** The first bytes, until they say what the peer is. */
  #head: Uint8Array | null = new Uint8Array(0);
  #classic: ClassicSending | null = null;
  /** A classic receiver said something that begins no hello: what it says is counted, and not read. */
  #isTalking = false;
  #judgeNoSilence = () => {};
  #judgeNoDelay: (() => void) | undefined;

  constructor(connection: Connection, options: SendingPeerOptions) {
    this.#connection = connection;
    this.#options = options;
    const { address, clock } = connection;
    this.#connectedAt = clock.now();
    this.#budget = new TokenBucket(this.#connectedAt);
    this.#session = new SenderSession(connection, {
      ...options,
      kind: "lanvid",
      address,
      clock,
      onHello: (hello) => {
        this.#becomeKnown();
        options.onHello?.(hello);
      },
      onEnd: (end) => {
        this.#release();
        options.onEnd(end);
      },
    });
    this.#reader = new MessageReader({
      acceptsVideo: false,
      onMessage: (payload) => {
        const { heardAt } = this.#connection;
        this.#budget.spend(0, heardAt);
        this.#session.receive(payload, heardAt);
      },
    });
    if (options.classic) {
      this.#awaitSilence(options.classic.silenceMs(address));
    } else {
      this.#expectToKnow();
    }
    connection.handle({
      data: (chunk) => this.#receive(chunk),
      closed: (reason, silentMs) => this.#session.lost(reason, silentMs),
      flushed: () => this.#flushed(),
    });
  }

  end(code: string, message: PeerText): void {
    this.#session.end(code, message);
  }

  refuseSender(): void {
    this.#session.fail(new ProtocolError("two-senders", "both sides send video"));
  }

  #receive(chunk: Uint8Array): void {
    if (this.#head === null) {
      this.#read(chunk);
      return;
    }
    if (this.#isTalking) {
      this.#hearTalk(chunk.length);
      return;
    }
    this.#judgeNoSilence();
    this.#head = joinBytes(this.#head, chunk);
    if (this.#classic === null) {
      this.#expectToKnow();
      if (this.#options.classic && isTalk(this.#head)) {
        // A name, a word that asks for pictures: its silence after that is what a silent receiver's is.
        this.#awaitSilence(this.#options.classic.silenceMs(this.#connection.address));
        return;
      }
    }
    this.#decide(this.#head);
  }

  #awaitSilence(ms: number): void {
    this.#judgeNoSilence = patience(ms, () => this.#joinClassic(), this.#connection.clock);
  }

  #beginTalk(byteCount: number): void {
    this.#isTalking = true;
    this.#head = new Uint8Array(0);
    this.#options.onTalk?.();
    this.#hearTalk(byteCount);
  }

  /** What a classic receiver says is little; one that says more than a lanvid would is refused. */
  #hearTalk(byteCount: number): void {
    try {
      this.#budget.spend(byteCount, this.#connection.heardAt);
    } catch (error) {
      if (!(error instanceof ProtocolError)) {
        throw error;
      }
      this.#refuse(error.code, "says more than a receiver of pictures has to say");
    }
  }

  #expectToKnow(): void {
    const refuse = () => this.#refuse("undecided", `did not say what it is within ${DECIDE_MS / 1000} s`);
    this.#judgeNoDelay ??= patience(DECIDE_MS, refuse, this.#connection.clock);
  }

  #becomeKnown(): void {
    this.#judgeNoDelay?.();
    this.#judgeNoDelay = undefined;
    this.#connection.settle();
  }

  #decide(bytes: Uint8Array): void {
    const peer = classify(bytes);
    switch (peer) {
      case "more":
        break;
      case "lanvid-error":
        // It ends, and takes no more: what was begun for a classic receiver will never be finished.
        this.#expectToKnow();
        this.#head = null;
        this.#classic?.stop();
        this.#read(bytes);
        break;
      case "lanvid":
        this.#expectToKnow();
        this.#becomeLanvid();
        if (this.#head !== null && bytes.length > MAX_HEAD_BYTES) {
          this.#refuse("flood", `wrote ${bytes.length} bytes before it was answered`);
        }
        break;
      case "http":
      case "http-other":
        this.#redirect(bytes, peer);
        break;
      case "tls":
        this.#refuse("tls", "speaks TLS, the stream's port speaks plain TCP");
        break;
      case "classic-sender":
        // Told, since it may be a lanvid that took this side's silence for a classic receiver's.
        this.#head = new Uint8Array(0);
        this.#session.fail(new ProtocolError("classic-sender", "the other side sends video itself", RECEIVE_HINT));
        break;
      case "http-answer":
        this.#refuse("http-answer", "is a web server, no program that shows pictures");
        break;
      case "unknown":
        this.#decideForeign(bytes);
        break;
      default:
        peer satisfies never;
    }
  }

  #decideForeign(bytes: Uint8Array): void {
    if (this.#classic !== null) {
      this.#beginTalk(bytes.length);
      return;
    }
    const { what, hint } = foreign(bytes);
    this.#refuse("garbage", what, hint);
  }

  #redirect(bytes: Uint8Array, method: "http" | "http-other"): void {
    this.#options.classic?.sawBrowser(this.#connection.address);
    if (this.#classic !== null) {
      this.#refuse("http", "spoke HTTP on a connection that had been taken for a classic receiver's");
      return;
    }
    const answer = redirect(bytes, method, this.#options.http, this.#connection.localAddress);
    if (answer !== null) {
      this.#connection.write(answer);
      this.#refuse("http", "asked for the page on the stream's port");
    } else if (bytes.length > MAX_HEAD_BYTES) {
      this.#refuse("http-too-long", `sent an HTTP request's head of more than ${MAX_HEAD_BYTES} bytes`);
    }
  }

  /** The peer has said nothing: it is a classic receiver, for all that is known. */
  #joinClassic(): void {
    const { classic } = this.#options;
    if (!classic) {
      return;
    }
    const { address } = this.#connection;
    // A browser opens its spare connections before its first request: only now may it be known for one.
    const restMs = classic.silenceMs(address) - (this.#connection.clock.now() - this.#connectedAt);
    if (restMs > 1) {
      this.#awaitSilence(restMs);
      return;
    }
    this.#classic = classic.begin(
      this.#connection,
      (reason) => this.#session.lost(reason),
      (why) => this.#session.end("ended", why.forPeers),
    );
    if (this.#classic === null) {
      this.#refuse("classic-full", `is silent, and there are ${classic.maxReceivers} classic receivers already`);
      return;
    }
    // Its silence was its hello.
    this.#becomeKnown();
    if (this.#head !== null && classify(this.#head) === "unknown") {
      this.#beginTalk(this.#head.length);
    }
    this.#options.onHello?.({
      role: "receiver",
      name: address,
      program: "classic",
      codecs: [],
      maxDelayMs: null,
      adapts: false,
    });
  }

  /** A hello has come, be it late: what was begun for a classic receiver is finished first. */
  #becomeLanvid(): void {
    this.#classic?.stop();
    if (this.#connection.isFlushed) {
      this.#flushed();
    }
  }

  #flushed(): void {
    if (this.#head !== null && this.#head.length > 0 && classify(this.#head).startsWith("lanvid")) {
      const bytes = this.#head;
      this.#head = null;
      if (this.#classic !== null) {
        this.#classic = null;
        this.#connection.becomeTwoWay();
      }
      this.#read(bytes);
      return;
    }
    this.#classic?.pump();
  }

  #read(chunk: Uint8Array): void {
    try {
      const { heardAt } = this.#connection;
      this.#budget.spend(chunk.length, heardAt);
      this.#reader.push(chunk, heardAt);
    } catch (error) {
      this.#session.fail(faultOnly(error));
    }
  }

  #refuse(code: Reason, what: string, hint?: string): void {
    // The connection takes a moment to end: thousands of them must hold nothing meanwhile.
    this.#head = new Uint8Array(0);
    this.#session.refuse(new ProtocolError(code, `the other side ${what}`, hint));
  }

  #release(): void {
    this.#judgeNoSilence();
    this.#judgeNoDelay?.();
    this.#classic?.stop();
  }
}
