import { faultOnly, type LanvidError, type PeerText } from "../errors.ts";
import { accessUnitFault } from "../media.ts";
import { type Clock, type Micros, systemClock, type Timer } from "../time.ts";
import {
  decodeMessage,
  encodeAck,
  encodeError,
  encodeGoodbye,
  encodeHello,
  encodePing,
  encodePong,
  endFor,
  type Hello,
  MAX_HOPS,
  ProtocolError,
  type ReceiverTransport,
  type SessionEnd,
  type StreamInfo,
  type Video,
} from "../wire.ts";
import { ClockOffset } from "./clock-offset.ts";
import { TransferEstimator } from "./transfer-estimator.ts";

/** The first pings come close together, so that the delay is known with the first frames; then twice a second. */
const FIRST_PINGS = 5;
const FIRST_PING_MS = 100;
const PING_MS = 500;
const TICK_MS = 100;
/** When our own clock tick is later than this, the process was stopped, and what the kernel held meanwhile is old. */
const SUSPENDED_MICROS = 1_500_000;

/** Showing counts for this share of the promised delay at most: less than the tenth that the sender leaves. */
const SHOWING_SHARE = 0.08;

/** A frame as it reached the receiver. */
export interface ReceivedPacket {
  readonly video: Video;
  /** When it was captured, on our clock; null while the clocks' offset is unknown. */
  readonly capturedAt: Micros | null;
}

export interface ReceiverOptions {
  readonly name: string;
  readonly program: string;
  readonly codecs: readonly string[];
  /** Show nothing older than this, ms; null for what the sender offers. */
  readonly maxDelayMs: number | null;
  /** How much longer than the next frame of a display it takes to show a frame, ms, as far as known; asked at each, 0 unless told. */
  readonly showingMs?: () => number;
  /** A lighter variant of the stream will do when the link can't carry this one; true unless told. */
  readonly adapts?: boolean;
  readonly onHello?: (hello: Hello) => void;
  readonly onStream: (stream: StreamInfo) => void;
  /**
   * A frame to show; one that `isPreroll`, only to decode. `settle` is called once, when the next one can be taken, with
   * the time at which this one was shown (on our clock), or null if it was not. Not called for a JPEG that came too
   * late; H.264 that did is preroll, since what follows builds on it.
   */
  readonly onFrame: (frame: ReceivedPacket, settle: (shownAt: Micros | null) => void) => void;
  /** Frames that this side did not get or did not show because a newer one was due. */
  readonly onDropped?: (count: number) => void;
  /** H.264 that is broken was left out, and what builds on it will be; what is wrong with it. */
  readonly onBroken?: (fault: string) => void;
  readonly onEnd: (end: SessionEnd) => void;
  readonly clock?: Clock;
}

/** The side that shows. It speaks first, acknowledges what it showed, and measures how old it was. */
export class ReceiverSession {
  readonly clockOffset = new ClockOffset();
  readonly #options: ReceiverOptions;
  readonly #transport: ReceiverTransport;
  readonly #clock: Clock;
  #maxDelayMicros = Number.POSITIVE_INFINITY;
  #hasHello = false;
  #isOver = false;
  #isQuiet = false;
  #lastSequence: number | null = null;
  /** Frames that are still to be acknowledged, the oldest first. */
  #owed: number[] = [];
  #rendition = 0;
  #codec: string | null = null;
  /** Something was broken: what comes before the next key frame builds on it. */
  #needsKey = false;
  #lastMessageAt: Micros;
  readonly #linkTime = new TransferEstimator();
  /** The longest that a frame took on the link, of those since the last key frame; µs. */
  #transferMicros = 0;
  #tickedAt: Micros;
  #pings = 0;
  #pingedAt: Micros = 0;
  #timer: Timer | undefined;

  constructor(transport: ReceiverTransport, options: ReceiverOptions) {
    this.#transport = transport;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#lastMessageAt = this.#clock.micros();
    this.#tickedAt = this.#lastMessageAt;
  }

  /** How late a picture may be shown, ms: what both sides want at most. Infinity where neither says it. */
  get maxDelayMs(): number {
    return this.#maxDelayMicros / 1000;
  }

