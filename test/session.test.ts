import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { forPeers, openFault } from "../src/errors.ts";
import { type ReceivedPacket, type ReceiverOptions, ReceiverSession } from "../src/receiver.ts";
import { type SenderOptions, SenderSession } from "../src/session.ts";
import { Stream, Track } from "../src/stream.ts";
import type { Message } from "../src/wire/messages.ts";
import {
  decodeMessage,
  encodeAck,
  encodeHello,
  encodePing,
  encodePong,
  type SessionEnd,
  type StreamInfo,
  videoPayload,
} from "../src/wire.ts";
import { HandClock } from "./support/hand-clock.ts";
import { Loopback, type LoopbackTransport } from "./support/loopback-transport.ts";
import { payloadOf } from "./vectors/read.ts";

/** docs/protocol.md, section 8. */
const MAX_WAITING_BYTES = 65_536;

/** A sender and a receiver on a link in memory, and what they said. */
interface Pair {
  readonly track: Track;
  readonly link: Loopback;
  readonly sender: SenderSession;
  readonly receiver: ReceiverSession;
  readonly frames: ReceivedPacket[];
  /** Settle the frames that were received, in order. */
  readonly settles: ((shownAt: number | null) => void)[];
  readonly streams: StreamInfo[];
  readonly senderEnds: SessionEnd[];
  readonly receiverEnds: SessionEnd[];
  dropped: number;
}

const open: Pair[] = [];
/** Of both ends: a link in memory takes no time. */
let clock: HandClock;

beforeEach(() => {
  clock = new HandClock();
});

afterEach(() => {
  for (const { sender, receiver } of open.splice(0)) {
    sender.lost("the test is over");
    receiver.lost("the test is over");
  }
});

function pair(
  options: { readonly sender?: Partial<SenderOptions>; readonly receiver?: Partial<ReceiverOptions> } = {},
): Pair {
  const link = new Loopback();
  const track = options.sender?.stream?.original ?? jpegHub();
  const lists = { frames: [], settles: [], streams: [], senderEnds: [], receiverEnds: [] } as Pick<
    Pair,
    "frames" | "settles" | "streams" | "senderEnds" | "receiverEnds"
  >;
  const sender = new SenderSession(link.a, {
    stream: new Stream(track),
    kind: "lanvid",
    address: "10.0.0.4",
    maxDelayMs: 250,
    onEnd: (end) => lists.senderEnds.push(end),
    clock,
    ...options.sender,
  });
  const receiver = new ReceiverSession(link.b, {
    name: "den",
    program: "test",
    codecs: ["mjpeg"],
    maxDelayMs: null,
    onStream: (stream) => lists.streams.push(stream),
    onFrame: (frame, settle) => {
      lists.frames.push(frame);
      lists.settles.push(settle);
    },
    onDropped: (count) => {
      both.dropped += count;
    },
    onEnd: (end) => lists.receiverEnds.push(end),
    clock,
    ...options.receiver,
  });
  const both: Pair = { track, link, sender, receiver, dropped: 0, ...lists };
  link.a.peer = sender;
  link.b.peer = receiver;
  open.push(both);
  return both;
}

async function connected(options: Parameters<typeof pair>[0] = {}): Promise<Pair> {
  const both = pair(options);
  both.receiver.start();
  await both.link.deliver();
  return both;
}

function jpegHub(): Track {
  const track = new Track({ name: "desk", clock });
  track.describe({ codec: "mjpeg" });
  return track;
}

function give(track: Track, capturedAt = clock.micros()): void {
  track.frame({ capturedAt, isKey: true, bytes: Uint8Array.of(0xff, 0xd8, 0xff, 0xd9) });
}

/** What was ever sent over this end. */
function said(transport: LoopbackTransport): Message[] {
  return transport.history.map(decodeMessage);
}

function kinds(transport: LoopbackTransport): string[] {
  return said(transport).map(({ kind }) => kind);
}

function codes(ends: readonly SessionEnd[]): string[] {
  return ends.map(({ code, by }) => `${code} by ${by}`);
}

