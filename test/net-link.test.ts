import { afterEach, describe, expect, test } from "bun:test";
import { forPeers, openFault } from "../src/errors.ts";
import { type Connection, dial, type Listener, listen } from "../src/net.ts";
import type { ReceivedPacket, ReceiverSession } from "../src/receiver.ts";
import { receiveFrom, sendTo } from "../src/servers/tcp.ts";
import { Stream, Track } from "../src/stream.ts";
import { systemClock } from "../src/time.ts";
import { MIB } from "../src/units.ts";
import type { Message } from "../src/wire/messages.ts";
import { decodeMessage, encodePing, type SessionEnd, withLength } from "../src/wire.ts";
import { HandClock } from "./support/hand-clock.ts";
import { RawPeer } from "./support/raw-peer.ts";
import { waitFor } from "./support/wait.ts";
import { bytesOf, payloadOf } from "./vectors/read.ts";

const cleanUps: (() => void)[] = [];
const { signal } = new AbortController();
const http = { port: 8080, allowsHost: (host: string) => host.startsWith("127.0.0.1") };

afterEach(() => {
  for (const cleanUp of cleanUps.splice(0).reverse()) {
    cleanUp();
  }
});

function accept(onConnection: (connection: Connection) => void, silenceMs = 10_000, clock = systemClock): Listener {
  const listener = listen({
    port: 0,
    hostname: "127.0.0.1",
    admits: () => true,
    onRefused: () => {},
    onConnection,
    silenceMs,
    clock,
  });
  cleanUps.push(() => listener.stop());
  return listener;
}

function connect(listener: Listener): RawPeer {
  const peer = new RawPeer(listener.port);
  cleanUps.push(() => peer.close());
  return peer;
}

/** A hub that gives a frame every few ms, served to whoever connects. */
function serve(options: { readonly silenceMs?: number; readonly page?: typeof http | null } = {}) {
  const track = new Track({ name: "desk" });
  track.describe({ codec: "mjpeg" });
  const ends: SessionEnd[] = [];
  const sessions: { end(code: string, message: string): void }[] = [];
  const listener = accept((connection) => {
    const page = options.page === undefined ? http : options.page;
    sessions.push(
      sendTo(connection, { stream: new Stream(track), maxDelayMs: 250, http: page, onEnd: (end) => ends.push(end) }),
    );
  }, options.silenceMs);
  const timer = setInterval(() => give(track, 1000), 5);
  cleanUps.push(
    () => clearInterval(timer),
    () => {
      for (const session of sessions) {
        session.end("shutdown", "the test is over");
      }
    },
  );
  return { track, listener, ends, sessions };
}

function give(track: Track, byteCount: number): void {
  track.frame({ capturedAt: systemClock.micros(), isKey: true, bytes: new Uint8Array(byteCount).fill(7) });
}

interface Receiver {
  readonly session: ReceiverSession;
  readonly frames: ReceivedPacket[];
  readonly ends: SessionEnd[];
}

function receive(connection: Connection): Receiver {
  const frames: ReceivedPacket[] = [];
  const ends: SessionEnd[] = [];
  const session = receiveFrom(connection, {
    name: "den",
    program: "test",
    codecs: ["mjpeg"],
    maxDelayMs: null,
    onStream: () => {},
    onFrame: (frame, settle) => {
      frames.push(frame);
      settle(systemClock.micros());
    },
    onEnd: (end) => ends.push(end),
  });
  cleanUps.push(() => session.end("quit", forPeers`the test is over`));
  return { session, frames, ends };
}

async function watch(listener: Listener): Promise<Receiver> {
  return receive(await dialTo(listener));
}

function dialTo({ port }: Listener, clock = systemClock): Promise<Connection> {
  return dial({ host: "127.0.0.1", port }, { signal, clock });
}

/** The messages in bytes that came over TCP. */
function messagesOf(bytes: Uint8Array): Message[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const messages: Message[] = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    const length = Number(view.getBigUint64(at, true));
    messages.push(decodeMessage(bytes.subarray(at + 8, at + 8 + length)));
    at += 8 + length;
  }
  return messages;
}

/** Has a peer say this a byte at a time, two a second by the connection's clock. */
async function trickle(peer: RawPeer, bytes: Uint8Array, connection: Connection, clock: HandClock): Promise<void> {
  for (const byte of bytes) {
    clock.advance(500);
    peer.write(Uint8Array.of(byte));
    await waitFor("it to be heard", () => connection.heardAt === clock.now());
  }
}

function codes(ends: readonly SessionEnd[]): string[] {
  return ends.map(({ code, by }) => `${code} by ${by}`);
}

