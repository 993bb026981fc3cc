import { cpus } from "node:os";
import type { ClassicPicture } from "../classic-pickle.ts";
import { forPeers } from "../errors.ts";
import { codecName, jpegSize } from "../media.ts";
import type { Connection } from "../net.ts";
import { receiveFrom } from "../servers/tcp.ts";
import { atMost, type Clock, type Micros, systemClock } from "../time.ts";
import { percentile } from "../units.ts";
import { VERSION } from "../version.ts";
import type { Hello, SessionEnd, StreamInfo } from "../wire.ts";

/** How long the peer may take to say hello, ms. */
const HELLO_MS = 3000;
/** Six pings are sent in this time, ms. */
const PINGS_MS = 600;
/** A camera may take seconds to begin, ms. */
const FIRST_FRAME_MS = 8000;
/** Frames are counted for so long, ms. */
const MEASURE_MS = 2000;

/** What came in the time that was measured. */
export interface Throughput {
  readonly frames: number;
  readonly dropped: number;
  readonly fps: number;
  readonly mbps: number;
  /** Of the half of the frames that was faster; null when unknown. */
  readonly delayMs: number | null;
  /** How much of this machine's processors all its programs took meanwhile: 0 to 1. */
  readonly busy: number;
  /** "1280×720 H.264". */
  readonly picture: string;
  /** Why nothing came, as the sender says. */
  readonly error: string | null;
}

/** A stream that is received as `watch` does, in order to see how well; nothing is shown. */
export class Conversation implements AsyncDisposable {
  /** Settles when it is known what the peer is, or that it does not say. */
  readonly greeted: Promise<void>;
  /** Null while unknown; a lanvid that receives can't be received from. */
  role: "sender" | "receiver" | null = null;
  /** Null before, and of a classic sender. */
  hello: Hello | null = null;
  end: SessionEnd | null = null;
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #session: ReturnType<typeof receiveFrom>;
  readonly #greeting = Promise.withResolvers<void>();
  readonly #firstFrame = Promise.withResolvers<void>();
  readonly #over = Promise.withResolvers<void>();
  readonly #frames: { readonly byteCount: number; readonly delayMs: number | null }[] = [];
  #stream: Partial<StreamInfo> = {};
  #dropped = 0;

  /** @param name what this side is called */
  constructor(connection: Connection, name: string, clock: Clock = systemClock) {
    this.#connection = connection;
    this.#clock = clock;
    this.greeted = atMost(HELLO_MS, this.#greeting.promise, clock);
    this.#session = receiveFrom(connection, {
      name,
      program: `lanvid/${VERSION}`,
      codecs: ["h264", "mjpeg"],
      maxDelayMs: null,
      onHello: (said) => {
        this.hello = said;
        this.#greet("sender");
      },
      onStream: (info) => {
        this.#stream = info;
      },
      onFrame: ({ video, capturedAt }, settle) => {
        this.#count(video.bytes.length, capturedAt);
        settle(clock.micros());
      },
      onDropped: (more) => {
        this.#dropped += more;
      },
      onClassic: (picture) => this.#takeClassic(picture),
      onEnd: (ended) => {
        this.end = ended;
        this.#greet(ended.code === "two-receivers" ? "receiver" : this.role);
        this.#over.resolve();
      },
    });
  }

  /** Of the fastest ping; null when none was answered. */
  async roundTripMs(): Promise<number | null> {
    await atMost(PINGS_MS, this.#over.promise, this.#clock);
    const { roundTripMicros } = this.#session.clockOffset;
    return roundTripMicros === null ? null : roundTripMicros / 1000;
  }

  /** Waits for the first frame, then counts for two seconds. */
  async measure(): Promise<Throughput> {
    const clock = this.#clock;
    const over = this.#over.promise;
    await atMost(FIRST_FRAME_MS, Promise.race([this.#firstFrame.promise, over]), clock);
    const counted = this.#frames.length;
    const droppedBefore = this.#dropped;
    const from = clock.micros();
    const processors = processorTimes();
    if (counted > 0) {
      await atMost(MEASURE_MS, over, clock);
    }
    const seconds = (clock.micros() - from) / 1e6;
    const fresh = this.#frames.slice(counted);
    const byteCount = fresh.reduce((sum, frame) => sum + frame.byteCount, 0);
    const delays = fresh.flatMap(({ delayMs }) => (delayMs === null ? [] : [delayMs]));
    const { width, height, codec, error } = this.#stream;
    return {
      frames: this.#frames.length,
      dropped: this.#dropped - droppedBefore,
      fps: fresh.length / seconds,
      mbps: (byteCount * 8) / seconds / 1e6,
      delayMs: percentile(delays, 0.5),
      busy: busyShare(processors, processorTimes()),
      picture: `${width ?? "?"}×${height ?? "?"} ${codecName(codec ?? null) || "?"}`,
      error: error ?? this.end?.message ?? null,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#session.end("ended", forPeers`"lanvid doctor" has ended`);
    this.#connection.close();
    await this.#over.promise;
  }

  #greet(role: Conversation["role"]): void {
    this.role = role;
    this.#greeting.resolve();
  }

  #takeClassic(picture: ClassicPicture): void {
    this.#greet("sender");
    if (picture.kind !== "none") {
      const size = picture.kind === "pixels" ? picture : jpegSize(picture.bytes);
      this.#stream = { codec: picture.kind === "pixels" ? "bgr24" : "mjpeg", ...size };
      this.#count(picture.bytes.length, null);
    }
  }

  #count(byteCount: number, capturedAt: Micros | null): void {
    const delayMs = capturedAt === null ? null : (this.#clock.micros() - capturedAt) / 1000;
    this.#frames.push({ byteCount, delayMs });
    this.#firstFrame.resolve();
  }
}

/** Time of all processors since they were started, ms. */
interface ProcessorTimes {
  readonly all: number;
  readonly idle: number;
}

function processorTimes(): ProcessorTimes {
  const times = cpus().map(({ times: { user, nice, sys, idle, irq } }) => ({
    all: user + nice + sys + idle + irq,
    idle,
  }));
  return {
    all: times.reduce((sum, { all }) => sum + all, 0),
    idle: times.reduce((sum, { idle }) => sum + idle, 0),
  };
}

function busyShare(before: ProcessorTimes, after: ProcessorTimes): number {
  const all = after.all - before.all;
  return all > 0 ? 1 - (after.idle - before.idle) / all : 0;
}