describe("two sessions", () => {
  test("begin with the receiver's hello, to which the sender says nothing before it came", () => {
    const { link, receiver } = pair();

    receiver.start();

    expect(kinds(link.b)).toEqual(["hello", "ping"]);
    expect(kinds(link.a)).toEqual([]);
  });

  test("go on with the sender's hello, the stream, the answer to the ping, and the newest frame", async () => {
    const track = jpegHub();
    give(track);
    give(track);

    const { link, frames } = await connected({ sender: { stream: new Stream(track) } });

    expect(kinds(link.a)).toEqual(["hello", "stream", "pong", "video"]);
    expect(frames.map(({ video }) => video.sequence)).toEqual([2]);
    expect(frames[0]?.capturedAt).not.toBeNull();
  });

  test.each([
    [250, null, 250],
    [250, 100, 100],
    [100, 250, 100],
  ])("keep to the lower delay: %p offered, %p wanted", async (offered, wanted, kept) => {
    const { link } = await connected({ sender: { maxDelayMs: offered }, receiver: { maxDelayMs: wanted } });

    expect(said(link.a)[0]).toMatchObject({ kind: "hello", hello: { role: "sender", maxDelayMs: kept } });
  });

  test("have one frame under way until it is acknowledged, then the newest, and both count what was dropped", async () => {
    const both = await connected();

    for (let count = 0; count < 5; count++) {
      give(both.track);
      await both.link.deliver();
    }
    expect(both.frames.map(({ video }) => video.sequence)).toEqual([1]);
    both.settles[0]?.(clock.micros());
    await both.link.deliver();

    expect(both.frames.map(({ video }) => video.sequence)).toEqual([1, 5]);
    expect(both.dropped).toBe(3);
    expect(both.track.viewers()[0]?.dropped).toBe(3);
  });

  test("acknowledge nothing that is not to be, and what is with whatever is settled after it", async () => {
    const both = await connected();
    const arrives = (sequence: number, wantsAck: boolean) => {
      const frame = { sequence, capturedAt: clock.micros(), isKey: true, bytes: Uint8Array.of(1) };
      both.receiver.receive(videoPayload(frame, { isPreroll: false, wantsAck }));
    };
    const acknowledged = () => said(both.link.b).filter(({ kind }) => kind === "ack");

    arrives(1, false);
    arrives(2, true);
    arrives(3, false);
    both.settles[0]?.(null);
    expect(acknowledged()).toEqual([]);
    both.settles[2]?.(null);

    expect(acknowledged()).toEqual([{ kind: "ack", sequence: 2, delayMicros: null }]);
    both.settles[1]?.(null);
    expect(acknowledged().length).toBe(1);
  });

  test("leave out H.264 that is broken and what builds on it, say so, and ask for what follows", async () => {
    const faults: string[] = [];
    const both = await connected({
      sender: { stream: new Stream(new Track({ name: "film", clock })) },
      receiver: { codecs: ["h264"], onBroken: (fault) => faults.push(fault) },
    });
    both.track.describe({ codec: "h264" });
    await both.link.deliver();
    const arrives = (sequence: number, isKey: boolean, sliceCount: number) => {
      const bytes = Uint8Array.from(new Array<number[]>(sliceCount).fill([0, 0, 1, 0x65]).flat());
      both.receiver.receive(videoPayload({ sequence, capturedAt: clock.micros(), isKey, bytes }));
    };

    arrives(1, true, 1);
    arrives(2, false, 1025);
    arrives(3, false, 1);
    arrives(4, true, 1024);
    arrives(5, false, 1);

    expect(both.frames.map(({ video }) => video.sequence)).toEqual([1, 4, 5]);
    expect(faults).toEqual(["more than 1024 NAL units"]);
    expect(both.dropped).toBe(2);
    const acks = said(both.link.b).filter(({ kind }) => kind === "ack");
    expect(acks).toContainEqual({ kind: "ack", sequence: 3, delayMicros: null });
  });

  test("tell the sender how old a frame was when it was shown", async () => {
    const both = await connected();
    const capturedAt = clock.micros() - 40_000;

    give(both.track, capturedAt);
    await both.link.deliver();
    both.settles[0]?.(capturedAt + 90_000);
    await both.link.deliver();

    expect(both.track.viewers()[0]?.delayMs).toBe(90);
  });

  test("tell the receiver each change of the stream, with the relays that it passed", async () => {
    const both = await connected();

    both.track.describe({ hops: 3 });
    both.track.describe({ state: "failed", error: openFault(forPeers`unplugged`) });
    await both.link.deliver();

    expect(both.streams).toEqual([
      expect.objectContaining({ state: "idle", name: "desk", hops: 0 }),
      expect.objectContaining({ state: "idle", name: "desk", hops: 3 }),
      expect.objectContaining({ state: "failed", error: "unplugged", hops: 3 }),
    ]);
  });

  test("tell the newest of a stream that changes all the time, another codec at once, and the last change in the end", async () => {
    const both = await connected({ receiver: { codecs: ["h264", "mjpeg"] } });

    for (let change = 0; change < 1000; change++) {
      both.track.describe({ restarts: change });
    }
    both.track.describe({ codec: "h264" });
    await both.link.deliver();
    const atOnce = both.streams.length;
    both.track.describe({ restarts: 5000 });
    clock.advance(1000);
    await both.link.deliver();

    expect(atOnce).toBeLessThanOrEqual(18);
    expect(both.streams[atOnce - 1]).toMatchObject({ codec: "h264", restarts: 999 });
    expect(both.streams.at(-1)?.restarts).toBe(5000);
    expect(both.streams.length).toBeLessThanOrEqual(20);
  });

  test("answer each other's pings", async () => {
    const both = await connected();

    both.sender.receive(encodePing(77));
    both.receiver.receive(encodePing(88));

    expect(said(both.link.a).at(-1)).toMatchObject({ kind: "pong", sentAt: 77 });
    expect(said(both.link.b).at(-1)).toMatchObject({ kind: "pong", sentAt: 88 });
  });

  test("skip kinds of a later version", async () => {
    const both = await connected();

    both.sender.receive(payloadOf("unknown kind"));
    both.receiver.receive(payloadOf("unknown kind"));
    both.sender.receive(encodePong(1, 2, 3));
    give(both.track);
    await both.link.deliver();

    expect(both.frames.length).toBe(1);
    expect([...both.senderEnds, ...both.receiverEnds]).toEqual([]);
  });

  test("say goodbye: the stream is over", async () => {
    const both = await connected();

    both.track.ended(openFault(forPeers`the file ended`));
    await both.link.deliver();

    expect(codes(both.senderEnds)).toEqual(["ended by us"]);
    expect(codes(both.receiverEnds)).toEqual(["ended by peer"]);
    expect(both.receiverEnds[0]?.message).toBe("the file ended");
  });

  test("say goodbye: the receiver leaves, and its seat is free", async () => {
    const both = await connected();
    expect(both.track.viewers().length).toBe(1);

    both.receiver.end("quit", forPeers`enough`);
    await both.link.deliver();

    expect(codes(both.senderEnds)).toEqual(["quit by peer"]);
    expect(both.track.viewers()).toEqual([]);
    expect([both.link.a.isClosed, both.link.b.isClosed]).toEqual([true, true]);
  });

  test("end once, and say nothing after", async () => {
    const both = await connected();
    both.receiver.end("quit", forPeers`enough`);
    both.sender.lost("gone");
    both.link.a.isClosed = false;
    both.link.b.isClosed = false;
    const before = [both.link.a.history.length, both.link.b.history.length];

    both.receiver.end("quit", forPeers`again`);
    both.receiver.lost("gone");
    both.sender.end("quit", forPeers`again`);
    both.track.describe({ state: "live" });
    give(both.track);
    both.receiver.receive(encodePing(1));
    both.sender.receive(encodePing(1));

    expect([both.link.a.history.length, both.link.b.history.length]).toEqual(before);
    expect([both.senderEnds.length, both.receiverEnds.length]).toEqual([1, 1]);
  });

  test("measure the clocks before and while nothing is streamed", async () => {
    const both = await connected();

    clock.advance(100);

    expect(kinds(both.link.b).filter((kind) => kind === "ping")).toHaveLength(2);
    expect(both.receiver.clockOffset.errorMicros).not.toBeNull();
    both.receiver.lost("over");
    const pings = both.link.b.history.length;
    clock.advance(60_000);
    expect(both.link.b.history.length).toBe(pings);
    expect(clock.waiting).toBe(0);
  });
});