  /** Says hello and begins to measure the clocks. */
  start(): void {
    if (this.#isOver) {
      return;
    }
    const { name, program, codecs, maxDelayMs, adapts = true } = this.#options;
    this.#transport.send(encodeHello({ role: "receiver", name, program, codecs, maxDelayMs, adapts }));
    this.#measure();
  }

  /** The peer is no lanvid and reads nothing: says no more to it. */
  becomeQuiet(): void {
    this.#isQuiet = true;
    this.#timer?.[Symbol.dispose]();
  }

  /** The peer is a lanvid after all. */
  becomeHeard(): void {
    if (this.#isQuiet && !this.#isOver) {
      this.#isQuiet = false;
      this.#tickedAt = this.#clock.micros();
      this.#measure();
    }
  }

  /**
   * Takes one payload from the peer.
   * @param startedAt when its first byte arrived, on the session's clock, where the transport knows
   */
  receive(payload: Uint8Array, startedAt?: Micros): void {
    if (this.#isOver) {
      return;
    }
    try {
      this.#handle(payload, startedAt ?? this.#lastMessageAt);
      this.#lastMessageAt = this.#clock.micros();
    } catch (error) {
      this.fail(faultOnly(error));
    }
  }

  /** Tells the peer why it can't go on, and ends. */
  fail(error: LanvidError): void {
    if (!this.#isOver) {
      if (!this.#isQuiet) {
        this.#transport.send(encodeError({ code: error.code, message: error.forPeers }));
      }
      this.#finish(endFor(error));
    }
  }

  /** Says goodbye and ends. */
  end(code: string, message: PeerText): void {
    if (!this.#isOver) {
      if (!this.#isQuiet) {
        this.#transport.send(encodeGoodbye({ code, message }));
      }
      this.#finish({ code, message, by: "us" });
    }
  }

  /** The connection is gone. @param silentMs how long the peer was silent, where that is why */
  lost(message: string, silentMs?: number): void {
    this.#finish({ code: "lost", message, by: "network", silentMs });
  }

  #handle(payload: Uint8Array, startedAt: Micros): void {
    const message = decodeMessage(payload);
    if (!this.#hasHello && message.kind !== "hello" && message.kind !== "error") {
      throw new ProtocolError("no-hello", `the first message is of kind "${message.kind}", hello is expected`);
    }
    switch (message.kind) {
      case "hello":
        this.#greet(message.hello);
        break;
      case "stream":
        if (message.stream.hops > MAX_HOPS) {
          throw new ProtocolError(
            "hops",
            `the stream passed through ${message.stream.hops} relays, at most ${MAX_HOPS} are allowed`,
            "check that no lanvid relays its own stream",
          );
        }
        this.#describe(message.stream);
        break;
      case "video":
        this.#show(message.video, startedAt);
        break;
      case "ping":
        this.#transport.send(encodePong(message.sentAt, this.#clock.micros(), this.#clock.micros()));
        break;
      case "pong":
        this.clockOffset.add(message.sentAt, message.receivedAt, message.answeredAt, this.#clock.micros());
        break;
      case "goodbye":
      case "error":
        this.#finish({ ...message.notice, by: "peer" });
        break;
      case "ack":
        throw new ProtocolError("wrong-role", "a sender sent an acknowledgement");
      case "unknown":
        break;
      default:
        message satisfies never;
    }
  }

  #greet(hello: Hello): void {
    if (this.#hasHello) {
      throw new ProtocolError("second-hello", "the other side said hello twice");
    }
    if (hello.role === "receiver") {
      throw new ProtocolError(
        "two-receivers",
        "both sides receive video",
        'use "lanvid push" there to send to "lanvid receive"',
      );
    }
    this.#hasHello = true;
    const limits = [hello.maxDelayMs, this.#options.maxDelayMs].filter((limit) => limit !== null);
    this.#maxDelayMicros = Math.min(Number.POSITIVE_INFINITY, ...limits) * 1000;
    this.#options.onHello?.(hello);
  }