describe("a link", () => {
  test("streams to one who dials (serve and watch)", async () => {
    const { listener, track } = serve();

    const { frames } = await watch(listener);
    await waitFor("frames", () => frames.length >= 10);

    expect(frames[0]?.video.bytes).toEqual(new Uint8Array(1000).fill(7));
    expect(track.viewers()[0]).toMatchObject({ kind: "lanvid", address: "127.0.0.1" });
  });

  test("streams to one who listens (push and receive)", async () => {
    const receivers: Receiver[] = [];
    const listener = accept((connection) => receivers.push(receive(connection)));
    const track = new Track({ name: "desk" });
    track.describe({ codec: "mjpeg" });
    const connection = await dial({ host: "127.0.0.1", port: listener.port }, { signal });
    const session = sendTo(connection, { stream: new Stream(track), maxDelayMs: 250, http: null, onEnd: () => {} });
    cleanUps.push(() => session.end("quit", forPeers`over`));

    await waitFor("the viewer", () => track.viewers().length === 1);
    give(track, 10);
    await waitFor("a frame", () => receivers[0]?.frames.length === 1);

    expect(receivers[0]?.frames[0]?.video.sequence).toBe(1);
  });

  test("carries a picture of 8 MiB whole", async () => {
    const { listener, track } = serve();
    const { frames } = await watch(listener);
    await waitFor("the viewer", () => track.viewers().length === 1);

    give(track, 8 * MIB);
    const deadline = waitFor("the big one", () => frames.find(({ video }) => video.bytes.length === 8 * MIB));
    const timer = setInterval(() => give(track, 8 * MIB), 20);
    cleanUps.push(() => clearInterval(timer));

    expect((await deadline).video.bytes.every((byte) => byte === 7)).toBe(true);
  });

  test("says goodbye to the other side", async () => {
    const { listener, track, ends } = serve();
    const { ends: receiverEnds } = await watch(listener);
    await waitFor("the viewer", () => track.viewers().length === 1);

    track.ended(openFault(forPeers`the file ended`));
    await waitFor("the end", () => receiverEnds.length === 1);

    expect(codes(ends)).toEqual(["ended by us"]);
    expect(codes(receiverEnds)).toEqual(["ended by peer"]);
  });

  test("tells a receiver of another version why it is refused", async () => {
    const { listener, ends } = serve();
    const peer = connect(listener);
    const hello = bytesOf("hello of a receiver").slice();
    hello[15] = 2;

    peer.write(hello);
    await waitFor("the end", () => peer.isClosed);

    expect(messagesOf(peer.received)).toEqual([
      { kind: "error", notice: { code: "version", message: expect.stringContaining("version 2") } },
    ]);
    expect(codes(ends)).toEqual(["version by us"]);
  });

  test("gives a receiver that is refused the sender's reason", async () => {
    const listener = accept((connection) => connection.write(bytesOf("error")));

    const { ends } = await watch(listener);
    await waitFor("the end", () => ends.length === 1);

    expect(codes(ends)).toEqual(["version by peer"]);
  });

  test("takes a receiver's bytes one by one", async () => {
    const { listener, track } = serve();
    const peer = connect(listener);
    peer.socket.setNoDelay(true);

    for (const byte of [...bytesOf("hello of a receiver"), ...bytesOf("unknown kind"), ...bytesOf("ping")]) {
      peer.write(Uint8Array.of(byte));
    }
    await waitFor("the viewer", () => track.viewers().length === 1);
    await waitFor("the pong", () => peer.receivedByteCount > 400);

    const kinds = messagesOf(peer.received.subarray(0, 400)).map(({ kind }) => kind);
    expect(kinds.slice(0, 2)).toEqual(["hello", "stream"]);
  });

  test("ends for a receiver that says hello and no more, and its seat is free", async () => {
    const { listener, track, ends } = serve({ silenceMs: 50 });
    const peer = connect(listener);

    peer.write(bytesOf("hello of a receiver"));
    await waitFor("the viewer", () => track.viewers().length === 1);
    await waitFor("the end", () => peer.isClosed);

    expect(ends).toEqual([{ code: "lost", message: "silent for 0.05 s", by: "network", silentMs: 50 }]);
    expect(track.viewers()).toEqual([]);
  });

  test("lasts longer than the limit of silence while nothing is streamed: pings are no silence", async () => {
    const ends: SessionEnd[] = [];
    const clock = new HandClock();
    const track = new Track({ name: "desk", clock });
    track.describe({ codec: "mjpeg" });
    const accepted: Connection[] = [];
    const listener = accept(
      (connection) => {
        accepted.push(connection);
        sendTo(connection, { stream: new Stream(track), maxDelayMs: 250, http: null, onEnd: (end) => ends.push(end) });
      },
      700,
      clock,
    );

    const connection = await dialTo(listener, clock);
    const { ends: receiverEnds } = receive(connection);
    const sides = [connection, await waitFor("the connection", () => accepted[0])];
    for (let pings = 0; pings < 3; pings++) {
      clock.advance(500);
      await waitFor("a ping and its answer", () => sides.every(({ heardAt }) => heardAt === clock.now()));
    }

    expect([...ends, ...receiverEnds]).toEqual([]);
  });
});

