/**
 * The sending side of bench/viewers.ts, a program of its own: lanvid's hub with its TCP link, its page's server and its
 * limits, and a source that gives a new buffer 30 times a second. Argument: bits per second.
 */

import { Limits } from "../../src/access/limits.ts";
import { silentLog } from "../../src/log.ts";
import type { Source, SourceSink } from "../../src/media.ts";
import { listen } from "../../src/net.ts";
import { sendTo } from "../../src/servers/tcp.ts";
import { startViewer } from "../../src/servers/web.ts";
import { Stream, Track } from "../../src/stream.ts";
import { systemClock } from "../../src/time.ts";
import { say } from "../runner/child.ts";
import { FPS, MAX_DELAY_MS } from "./page-modes.ts";

/** Two key frames a second, each as large as this many others. */
const KEY_FACTOR = 6;
const FRAMES_PER_KEY = 15;
const FRAME_MS = 1000 / FPS;

const bytesPerKey = ((Number(process.argv[2]) / 8) * FRAMES_PER_KEY) / FPS;
const otherBytes = Math.round(bytesPerKey / (KEY_FACTOR + FRAMES_PER_KEY - 1));
const KEY_FRAME = new Uint8Array(KEY_FACTOR * otherBytes).fill(0x5a);
const OTHER_FRAME = new Uint8Array(otherBytes).fill(0x5a);

class SyntheticSource implements Source {
  readonly kind = "test";
  readonly codec = "h264";
  readonly name = "buffers";
  readonly alwaysOn = true;
  #timer: ReturnType<typeof setTimeout> | undefined;

  start(sink: SourceSink): void {
    sink.describe({ state: "live", codec: "h264", width: 1280, height: 720 });
    const startedAt = systemClock.micros();
    let count = 0;
    const next = () => {
      const isKey = count % FRAMES_PER_KEY === 0;
      // A camera takes its pictures when they are due, however busy we are: what makes us late counts as delay.
      const capturedAt = startedAt + Math.round(count * FRAME_MS * 1000);
      sink.frame({ capturedAt, isKey, bytes: (isKey ? KEY_FRAME : OTHER_FRAME).slice() });
      count += 1;
      this.#timer = setTimeout(
        next,
        Math.max(0, Math.ceil((startedAt - systemClock.micros()) / 1000 + count * FRAME_MS)),
      );
    };
    next();
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
  }
}

const track = new Track({ name: "bench" });
/** There, as in `lanvid serve`, and never ready: nobody is given less than the stream. */
const rendition = (name: string) => new Track({ name });
const stream = new Stream(track, {
  mjpeg: rendition("mjpeg"),
  h264: rendition("h264"),
  "h264-half": rendition("h264-half"),
});
track.attach(new SyntheticSource());

const many = 100_000;
const limits = new Limits({ maxConnections: many, maxPerAddress: many, maxHandshakes: many }, () => undefined);
const { port } = listen({
  limits,
  port: 0,
  hostname: "127.0.0.1",
  admits: () => true,
  onRefused() {},
  onConnection: (connection) => {
    sendTo(connection, { stream, maxDelayMs: MAX_DELAY_MS, http: null, onEnd() {} });
  },
});
const viewer = startViewer({
  limits,
  stream,
  ports: [0],
  hostname: "127.0.0.1",
  admits: () => true,
  onRefused() {},
  allowedHosts: [],
  allowedEmbedders: [],
  maxDelayMs: MAX_DELAY_MS,
  streamPort: () => port,
  log: silentLog,
});

say({ event: "ready", tcp: port, ws: viewer.port });
