import { Allowance } from "../allowance.ts";
import { asLanvidError, forPeers, openFault } from "../errors.ts";
import type { Codec, NewPacket, SourceSink, StreamDescription } from "../media.ts";
import type { Connection } from "../net.ts";
import type { ReceivedPacket, ReceiverSession } from "../receiver.ts";
import { receiveFrom } from "../servers/tcp.ts";
import { type Clock, type Micros, type Ms, systemClock } from "../time.ts";
import type { Picture, Pixels } from "../transcode.ts";
import { VERSION } from "../version.ts";
import { ProtocolError, type SessionEnd, type StreamInfo } from "../wire.ts";
import { ClassicReception } from "./classic-reception.ts";
import { ReceptionStats } from "./reception-stats.ts";

// biome-ignore lint/suspicious/noConfusingVoidType: whoever shows nothing returns nothing.
export type Shown = Micros | null | void;

/** A source that gave pictures for so long was well: why it gives none is said again then, ms. */
const SETTLED_MS = 5000;
/** A frame that is said to be older was not: no delay and no key interval is as long; µs. */
const MAX_AGE_MICROS = 60_000_000;

/** Who is received. */
export interface Sender {
  /** What speaks there: a lanvid, or a classic program. */
  readonly kind: "lanvid" | "classic";
  readonly name: string;
}

/** Reasons for having no picture that are said: at once, and per second after that. */
const REASONS_AT_ONCE = 5;
const REASONS_PER_SECOND = 0.1;

export interface ReceptionOptions {
  readonly name: string;
  readonly maxDelayMs: number | null;
  /** What can be taken, asked for each connection. */
  readonly codecs: () => readonly Codec[];
  /** A lighter variant will do when the link can't carry the stream; true unless told. */
  readonly adapts?: boolean;
  /** Where it counts; a new one unless told. */
  readonly stats?: ReceptionStats;
  /** Where state and frames go. */
  readonly sink: Pick<SourceSink, "describe">;
  /**
   * Keeps the frame's bytes. The sender is told to go on when it settles: with the time at which the frame was shown (µs),
   * null when it was not, or nothing where nothing is shown.
   */
  readonly onFrame: (frame: NewPacket, codec: Codec) => Shown | Promise<Shown>;
  /** Pixels of a classic sender. */
  readonly onPixels: (pixels: Pixels, picture: Picture) => void | Promise<void>;
  /** The sender is the one that is received now: it has said hello, or sent its first classic message. */
  readonly onHello?: (sender: Sender) => void;
  /** Something that a person should know, once. */
  readonly onWarning?: (message: string) => void;
  readonly clock?: Clock;
}

/** Receives one stream: of several connections, that of the first sender. The others are told `busy`. */
export class Reception {
  readonly stats: ReceptionStats;
  readonly #options: ReceptionOptions;
  readonly #clock: Clock;
  #session: ReceiverSession | undefined;
  /** A classic sender whose first picture is on its way: one at a time, each may take 64 MiB. */
  #candidate: ReceiverSession | undefined;
  /** The pictures of the session, where they come from a classic sender. */
  #classic: ClassicReception | undefined;
  /** The sender of the last connection said hello. */
  wasGreeted = false;
  #isSated = false;
  #hasSaidBroken = false;
  /** The last reason for having no picture that was said. */
  #saidWhy: string | null = null;
  /** A sender may have another reason with each picture. */
  readonly #reasons: Allowance;
  /** Since when the sender says that its source fails, and since when there are pictures. */
  #failedSince: Ms | null = null;
  #liveSince: Ms | null = null;

  constructor(options: ReceptionOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#reasons = new Allowance(REASONS_AT_ONCE, REASONS_PER_SECOND, this.#clock.now());
    this.stats = options.stats ?? new ReceptionStats(this.#clock);
  }

  /** Receives over this connection until it ends; says goodbye when `signal` is aborted. */
  receive(connection: Connection, signal: AbortSignal): Promise<SessionEnd> {
    const { promise, resolve } = Promise.withResolvers<SessionEnd>();
    this.wasGreeted = false;
    const fail = (error: unknown) => session.fail(asLanvidError(error));
    const classic = new ClassicReception(this.stats, this.#options, fail);
    const { adapts = true } = this.#options;
    const codecs = this.#options.codecs();
    const session = receiveFrom(connection, {
      name: this.#options.name,
      program: `lanvid/${VERSION}`,
      codecs,
      adapts,
      maxDelayMs: this.#options.maxDelayMs,
      onHello: ({ name }) => this.#greet({ kind: "lanvid", name }, session),
      onClassicPeer: () => this.#admit(session),
      onClassic: (picture, startedAt) => {
        if (this.#isSated) {
          return;
        }
        if (this.#session !== session) {
          const sender = { kind: "classic", name: `classic sender at ${connection.address}` } as const;
          this.#greet(sender, session);
          this.#classic = classic;
        }
        classic.take(picture, startedAt);
      },
      onStream: (stream) => this.#describe(stream),
      onFrame: (frame, settle) => {
        if (this.#isSated) {
          return;
        }
        const codec = codecs.find((one) => one === this.stats.picture.codec);
        if (codec === undefined) {
          const reason = `the sender sends ${this.stats.picture.codec}, this side takes ${codecs.join(", ")}`;
          fail(new ProtocolError("no-common-codec", reason));
          return;
        }
        void this.#take(frame, codec, settle, session, fail);
      },
      onDropped: (count) => {
        this.stats.dropped += count;
      },
      onBroken: (fault) => this.#sayBroken(fault),
      onEnd: resolve,
    });
    const leave = () => session.end("ended", forPeers`the viewer has left`);
    signal.addEventListener("abort", leave, { once: true });
    return promise.then((end) => {
      classic.stop();
      signal.removeEventListener("abort", leave);
      this.#release(session, end);
      return end;
    });
  }

  /** Its place is free. */
  #release(session: ReceiverSession, { code }: SessionEnd): void {
    if (this.#session === session) {
      this.#session = undefined;
      this.#failedSince = null;
      this.stats.state = code === "ended" ? "ended" : "reconnecting";
    }
    if (this.#candidate === session) {
      this.#candidate = undefined;
    }
  }

  /** A classic sender gets the only place that there is, before its picture is taken in. */
  #admit(session: ReceiverSession): void {
    this.#makeRoom();
    if (this.#session !== undefined || this.#candidate !== undefined) {
      throw busy();
    }
    this.#candidate = session;
  }