describe("a sender's port", () => {
  test("sends a browser on to the page", async () => {
    const { listener, ends } = serve();

    const response = await fetch(`http://127.0.0.1:${listener.port}/a?b=c`, { redirect: "manual" });

    expect(response.status).toBe(307);
    expect(response.headers.get("location")).toBe("http://127.0.0.1:8080/a?b=c");
    expect(response.headers.get("cache-control")).toBe("no-store");
    await waitFor("the end", () => ends.length === 1);
    expect(codes(ends)).toEqual(["http by us"]);
  });

  test.each([
    ["a Host that is a stranger's", "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", "HTTP/1.1 403 "],
    ["a POST", "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 405 "],
    ["a request cut in two", "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "HTTP/1.1 307 "],
  ])("answers %s", async (_, request, answer) => {
    const { listener, sessions } = serve();
    const peer = connect(listener);

    peer.write(request.slice(0, 3));
    await waitFor("the connection", () => sessions.length === 1);
    peer.write(request.slice(3));
    await waitFor("the end", () => peer.isClosed);

    expect(peer.received.toString()).toStartWith(answer);
  });

  test("answers 404 when there is no page", async () => {
    const { listener } = serve({ page: null });

    const response = await fetch(`http://127.0.0.1:${listener.port}/`, { redirect: "manual" });

    expect(response.status).toBe(404);
  });

  test.each([
    ["TLS", Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3), "tls"],
    ["garbage", "SSH-2.0-OpenSSH_9.6\r\n", "garbage"],
    ["another message than hello", bytesOf("ping"), "garbage"],
    ["a request without an end", `GET /${"a".repeat(8200)}`, "http-too-long"],
  ])("closes for %s, without a byte", async (_, bytes, code) => {
    const { listener, ends, sessions } = serve();
    const peer = connect(listener);

    peer.write(bytes);
    await waitFor("the end", () => peer.isClosed);
    sessions[0]?.end("shutdown", "later");

    expect(peer.receivedByteCount).toBe(0);
    expect(codes(ends)).toEqual([`${code} by us`]);
  });

  test.each([
    ["8", Uint8Array.of(0, 0x10, 0, 0, 0, 0, 0, 0, 0x80, 4)],
    ["4", Uint8Array.of(0, 0, 0x10, 0, 0x80, 4)],
  ])("tells a classic sender, %s bytes of length, that it is one: a lanvid may be behind it", async (_, bytes) => {
    const { listener, ends } = serve();
    const peer = connect(listener);

    peer.write(bytes);
    await waitFor("the end", () => peer.isClosed);

    expect(messagesOf(peer.received).map(({ kind }) => kind)).toEqual(["error"]);
    expect(codes(ends)).toEqual(["classic-sender by us"]);
  });

  const video = bytesOf("video");
  const tooLong = withLength(new Uint8Array(4097).fill(4));
  const overLimit = Uint8Array.of(1, 0, 0, 4, 0, 0, 0, 0, 3);
  test.each([
    ["video", video, "wrong-role"],
    ["a message of 4097 bytes", tooLong, "message-too-long"],
    ["a length over 64 MiB", overLimit, "length"],
    ["a length of 0", new Uint8Array(8), "empty-message"],
    ["an acknowledgement of nothing", bytesOf("ack"), "ack-not-sent"],
    ["a bad field", withLength(new TextEncoder().encode('\u0007{"code":1}')), "bad-field"],
  ])("ends for a receiver that sends %s, tells it why, and disturbs nobody", async (_, bytes, code) => {
    const { listener, ends } = serve();
    const good = await watch(listener);
    await waitFor("frames", () => good.frames.length > 2);
    const peer = connect(listener);

    peer.write(bytesOf("hello of a receiver"), bytes);
    await waitFor("the end", () => peer.isClosed);
    const before = good.frames.length;
    await waitFor("more frames", () => good.frames.length > before + 5);

    expect(codes(ends)).toEqual([`${code} by us`]);
    expect(messagesOf(peer.received).at(-1)).toMatchObject({ kind: "error", notice: { code } });
    expect(good.ends).toEqual([]);
  });

  test("serves a viewer on while another acknowledges nothing and reads nothing", async () => {
    const { listener, track } = serve();
    const stalled = connect(listener);
    stalled.socket.pause();
    stalled.write(bytesOf("hello of a receiver"));
    await waitFor("the viewer", () => track.viewers().length === 1);

    const good = await watch(listener);
    await waitFor("frames", () => good.frames.length > 20);

    expect(track.viewers()[0]?.dropped).toBe(0);
    expect(track.viewers()[1]?.fps).toBeGreaterThan(0);
  });

  test("answers no more to one that pings without end", async () => {
    const { listener, ends } = serve();
    const peer = connect(listener);
    peer.socket.pause();
    const pings = Buffer.concat(Array.from({ length: 10_000 }, () => withLength(encodePing(1))));

    peer.write(bytesOf("hello of a receiver"));
    const feed = () => {
      if (!peer.isClosed && peer.socket.writableLength < MIB) {
        peer.write(pings);
      }
    };
    await waitFor("the end", () => {
      feed();
      return ends.length === 1;
    });

    expect(ends[0]?.code).toBe("flood");
  }, 120_000);

  test("waits 10 s for the end of a hello, however the bytes come", async () => {
    const clock = new HandClock();
    const ends: SessionEnd[] = [];
    const accepted: Connection[] = [];
    const listener = accept(
      (connection) => {
        accepted.push(connection);
        const stream = new Stream(new Track({ name: "desk", clock }));
        sendTo(connection, { stream, maxDelayMs: 250, http, onEnd: (end) => ends.push(end) });
      },
      undefined,
      clock,
    );
    const peer = connect(listener);
    const connection = await waitFor("the connection", () => accepted[0]);

    await trickle(peer, bytesOf("hello of a receiver").subarray(0, 19), connection, clock);
    clock.advance(499);
    expect(ends).toEqual([]);
    clock.advance(1);

    expect(ends).toMatchObject([{ code: "undecided", by: "us" }]);
    await waitFor("the end", () => peer.isClosed);
  });
});