  #describe(stream: StreamInfo): void {
    if (stream.rendition !== this.#rendition) {
      this.#rendition = stream.rendition;
      this.#lastSequence = null;
      this.#owed = [];
    }
    this.#codec = stream.codec;
    this.#options.onStream(stream);
  }

  #show(video: Video, startedAt: Micros): void {
    if (this.#lastSequence !== null) {
      if (video.sequence <= this.#lastSequence) {
        throw new ProtocolError("old-frame", `frame ${video.sequence} came after frame ${this.#lastSequence}`);
      }
      this.#drop(video.sequence - this.#lastSequence - 1);
    }
    this.#lastSequence = video.sequence;
    if (video.wantsAck) {
      this.#owed.push(video.sequence);
    }
    const capturedAt = this.clockOffset.toLocal(video.capturedAt);
    const isLate = this.#isLate(video, capturedAt, startedAt);
    if (this.#codec === "h264" && !this.#isWhole(video)) {
      this.#drop(1);
      this.#settled(video.sequence, null);
      return;
    }
    if (isLate) {
      this.#drop(1);
    }
    if (isLate && this.#codec !== "h264") {
      this.#settled(video.sequence, null);
      return;
    }
    const rendition = this.#rendition;
    const given = isLate ? { ...video, isPreroll: true } : video;
    this.#options.onFrame({ video: given, capturedAt }, (shownAt) => {
      if (rendition === this.#rendition) {
        this.#settled(video.sequence, shownAt === null || capturedAt === null ? null : shownAt - capturedAt);
      }
    });
  }

  /** It is what it should be, and builds on nothing that was not. */
  #isWhole({ bytes, isKey }: Video): boolean {
    const fault = accessUnitFault(bytes);
    if (fault !== undefined) {
      this.#options.onBroken?.(fault);
    }
    this.#needsKey = fault !== undefined || (this.#needsKey && !isKey);
    return !this.#needsKey;
  }

  /**
   * A frame may be as old as the delay that is promised, plus the time that it took on the link, or that the key frame
   * did which it builds on; older ones waited in some buffer while this process was stopped, or the link was down or much
   * slower than it had been.
   */
  #isLate({ bytes, isKey, isPreroll }: Video, capturedAt: Micros | null, startedAt: Micros): boolean {
    const now = this.#clock.micros();
    const wasSuspended = now - this.#tickedAt > SUSPENDED_MICROS;
    const transferMicros = wasSuspended ? 0 : this.#linkTime.of(bytes.length, now - startedAt);
    this.#transferMicros = isKey || wasSuspended ? transferMicros : Math.max(this.#transferMicros, transferMicros);
    if (isPreroll || capturedAt === null) {
      return false;
    }
    const showing = Math.min(1000 * (this.#options.showingMs?.() ?? 0), SHOWING_SHARE * this.#maxDelayMicros);
    const shownAt = now + showing;
    return shownAt - capturedAt > this.#maxDelayMicros + this.#transferMicros + (this.clockOffset.errorMicros ?? 0);
  }

  /** The next frame can be taken: acknowledges the newest of those that are settled now and are to be acknowledged. */
  #settled(sequence: number, delayMicros: Micros | null): void {
    const settled = this.#owed.findLast((owed) => owed <= sequence);
    if (settled !== undefined && !this.#isOver) {
      this.#owed = this.#owed.filter((owed) => owed > settled);
      this.#transport.send(encodeAck(settled, delayMicros));
    }
  }

  #drop(count: number): void {
    if (count > 0) {
      this.#options.onDropped?.(count);
    }
  }

  #measure(): void {
    this.#ping();
    this.#timer = this.#clock.every(TICK_MS, () => this.#tick());
  }

  #tick(): void {
    const now = this.#clock.micros();
    this.#tickedAt = now;
    const interval = this.#pings <= FIRST_PINGS ? FIRST_PING_MS : PING_MS;
    if (now - this.#pingedAt >= (interval - TICK_MS / 2) * 1000) {
      this.#ping();
    }
  }

  #ping(): void {
    this.#pings += 1;
    this.#pingedAt = this.#clock.micros();
    this.#transport.send(encodePing(this.#pingedAt));
  }

  #finish(end: SessionEnd): void {
    if (this.#isOver) {
      return;
    }
    this.#isOver = true;
    this.#timer?.[Symbol.dispose]();
    this.#options.onEnd(end);
    this.#transport.close();
  }
}
