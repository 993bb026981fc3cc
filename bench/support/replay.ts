/**
 * Serves pictures that were encoded before, 120 in a second, and asks its viewer for its time meanwhile. A program of its
 * own, run by bench/window.ts.
 */

import { TestPattern } from "../../src/capture/test-pattern.ts";
import { MultipartReader } from "../../src/ffmpeg.ts";
import { type Connection, listen } from "../../src/net.ts";
import { sendTo } from "../../src/servers/tcp.ts";
import { Stream, Track } from "../../src/stream.ts";
import { systemClock } from "../../src/time.ts";
import { decodeMessage, encodePing, Kind, LENGTH_BYTES } from "../../src/wire.ts";
import { say } from "../runner/child.ts";
import { patternCommand } from "./encoder-lines.ts";
import { FULL_HD } from "./page-modes.ts";

const PICTURES = 60;
const PER_SECOND = 120;
const PING_MS = 50;

const pictures = await encode();
const track = new Track({ name: "replay" });
track.describe({ codec: "mjpeg", state: "live", ...FULL_HD });
const listener = listen({
  port: 0,
  hostname: "127.0.0.1",
  admits: () => true,
  onRefused: () => undefined,
  onConnection(connection) {
    hearPongs(connection);
    sendTo(connection, { stream: new Stream(track), maxDelayMs: 250, http: null, onEnd: () => undefined });
  },
});
say({ event: "ready", port: listener.port });

const startedAt = performance.now();
for (let count = 1; ; count++) {
  track.frame({ capturedAt: systemClock.micros(), isKey: true, bytes: pictures[count % PICTURES] as Uint8Array });
  await Bun.sleep(Math.max(0, startedAt + (count * 1000) / PER_SECOND - performance.now()));
}

/** Asks again and again, once the conversation has begun; the answers are told. */
function hearPongs(connection: Connection): void {
  const handle = connection.handle.bind(connection);
  let isAsking = false;
  connection.handle = (handler) =>
    handle({
      ...handler,
      data(chunk) {
        readPongs(chunk);
        handler.data(chunk);
        if (!isAsking) {
          isAsking = true;
          setInterval(() => connection.send(encodePing(systemClock.micros())), PING_MS);
        }
      },
    });
}

/** Small messages come whole on loopback. */
function readPongs(chunk: Uint8Array): void {
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  for (let at = 0; at + LENGTH_BYTES < chunk.length; ) {
    const length = Number(view.getBigUint64(at, true));
    const payload = chunk.subarray(at + LENGTH_BYTES, at + LENGTH_BYTES + length);
    if (payload[0] === Kind.pong && payload.length === length) {
      const message = decodeMessage(payload);
      if (message.kind === "pong") {
        say({ event: "pong", ms: (systemClock.micros() - message.sentAt) / 1000 });
      }
    }
    at += LENGTH_BYTES + length;
  }
}

async function encode(): Promise<Uint8Array[]> {
  const ffmpeg = Bun.spawn(patternCommand("mjpeg", FULL_HD), {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const all: Uint8Array[] = [];
  const reader = new MultipartReader((jpeg) => all.push(jpeg.slice()));
  const reading = (async () => {
    for await (const chunk of ffmpeg.stdout) {
      reader.push(chunk);
    }
  })();
  const pattern = new TestPattern(FULL_HD);
  for (let counter = 1; counter <= PICTURES; counter++) {
    ffmpeg.stdin.write(pattern.draw(Date.now(), counter));
    await ffmpeg.stdin.flush();
  }
  await ffmpeg.stdin.end();
  await reading;
  return all;
}