describe("a late frame", () => {
  /** A frame that was on its way since it was captured. */
  function arrives({ receiver }: Pair, sequence: number, byteCount: number, tookMicros: number, isKey = true): void {
    const capturedAt = clock.micros() - tookMicros;
    receiver.receive(videoPayload({ sequence, capturedAt, isKey, bytes: new Uint8Array(byteCount) }), capturedAt);
  }

  test("is dropped, counted, and acknowledged without a delay", async () => {
    const both = await connected({ receiver: { maxDelayMs: 100 } });

    give(both.track, clock.micros() - 5_000_000);
    await both.link.deliver();

    expect(both.frames).toEqual([]);
    expect(both.dropped).toBe(1);
    expect(said(both.link.b).at(-1)).toEqual({ kind: "ack", sequence: 1, delayMicros: null });
    give(both.track);
    await both.link.deliver();
    expect(both.frames.length).toBe(1);
  });

  test("is one that waited in a buffer on its way", async () => {
    const both = await connected({ receiver: { maxDelayMs: 20 } });
    const captured = clock.micros();
    give(both.track, captured);
    const payload = both.link.a.sent.splice(0)[0] as Uint8Array;

    clock.advance(61);
    both.receiver.receive(payload, clock.micros());

    expect(both.frames).toEqual([]);
    expect(both.dropped).toBe(1);
  });

  test("is not one that took its time on a slow link", async () => {
    const both = await connected({ receiver: { maxDelayMs: 20 } });
    const captured = clock.micros();
    give(both.track, captured);
    const payload = both.link.a.sent.splice(0)[0] as Uint8Array;

    clock.advance(61);
    both.receiver.receive(payload, captured + 1000);

    expect(both.frames.length).toBe(1);
  });

  test("is one that was held while this process was stopped, however long it seems to have been on its way", async () => {
    const both = await connected({ receiver: { maxDelayMs: 20 } });
    const capturedAt = clock.micros();
    const frame = { sequence: 1, capturedAt, isKey: true, bytes: Uint8Array.of(1) };

    clock.stall(2000);
    both.receiver.receive(videoPayload(frame), capturedAt + 1000);

    expect(both.frames).toEqual([]);
    expect(both.dropped).toBe(1);
  });

  test("is one that will be too old when it is shown", async () => {
    let showingMs = 0;
    const both = await connected({ receiver: { maxDelayMs: 200, showingMs: () => showingMs } });
    const came = (sequence: number) => {
      const capturedAt = clock.micros() - 190_000;
      both.receiver.receive(
        videoPayload({ sequence, capturedAt, isKey: true, bytes: new Uint8Array(9) }),
        clock.micros(),
      );
    };

    came(1);
    showingMs = 200;
    came(2);

    expect(both.frames.map(({ video }) => video.sequence)).toEqual([1]);
    expect(both.dropped).toBe(1);
  });

  test("is one in the middle of which the link was down, and not the next one", async () => {
    const both = await connected({ receiver: { maxDelayMs: 20 } });

    arrives(both, 1, 1000, 30_000);
    arrives(both, 2, 1000, 30_000);
    arrives(both, 3, 1000, 1_000_000);
    arrives(both, 4, 1000, 45_000);

    expect(both.frames.map(({ video }) => video.sequence)).toEqual([1, 2, 4]);
    expect(both.dropped).toBe(1);
  });

  test("is one in the middle of which the link was down, be it the second that ever came", async () => {
    const both = await connected({ receiver: { maxDelayMs: 20 } });

    arrives(both, 1, 1000, 30_000);
    arrives(both, 2, 1000, 1_000_000);
    arrives(both, 3, 1000, 30_000);

    expect(both.frames.map(({ video }) => video.sequence)).toEqual([1, 3]);
  });

  test("is one in the middle of which the link was down after hundreds of tiny ones", async () => {
    const both = await connected({ receiver: { maxDelayMs: 20 } });

    arrives(both, 1, 100_000, 30_000);
    arrives(both, 2, 100_000, 30_000);
    for (let tiny = 3; tiny <= 102; tiny++) {
      arrives(both, tiny, 60, 33_000, false);
    }
    arrives(both, 103, 100_000, 1_000_000);
    arrives(both, 104, 100_000, 45_000);

    expect(both.dropped).toBe(1);
    expect(both.frames.at(-1)?.video.sequence).toBe(104);
  });

  test("is not one on a link that has become ten times slower, but for the first two", async () => {
    const both = await connected({ receiver: { maxDelayMs: 20 } });

    for (let sequence = 1; sequence <= 10; sequence++) {
      arrives(both, sequence, 1000, sequence < 5 ? 30_000 : 300_000);
    }

    expect(both.frames.map(({ video }) => video.sequence)).toEqual([1, 2, 3, 4, 7, 8, 9, 10]);
  });

  test("is not one that builds on a key frame that took its time, until the next key frame", async () => {
    const both = await connected({ receiver: { maxDelayMs: 20 } });
    const captured = clock.micros();
    const arrives = (sequence: number, isKey: boolean, startedAt: number) =>
      both.receiver.receive(
        videoPayload({ sequence, capturedAt: captured, isKey, bytes: Uint8Array.of(1) }),
        startedAt,
      );
    clock.advance(61);

    arrives(1, true, captured + 1000);
    arrives(2, false, clock.micros());
    arrives(3, true, clock.micros());
    arrives(4, false, clock.micros());

    expect(both.frames.map(({ video }) => video.sequence)).toEqual([1, 2]);
    expect(both.dropped).toBe(2);
  });

  test("is not one that is decoded only, to reach the newest", async () => {
    const both = await connected({ receiver: { maxDelayMs: 20 } });

    both.receiver.receive(payloadOf("video preroll"));

    expect(both.frames.map(({ video }) => video.isPreroll)).toEqual([true]);
    expect(both.dropped).toBe(0);
  });

  test("is not one whose age is unknown", () => {
    const both = pair({ receiver: { maxDelayMs: 20 } });

    both.receiver.start();
    both.receiver.receive(payloadOf("hello of a sender"));
    both.receiver.receive(payloadOf("video"));

    expect(both.frames.map(({ capturedAt }) => capturedAt)).toEqual([null]);
    both.settles[0]?.(clock.micros());
    expect(said(both.link.b).at(-1)).toEqual({ kind: "ack", sequence: 258, delayMicros: null });
  });
});