  /** A classic sender that has been quiet for long has its place as long as nobody else wants it. */
  #makeRoom(): void {
    const quiet = this.#session;
    if (quiet !== undefined && this.#classic?.isYielding === true) {
      this.#classic.stop();
      this.#session = undefined;
      quiet.end("ended", forPeers`it was quiet, and another sender connected`);
    }
  }

  #greet(sender: Sender, session: ReceiverSession): void {
    // A classic sender promises nothing.
    const { maxDelayMs } = session;
    if (this.#session === session) {
      // It had taken us for a classic receiver, and its pictures are being shown.
      this.#classic?.stop();
      this.#classic = undefined;
      this.stats.maxDelayMs = maxDelayMs;
      return;
    }
    this.#makeRoom();
    if (this.#session !== undefined) {
      throw busy();
    }
    const candidate = this.#candidate;
    this.#candidate = undefined;
    this.#session = session;
    this.#classic = undefined;
    if (candidate !== session) {
      candidate?.fail(busy());
    }
    this.#options.onHello?.(sender);
    this.wasGreeted = true;
    this.stats.greeted(maxDelayMs);
  }

  /** All frames that were wanted have come: no more is taken, nor counted. */
  sate(): void {
    this.#isSated = true;
  }

  /** A sender is connected and has said hello. */
  get isConnected(): boolean {
    return this.#session !== undefined;
  }

  /** The sender is a classic one. */
  get isClassic(): boolean {
    return this.#session !== undefined && this.#classic !== undefined;
  }

  /** The sender sends pixels: what is made of them is old as soon as it sends frames. */
  get getsPixels(): boolean {
    return this.stats.picture.codec === "bgr24";
  }

  /** How long the sender has been saying that its source fails, while no picture came; ms. */
  get failedMs(): number {
    return this.#failedSince === null ? 0 : this.#clock.now() - this.#failedSince;
  }

  /** What the sender says of its source. */
  #noteState({ name, state, error }: StreamInfo): void {
    if (state === "live") {
      return;
    }
    this.stats.waits(error);
    if (this.#liveSince !== null && this.#clock.now() - this.#liveSince >= SETTLED_MS) {
      this.#saidWhy = null;
    }
    this.#liveSince = null;
    if (state === "failed") {
      this.#failedSince ??= this.#clock.now();
    }
    if (error !== null && error !== this.#saidWhy && this.#reasons.take(1, this.#clock.now()) === 0) {
      this.#saidWhy = error;
      this.#options.onWarning?.(`no picture from ${name}: ${error}`);
    }
  }

  #noteLive(): void {
    this.#failedSince = null;
    this.#liveSince ??= this.#clock.now();
  }

  #sayBroken(fault: string): void {
    if (!this.#hasSaidBroken) {
      this.#hasSaidBroken = true;
      this.#options.onWarning?.(`the sender's H.264 is broken where it has ${fault}: those pictures are left out`);
    }
  }

  #describe(stream: StreamInfo): void {
    const { name, state, error, codec, width, height, restarts, hops } = stream;
    this.stats.picture = { codec, width, height };
    this.#noteState(stream);
    const change: Partial<StreamDescription> = {
      name,
      error: error === null ? null : openFault(error),
      width,
      height,
      restarts,
      codec: codec as Codec | null,
      hops: hops + 1,
    };
    // The track that we feed is idle only when nobody watches it.
    this.#options.sink.describe({ ...change, state: state === "idle" ? "starting" : state });
  }

  async #take(
    { video, capturedAt }: ReceivedPacket,
    codec: Codec,
    settle: (shownAt: Micros | null) => void,
    session: ReceiverSession,
    fail: (error: unknown) => void,
  ): Promise<void> {
    this.#noteLive();
    this.stats.clockErrorMicros = session.clockOffset.errorMicros;
    const { bytes, isKey, isPreroll } = video;
    if (!isPreroll) {
      this.stats.frame(bytes.length);
    }
    const takenAt = this.#clock.micros();
    const known = possibleTime(capturedAt, takenAt);
    try {
      const shown = await this.#options.onFrame({ capturedAt: known ?? takenAt, isKey, isPreroll, bytes }, codec);
      const shownAt = shown === undefined ? takenAt : shown;
      const isShown = shownAt !== null && !isPreroll;
      // One that was still being decoded when the connection ended makes nothing live.
      if (isShown && this.#session === session) {
        this.stats.shown(known === null ? null : shownAt - known);
      }
      settle(isShown ? shownAt : null);
    } catch (error) {
      fail(error);
    }
  }
}

/** When a frame was captured, which only its sender knows: a time that can be, µs on our clock; null where that can't. */
function possibleTime(capturedAt: Micros | null, now: Micros): Micros | null {
  const isPossible = capturedAt !== null && now - capturedAt <= MAX_AGE_MICROS;
  return isPossible ? Math.min(capturedAt, now) : null;
}

function busy(): ProtocolError {
  return new ProtocolError("busy", "another sender is being shown");
}
