import { cpus } from "node:os";
import { forPeers } from "../../errors.ts";
import { codecName, jpegSize } from "../../media.ts";
import { type Connection, receiveFrom } from "../../net.ts";
import { atMost, type Clock, type Micros, systemClock } from "../../time.ts";
import { percentile } from "../../units.ts";
import { VERSION } from "../../version.ts";
import type { Hello, SessionEnd, StreamInfo } from "../../wire.ts";

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

/** A stream that is received in order to see how well. */
export interface Conversation extends AsyncDisposable {
  /** Settles when it is known what the peer is, or that it does not say. */
  readonly greeted: Promise<void>;
  /** Null while unknown; a lanvid that receives can't be received from. */
  readonly role: "sender" | "receiver" | null;
  /** Null before, and of a classic sender. */
  readonly hello: Hello | null;
  readonly end: SessionEnd | null;
  /** Of the fastest ping; null when none was answered. */
  roundTripMs(): Promise<number | null>;
  /** Waits for the first frame, then counts for two seconds. */
  measure(): Promise<Throughput>;
}

/** Receives over a connection as `watch` does, and shows nothing. @param name what this side is called */
export function converse(connection: Connection, name: string, clock: Clock = systemClock): Conversation {
  const greeting = Promise.withResolvers<void>();
  const firstFrame = Promise.withResolvers<void>();
  const over = Promise.withResolvers<void>();
  const frames: { readonly at: Micros; readonly byteCount: number; readonly delayMs: number | null }[] = [];
  let hello: Hello | null = null;
  let role: Conversation["role"] = null;
  let stream: Partial<StreamInfo> = {};
  let end: SessionEnd | null = null;
  let dropped = 0;

  const count = (byteCount: number, capturedAt: Micros | null) => {
    const now = clock.micros();
    frames.push({ at: now, byteCount, delayMs: capturedAt === null ? null : (now - capturedAt) / 1000 });
    firstFrame.resolve();
  };
  const session = receiveFrom(connection, {
    name,
    program: `lanvid/${VERSION}`,
    codecs: ["h264", "mjpeg"],
    maxDelayMs: null,
    onHello(said) {
      hello = said;
      role = "sender";
      greeting.resolve();
    },
    onStream(info) {
      stream = info;
    },
    onFrame({ video, capturedAt }, settle) {
      count(video.bytes.length, capturedAt);
      settle(clock.micros());
    },
    onDropped(more) {
      dropped += more;
    },
    onClassic(picture) {
      role = "sender";
      greeting.resolve();
      if (picture.kind !== "none") {
        const size = picture.kind === "pixels" ? picture : jpegSize(picture.bytes);
        stream = { codec: picture.kind === "pixels" ? "bgr24" : "mjpeg", ...size };
        count(picture.bytes.length, null);
      }
    },
    onEnd(ended) {
      end = ended;
      role = ended.code === "two-receivers" ? "receiver" : role;
      greeting.resolve();
      over.resolve();
    },
  });

  return {
    greeted: atMost(HELLO_MS, greeting.promise, clock),
    get role() {
      return role;
    },
    get hello() {
      return hello;
    },
    get end() {
      return end;
    },
    async roundTripMs() {
      await atMost(PINGS_MS, over.promise, clock);
      const { roundTripMicros } = session.clockOffset;
      return roundTripMicros === null ? null : roundTripMicros / 1000;
    },
    async measure() {
      await atMost(FIRST_FRAME_MS, Promise.race([firstFrame.promise, over.promise]), clock);
      const counted = frames.length;
      const droppedBefore = dropped;
      const from = clock.micros();
      const processors = processorTimes();
      if (counted > 0) {
        await atMost(MEASURE_MS, over.promise, clock);
      }
      const seconds = (clock.micros() - from) / 1e6;
      const fresh = frames.slice(counted);
      const byteCount = fresh.reduce((sum, frame) => sum + frame.byteCount, 0);
      const delays = fresh.flatMap(({ delayMs }) => (delayMs === null ? [] : [delayMs]));
      return {
        frames: frames.length,
        dropped: dropped - droppedBefore,
        fps: fresh.length / seconds,
        mbps: (byteCount * 8) / seconds / 1e6,
        delayMs: percentile(delays, 0.5),
        busy: busyShare(processors, processorTimes()),
        picture: `${stream.width ?? "?"}×${stream.height ?? "?"} ${codecName(stream.codec ?? null) || "?"}`,
        error: stream.error ?? end?.message ?? null,
      };
    },
    async [Symbol.asyncDispose]() {
      session.end("ended", forPeers`"lanvid doctor" has ended`);
      connection.close();
      await over.promise;
    },
  };
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