describe("a sender ends it when the receiver", () => {
  const laterVersion = payloadOf("hello of a receiver").slice();
  laterVersion[7] = 2;
  const helloOf = (codecs: string[]) =>
    encodeHello({ role: "receiver", name: "", program: "", codecs, maxDelayMs: null, adapts: true });

  test.each([
    ["speaks another version", laterVersion, "version"],
    ["is a sender too", payloadOf("hello of a sender"), "two-senders"],
    ["takes none of its codecs", helloOf(["h264", "av1"]), "no-common-codec"],
    ["takes no codec", helloOf([]), "no-common-codec"],
    ["begins with a ping", payloadOf("ping"), "no-hello"],
    ["begins with a kind of a later version", payloadOf("unknown kind"), "no-hello"],
    ["begins with nothing", new Uint8Array(0), "empty-message"],
  ])("%s: and tells it why", async (_, first, code) => {
    const both = pair();

    both.sender.receive(first);
    await both.link.deliver();

    expect(codes(both.senderEnds)).toEqual([`${code} by us`]);
    expect(codes(both.receiverEnds)).toEqual([`${code} by peer`]);
    expect(kinds(both.link.a)).toEqual(["error"]);
    expect(both.track.viewers()).toEqual([]);
  });

  test.each([
    ["says hello twice", payloadOf("hello of a receiver"), "second-hello"],
    ["sends a stream", payloadOf("stream live"), "wrong-role"],
    ["sends video", payloadOf("video"), "wrong-role"],
    ["acknowledges a frame that was not sent", encodeAck(1, 0), "ack-not-sent"],
    ["sends a bad message", payloadOf("ack").subarray(0, 15), "bad-ack"],
  ])("%s: and tells it why", async (_, payload, code) => {
    const both = await connected();

    both.sender.receive(payload);
    await both.link.deliver();

    expect(codes(both.senderEnds)).toEqual([`${code} by us`]);
    expect(codes(both.receiverEnds)).toEqual([`${code} by peer`]);
    expect(both.track.viewers()).toEqual([]);
  });

  test("refuses it: an error in place of a hello is its reason", () => {
    const both = pair();

    both.sender.receive(payloadOf("error"));

    expect(codes(both.senderEnds)).toEqual(["version by peer"]);
    expect(both.link.a.history).toEqual([]);
  });

  test("acknowledges a frame that it never got because it was dropped", async () => {
    const both = await connected();
    for (let count = 0; count < 3; count++) {
      give(both.track);
      await both.link.deliver();
    }
    both.settles[0]?.(null);
    await both.link.deliver();

    both.sender.receive(encodeAck(2, null));

    expect(codes(both.senderEnds)).toEqual(["ack-not-sent by us"]);
  });

  test("acknowledges a frame although more waits here than what follows it", async () => {
    const both = await connected();
    give(both.track);
    await both.link.deliver();
    both.link.a.waitingBytes = MAX_WAITING_BYTES + 1;

    both.sender.receive(encodeAck(1, null));

    expect(codes(both.senderEnds)).toEqual(["ack-not-sent by us"]);
  });

  test("but not while the frames that follow wait here", async () => {
    const both = await connected();
    const bytes = new Uint8Array(200_000);
    const giveLarge = () => both.track.frame({ capturedAt: clock.micros(), isKey: true, bytes });
    giveLarge();
    await both.link.deliver();
    both.settles[0]?.(null);
    await both.link.deliver();
    giveLarge();
    giveLarge();
    await both.link.deliver();
    expect(both.frames).toHaveLength(3);
    both.link.a.waitingBytes = bytes.length + MAX_WAITING_BYTES;

    both.sender.receive(encodeAck(2, null));

    expect(both.senderEnds).toEqual([]);
  });

  test("pings and reads nothing: without a word, that would wait, too", async () => {
    const both = await connected();
    both.link.a.waitingBytes = MAX_WAITING_BYTES;
    both.sender.receive(encodePing(1));
    expect(both.senderEnds).toEqual([]);
    both.link.a.waitingBytes = MAX_WAITING_BYTES + 1;

    both.sender.receive(encodePing(2));

    expect(codes(both.senderEnds)).toEqual(["unread by us"]);
    expect(kinds(both.link.a)).not.toContain("error");
  });

  test("but not when it acknowledges a frame again", async () => {
    const both = await connected();
    give(both.track);
    await both.link.deliver();
    both.settles[0]?.(null);
    both.settles[0]?.(null);

    await both.link.deliver();
    give(both.track);
    await both.link.deliver();

    expect(both.senderEnds).toEqual([]);
    expect(both.frames.length).toBe(2);
  });
});