describe("a receiver's port", () => {
  test("waits 10 s for the end of a hello, however the bytes come", async () => {
    const clock = new HandClock();
    const accepted: Connection[] = [];
    const listener = accept((connection) => accepted.push(connection), undefined, clock);
    const peer = connect(listener);
    const connection = await waitFor("the connection", () => accepted[0]);
    const { ends } = receive(connection);

    // From the first byte on, which comes after half a second.
    await trickle(peer, bytesOf("hello of a sender").subarray(0, 20), connection, clock);
    clock.advance(499);
    expect(ends).toEqual([]);
    clock.advance(1);

    expect(ends).toMatchObject([{ code: "undecided", by: "us" }]);
    await waitFor("the end", () => peer.isClosed);
  });

  test.each([
    ["a browser", "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "http"],
    ["a POST", "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "http-other"],
    ["TLS", Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3), "tls"],
    ["a classic sender", Uint8Array.of(0, 0x10, 0, 0, 0, 0, 0, 0, 0x80, 4), "classic-sender"],
    ["garbage", "SSH-2.0-OpenSSH_9.6\r\n", "garbage"],
    ["a receiver", bytesOf("hello of a receiver"), "two-receivers"],
    ["a frame in place of a hello", bytesOf("video"), "garbage"],
    ["a length over the limit", Uint8Array.of(1, 0, 0, 4, 0, 0, 0, 0, 1), "garbage"],
  ])("ends for %s", async (_, bytes, code) => {
    const receivers: Receiver[] = [];
    const listener = accept((connection) => receivers.push(receive(connection)));
    const peer = connect(listener);

    peer.write(bytes);
    await waitFor("the end", () => peer.isClosed);

    expect(codes(receivers[0]?.ends ?? [])).toEqual([`${code} by us`]);
    expect(messagesOf(peer.received).map(({ kind }) => kind)).toEqual(["hello", "ping", "error"]);
  });

  test("ends for a peer that says nothing", async () => {
    const receivers: Receiver[] = [];
    const listener = accept((connection) => receivers.push(receive(connection)), 50);
    const peer = connect(listener);

    await waitFor("the end", () => peer.isClosed);

    expect(codes(receivers[0]?.ends ?? [])).toEqual(["lost by network"]);
  });

  test("speaks first, also to a sender whose bytes came before it listened", async () => {
    const connections: Connection[] = [];
    const listener = accept((connection) => connections.push(connection));
    const peer = connect(listener);
    peer.write(bytesOf("hello of a sender"), withLength(payloadOf("ping")));
    const connection = await waitFor("the connection", () => connections[0]);
    const other = connect(listener);
    await waitFor("another connection", () => connections[1]);
    other.close();

    receive(connection);
    await waitFor("the answer", () => messagesOf(peer.received).length >= 3);

    expect(
      messagesOf(peer.received)
        .slice(0, 3)
        .map(({ kind }) => kind),
    ).toEqual(["hello", "ping", "pong"]);
  });
});
