/**
 * The sending side of bench/fanout.ts, a program of its own: lanvid's hub and TCP link, or the least that does the
 * same. Both are given one new buffer of the same size at the same times. Argument: `lanvid` or `bare`.
 */

import type { Socket } from "bun";
import { Hub, Stream } from "../../src/hub.ts";
import type { FrameSink, FrameSource } from "../../src/media.ts";
import { listen, sendTo } from "../../src/net.ts";
import { nowMicros } from "../../src/time.ts";
import { framedVideo } from "../../src/wire.ts";
import { hear, report } from "./child.ts";
import { FRAME_BYTES, FRAME_MS, MAX_DELAY_MS } from "./fanout-settings.ts";

const PICTURE = new Uint8Array(FRAME_BYTES).fill(0x5a);

/** Calls `give` with a new buffer 30 times a second, never late by more than one frame. */
function everyFrame(give: (bytes: Uint8Array, capturedAt: number) => void): () => void {
  const startedAt = performance.now();
  let tick = 0;
  let timer: ReturnType<typeof setTimeout>;
  const next = () => {
    give(PICTURE.slice(), nowMicros());
    tick = Math.max(tick + 1, Math.floor((performance.now() - startedAt) / FRAME_MS));
    timer = setTimeout(next, Math.max(0, startedAt + tick * FRAME_MS - performance.now()));
  };
  timer = setTimeout(next, 0);
  return () => clearTimeout(timer);
}

class SyntheticSource implements FrameSource {
  readonly kind = "test";
  readonly codec = "mjpeg";
  readonly name = "buffers";
  readonly alwaysOn = false;
  #stop = () => {};

  start(sink: FrameSink): void {
    sink.describe({ state: "live", codec: "mjpeg", width: 1280, height: 720 });
    this.#stop = everyFrame((bytes, capturedAt) => sink.frame({ capturedAt, isKey: true, bytes }));
  }

  async stop(): Promise<void> {
    this.#stop();
  }
}

function serveLanvid(): { readonly port: number; readonly dropped: () => number } {
  const hub = new Hub({ name: "bench" });
  hub.attach(new SyntheticSource());
  const { port } = listen({
    port: 0,
    hostname: "127.0.0.1",
    admits: () => true,
    onRefused() {},
    onConnection: (connection) => {
      sendTo(connection, { stream: new Stream(hub), maxDelayMs: MAX_DELAY_MS, http: null, onEnd() {} });
    },
  });
  return { port, dropped: () => hub.stats().dropped };
}

/** One buffer written to each; what the kernel does not take is kept and written on drain, before anything newer. */
function serveBare(): { readonly port: number; readonly dropped: () => number } {
  const sockets = new Set<Socket<{ tail: Uint8Array[] }>>();
  const flush = (socket: Socket<{ tail: Uint8Array[] }>) => {
    const { tail } = socket.data;
    while (tail[0] !== undefined) {
      const taken = Math.max(0, socket.write(tail[0]));
      if (taken < tail[0].length) {
        tail[0] = tail[0].subarray(taken);
        return;
      }
      tail.shift();
    }
  };
  const listener = Bun.listen<{ tail: Uint8Array[] }>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(socket) {
        socket.data = { tail: [] };
        sockets.add(socket);
      },
      data() {},
      drain: flush,
      close: (socket) => void sockets.delete(socket),
    },
  });
  let sequence = 0;
  everyFrame((bytes, capturedAt) => {
    sequence += 1;
    // The same bytes on the wire as lanvid's, so that the viewers' work is the same.
    const message = framedVideo({ sequence, capturedAt, isKey: true, bytes });
    for (const socket of sockets) {
      socket.data.tail.push(message);
      if (socket.data.tail.length === 1) {
        flush(socket);
      }
    }
  });
  return { port: listener.port, dropped: () => 0 };
}

const { port, dropped } = process.argv[2] === "bare" ? serveBare() : serveLanvid();
report({ event: "ready", port });
void hear(() => report({ event: "dropped", dropped: dropped() }));