describe("a receiver ends it when the sender", () => {
  test.each([
    ["is a receiver too", [payloadOf("hello of a receiver")], "two-receivers"],
    ["begins with video", [payloadOf("video")], "no-hello"],
    ["says hello twice", [payloadOf("hello of a sender"), payloadOf("hello of a sender")], "second-hello"],
    ["acknowledges", [payloadOf("hello of a sender"), payloadOf("ack")], "wrong-role"],
    ["repeats a frame", [payloadOf("hello of a sender"), payloadOf("video"), payloadOf("video")], "old-frame"],
    ["sends a bad message", [payloadOf("hello of a sender"), payloadOf("pong").subarray(0, 31)], "bad-ping"],
  ])("%s: and tells it why", async (_, payloads, code) => {
    const both = pair();
    both.receiver.start();

    for (const payload of payloads) {
      both.receiver.receive(payload);
    }
    await both.link.deliver();

    expect(codes(both.receiverEnds)).toEqual([`${code} by us`]);
    expect(codes(both.senderEnds)).toEqual([`${code} by peer`]);
  });

  test.each([
    [8, []],
    [9, ["hops by us"]],
  ])("has a stream that passed %i relays", async (hops, ends) => {
    const both = await connected();

    both.track.describe({ hops });
    await both.link.deliver();

    expect(codes(both.receiverEnds)).toEqual(ends);
  });

  test("refuses it: an error in place of a hello is its reason", async () => {
    const both = pair();
    both.receiver.start();

    both.receiver.receive(payloadOf("error"));

    expect(codes(both.receiverEnds)).toEqual(["version by peer"]);
    expect(both.receiverEnds[0]?.message).toBe("update");
  });
});

