import { afterEach, expect, test } from "bun:test";
import { classicMessage } from "../src/classic-pickle.ts";
import { forPeers } from "../src/errors.ts";
import { type Connection, dial, listen } from "../src/net.ts";
import type { ReceivedPacket } from "../src/receiver.ts";
import { ClassicReceivers } from "../src/servers/classic.ts";
import { receiveFrom, sendTo } from "../src/servers/tcp.ts";
import { Stream, Track } from "../src/stream.ts";
import { systemClock } from "../src/time.ts";
import type { SessionEnd } from "../src/wire.ts";
import { HandClock } from "./support/hand-clock.ts";
import { RawPeer } from "./support/raw-peer.ts";
import { waitFor } from "./support/wait.ts";
import { bytesOf } from "./vectors/read.ts";

const { signal } = new AbortController();
const PIXELS = new Uint8Array(16 * 8 * 3).fill(9);
let cleanUps: (() => void)[] = [];

afterEach(() => {
  for (const cleanUp of cleanUps.reverse()) {
    cleanUp();
  }
  cleanUps = [];
});

/** A port, and how many connections it has had. */
function accept(
  onConnection: (connection: Connection) => void,
  clock = systemClock,
): {
  readonly port: number;
  readonly count: () => number;
} {
  let count = 0;
  const listener = listen({
    port: 0,
    hostname: "127.0.0.1",
    admits: () => true,
    onRefused: () => {},
    clock,
    onConnection(connection) {
      count += 1;
      onConnection(connection);
    },
  });
  cleanUps.push(() => listener.stop());
  return { port: listener.port, count: () => count };
}

/** JPEG for lanvids and pixels for the classic programs, a picture of each every few ms. */
function serve(clock: HandClock) {
  const track = new Track({ name: "desk", clock });
  track.describe({ state: "live", codec: "mjpeg", width: 16, height: 8 });
  const pixels = new Track({ name: "desk", clock });
  pixels.describe({ state: "live", codec: "bgr24", width: 16, height: 8 });
  const classic = new ClassicReceivers({
    track: pixels,
    maxReceivers: 8,
    maxBitsPerSecond: 0,
    pickle: 4,
    length: "u64le",
    clock,
  });
  const ends: SessionEnd[] = [];
  const server = accept((connection) => {
    const peer = sendTo(connection, {
      stream: new Stream(track),
      maxDelayMs: 250,
      http: null,
      classic,
      onEnd: (end) => ends.push(end),
    });
    cleanUps.push(() => peer.end("shutdown", forPeers`over`));
  }, clock);
  const timer = setInterval(() => {
    track.frame({ capturedAt: clock.micros(), isKey: true, bytes: new Uint8Array(1000).fill(7) });
    pixels.frame({ capturedAt: clock.micros(), isKey: true, bytes: PIXELS });
  }, 5);
  cleanUps.push(() => clearInterval(timer));
  return { ...server, track, pixels, ends };
}

test("a server that was held up reads a hello before it takes its silence for a classic receiver's", async () => {
  const clock = new HandClock();
  const server = serve(clock);
  const peer = new RawPeer(server.port);
  cleanUps.push(() => peer.close());
  await waitFor("the connection", () => server.count() === 1);

  peer.write(bytesOf("hello of a receiver"));
  clock.stall(700);
  // Timers that are due meanwhile come before what arrived meanwhile.
  clock.advance(0);
  await waitFor("the viewer", () => server.track.viewers().length === 1);
  clock.advance(50);

  expect(server.track.viewers()[0]?.kind).toBe("lanvid");
  expect(server.pixels.viewers()).toEqual([]);
  await waitFor("the answer", () => peer.receivedByteCount > 0);
  expect(peer.received.subarray(8, 15).toString()).toBe("\u0001LANVID");
});

test("a receiver whose hello comes late sees pickles first, and goes over to the link behind them", async () => {
  const clock = new HandClock();
  const server = serve(clock);
  const connection = await dial({ host: "127.0.0.1", port: server.port }, { signal, clock });
  await waitFor("the connection there", () => server.count() === 1);
  clock.advance(500);
  await waitFor("it to be taken for a classic receiver", () => server.pixels.viewers().length === 1);
  const before = server.pixels.frameCount;
  await waitFor("pictures for it", () => server.pixels.frameCount > before + 1);
  const pictures: number[] = [];
  const frames: ReceivedPacket[] = [];
  const ends: SessionEnd[] = [];
  const greetings: string[] = [];

  const session = receiveFrom(connection, {
    name: "den",
    program: "test",
    codecs: ["mjpeg"],
    maxDelayMs: null,
    onHello: ({ name }) => greetings.push(name),
    onStream: () => {},
    onClassic: (picture) => pictures.push(picture.kind === "pixels" ? picture.width : 0),
    onFrame: (frame, settle) => {
      frames.push(frame);
      settle(clock.micros());
    },
    onEnd: (end) => ends.push(end),
  });
  cleanUps.push(() => session.end("quit", forPeers`over`));
  await waitFor("frames", () => frames.length > 20 || ends.length > 0);
  await waitFor("the clocks to be compared", () => session.clockOffset.errorMicros !== null || ends.length > 0);

  expect(ends).toEqual([]);
  expect(greetings).toHaveLength(1);
  expect(pictures.length).toBeGreaterThan(0);
  expect(pictures.every((width) => width === 16)).toBe(true);
  const pickled = pictures.length;
  await waitFor("more frames", () => frames.length > 40);
  expect(pictures).toHaveLength(pickled);
  expect(server.pixels.viewers()).toEqual([]);
});

test.each([
  ["whole", (bytes: Uint8Array) => [bytes]],
  ["byte by byte", (bytes: Uint8Array) => [...bytes].map((byte) => Uint8Array.of(byte))],
])("pickles and the hello behind them may come %s", async (_, cut) => {
  const greetings: string[] = [];
  const ends: SessionEnd[] = [];
  let pictures = 0;
  const { port } = accept((connection) =>
    receiveFrom(connection, {
      name: "den",
      program: "test",
      codecs: ["mjpeg"],
      maxDelayMs: null,
      onHello: ({ role }) => greetings.push(role),
      onStream: () => {},
      onClassic: () => {
        pictures += 1;
      },
      onFrame: () => {},
      onEnd: (end) => ends.push(end),
    }),
  );
  const peer = new RawPeer(port);
  cleanUps.push(() => peer.close());
  peer.socket.setNoDelay(true);
  const pickle = classicMessage(PIXELS, { shape: [8, 16, 3] });

  peer.write(...cut(Buffer.concat([pickle, pickle, bytesOf("hello of a sender")])));
  await waitFor("the hello", () => greetings.length + ends.length > 0);
  peer.write(bytesOf("hello of a sender"));
  await waitFor("the end", () => ends.length > 0);

  expect({ greetings, pictures }).toEqual({ greetings: ["sender"], pictures: 2 });
  expect(ends[0]).toMatchObject({ code: "second-hello", by: "us" });
});