describe("an end that comes early", () => {
  test("before hello says nothing: a classic receiver would unpickle it", () => {
    const both = pair();

    both.sender.end("shutdown", forPeers`lanvid was stopped there`);

    expect(both.link.a.history).toEqual([]);
    expect(codes(both.senderEnds)).toEqual(["shutdown by us"]);
  });

  test("while the receiver's hello is handled leaves no seat behind", async () => {
    const track = new Track({ name: "desk", clock });
    const both = pair({
      sender: { stream: new Stream(track), onHello: () => both.sender.end("busy", forPeers`another is served`) },
    });
    both.receiver.start();

    await both.link.deliver();

    expect(codes(both.receiverEnds)).toEqual(["busy by peer"]);
    expect(track.viewers()).toEqual([]);
  });

  test("while the seat is made leaves no seat behind", async () => {
    const track = new Track({ name: "desk", clock });
    track.attach({
      kind: "test",
      codec: "mjpeg",
      name: "empty",
      alwaysOn: false,
      start: (sink) => sink.ended(openFault(forPeers`the file is empty`)),
      stop: async () => {},
    });
    const both = pair({ sender: { stream: new Stream(track) } });
    both.receiver.start();

    await both.link.deliver();

    expect(codes(both.receiverEnds)).toEqual(["ended by peer"]);
    expect(track.viewers()).toEqual([]);
  });

  test("before the receiver started keeps it from starting", () => {
    const both = pair();

    both.receiver.lost("the other side closed the connection");
    both.receiver.start();

    expect(both.link.b.history).toEqual([]);
  });
});
