import { heapStats } from "bun:jsc";
import { afterEach, describe, expect, test } from "bun:test";
import { Limits } from "../src/access/limits.ts";
import type { LanvidError } from "../src/errors.ts";
import { type Connection, dial, type Listener, type ListenOptions, listen } from "../src/net.ts";
import { MIB } from "../src/units.ts";
import { HandClock } from "./support/hand-clock.ts";
import { RawPeer } from "./support/raw-peer.ts";
import { waitFor } from "./support/wait.ts";

const cleanUps: (() => void)[] = [];

afterEach(() => {
  for (const cleanUp of cleanUps.splice(0).reverse()) {
    cleanUp();
  }
});

interface Server {
  readonly listener: Listener;
  readonly connections: Connection[];
  readonly refused: string[];
}

function serve(options: Partial<ListenOptions> = {}): Server {
  const connections: Connection[] = [];
  const refused: string[] = [];
  const listener = listen({
    port: 0,
    hostname: "127.0.0.1",
    admits: () => true,
    onConnection: (connection) => connections.push(connection),
    onRefused: (address) => refused.push(address),
    ...options,
  });
  cleanUps.push(
    () => listener.stop(),
    () => {
      for (const connection of connections) {
        connection.close();
      }
    },
  );
  return { listener, connections, refused };
}

function connect(listener: Listener): RawPeer {
  const peer = new RawPeer(listener.port);
  cleanUps.push(() => peer.close());
  return peer;
}

/** Notes what arrives on a connection, and why it ended. */
function note(connection: Connection): { chunks: Uint8Array[]; reasons: string[] } {
  const notes = { chunks: [] as Uint8Array[], reasons: [] as string[] };
  connection.handle({ data: (chunk) => notes.chunks.push(chunk), closed: (reason) => notes.reasons.push(reason) });
  return notes;
}

/** Sockets of `Bun.listen` that are still referenced. */
function socketsInMemory(): number {
  Bun.gc(true);
  return heapStats().objectTypeCounts["TCPSocket"] ?? 0;
}

async function failure(run: () => unknown): Promise<LanvidError | null> {
  try {
    await run();
    return null;
  } catch (error) {
    return error as LanvidError;
  }
}

describe("a connection", () => {
  test("brings a big frame whole to a peer that reads slowly, and what follows in order", async () => {
    const { listener, connections } = serve();
    const peer = connect(listener);
    peer.socket.pause();
    const connection = await waitFor("the connection", () => connections[0]);
    const big = Uint8Array.from({ length: 8 * MIB }, (_, index) => (index * 31) % 251);
    const chunkSizes: number[] = [];
    peer.socket.on("data", (chunk: Uint8Array) => {
      // Reads a little, then lets the writer feel it.
      chunkSizes.push(chunk.length);
      peer.socket.pause();
      setImmediate(() => peer.socket.resume());
    });

    connection.write(big);
    connection.write(Uint8Array.of(1, 2, 3));
    connection.write(Uint8Array.of(4, 5));
    connection.close();
    peer.socket.resume();

    await waitFor("the end", () => peer.isClosed);
    expect(chunkSizes.length).toBeGreaterThan(10);
    expect(Buffer.compare(peer.received, Buffer.concat([big, Uint8Array.of(1, 2, 3, 4, 5)]))).toBe(0);
  });

  test("ends for a peer that is silent, with that reason, and not for one that speaks", async () => {
    const clock = new HandClock();
    const { listener, connections } = serve({ silenceMs: 300, clock });
    const silent = connect(listener);
    const first = note(await waitFor("the connection", () => connections[0]));
    const speaking = connect(listener);
    const second = note(await waitFor("another connection", () => connections[1]));
    const speak = async () => {
      const before = second.chunks.length;
      speaking.write("x");
      await waitFor("a word", () => second.chunks.length > before);
    };

    clock.advance(299);
    await speak();
    expect(first.reasons).toEqual([]);
    clock.advance(1);
    await waitFor("the silent one's end", () => silent.isClosed);
    clock.advance(298);
    await speak();
    clock.advance(299);

    expect(first.reasons).toEqual(["silent for 0.3 s"]);
    expect(second.reasons).toEqual([]);
  });

  test("is closed without a byte for a peer that may not connect", async () => {
    const { listener, connections, refused } = serve({ admits: (address) => address !== "127.0.0.1" });
    const peer = connect(listener);

    await waitFor("the end", () => peer.isClosed);

    expect(refused).toEqual(["127.0.0.1"]);
    expect(connections).toEqual([]);
    expect(peer.receivedByteCount).toBe(0);
  });

  test("knows an IPv4 peer by its IPv4 address, also on an IPv6 socket", async () => {
    const { listener, connections } = serve({ hostname: "::" });
    connect(listener);

    const connection = await waitFor("the connection", () => connections[0]);

    expect(connection.address).toBe("127.0.0.1");
  });

  test("keeps what came before anybody took it", async () => {
    const { listener, connections } = serve();
    const peer = connect(listener);
    peer.write("early");
    const connection = await waitFor("the connection", () => connections[0]);
    const other = connect(listener);
    other.write("later");
    const otherNotes = note(await waitFor("another connection", () => connections[1]));
    await waitFor("the other's bytes", () => otherNotes.chunks.length > 0);

    const notes = note(connection);
    await waitFor("the bytes", () => notes.chunks.length > 0);

    expect(Buffer.concat(notes.chunks).toString()).toBe("early");
  });

  test("says once that the peer is gone, also to one who asks late", async () => {
    const { listener, connections } = serve();
    const peer = connect(listener);
    const connection = await waitFor("the connection", () => connections[0]);
    const notes = note(connection);

    peer.close();
    await waitFor("the end", () => notes.reasons.length > 0);
    connection.write(Uint8Array.of(1));
    connection.close();

    expect(notes.reasons).toEqual(["the other side closed the connection"]);
    expect(note(connection).reasons).toEqual(["the other side closed the connection"]);
  });

  test("is cut when closing takes more than a second, because the peer reads nothing", async () => {
    const clock = new HandClock();
    const { listener, connections } = serve({ clock });
    const peer = connect(listener);
    peer.socket.pause();
    const connection = await waitFor("the connection", () => connections[0]);
    const notes = note(connection);

    connection.write(new Uint8Array(32 * MIB));
    connection.close();
    await clock.pass(999);
    expect(notes.reasons).toEqual([]);
    await clock.pass(1);
    await waitFor("the end", () => notes.reasons.length > 0);
  });

  test("leaves nothing behind once it is closed, not even for a moment", async () => {
    const { listener, connections } = serve();
    const peers = Array.from({ length: 100 }, () => connect(listener));
    await waitFor("them", () => connections.length === peers.length);
    const reasons = connections.map((connection) => note(connection).reasons);

    for (const connection of connections.splice(0)) {
      connection.close();
    }
    await waitFor("their end", () => reasons.every(({ length }) => length === 1));

    // The collector takes for referenced what looks so on the stack: some of them stay.
    await waitFor("the sockets to be collected", () => socketsInMemory() < peers.length / 2, 500);
  });

  test("ends for a peer that makes us answer and reads nothing, before that takes memory", async () => {
    const { listener, connections } = serve();
    const peer = connect(listener);
    peer.socket.pause();
    const connection = await waitFor("the connection", () => connections[0]);
    const notes = note(connection);

    connection.write(new Uint8Array(32 * MIB));
    for (let count = 0; count < 2000; count++) {
      connection.send(new Uint8Array(32));
    }

    expect(notes.reasons).toEqual(["the other side does not read what it is sent"]);
    await waitFor("the end", () => {
      peer.socket.resume();
      return peer.isClosed;
    });
  });
});

describe("listening", () => {
  test("accepts 128 in one go, or for 50 ms, so that those who are there need not wait, and resets the others", async () => {
    const said: string[] = [];
    const limits = new Limits({ maxConnections: 1000, maxPerAddress: 1000, maxHandshakes: 1000 }, (reason) => {
      said.push(reason);
    });
    const clock = new HandClock();
    const { listener, connections } = serve({
      limits,
      clock,
      onConnection(connection) {
        connections.push(connection);
        clock.advance(1);
      },
    });
    const peers = Array.from({ length: 200 }, () => connect(listener));

    const closed = () => peers.filter(({ isClosed }) => isClosed).length;
    await waitFor("each to be taken or turned away", () => connections.length + closed() === peers.length);
    const taken = connections.length;
    const late = connect(listener);
    await waitFor("another, in a turn of its own", () => connections.length === taken + 1);

    expect(taken).toBeGreaterThanOrEqual(128);
    expect(closed()).toBeGreaterThan(0);
    expect(new Set(said)).toEqual(new Set(["too-many-at-once"]));
    expect(late.socket.remotePort).toBe(listener.port);
    expect(late.isClosed).toBe(false);
    expect(limits.connections).toBe(taken + 1);
  });

  test("fails on a port that is taken", async () => {
    const { listener } = serve();

    const error = await failure(() => serve({ port: listener.port }));

    expect(error?.code).toBe("port-taken");
    expect(error?.message).toContain(String(listener.port));
  });

  test("fails on an address that is not this machine's", async () => {
    const error = await failure(() => serve({ hostname: "192.0.2.1" }));

    expect(error?.code).toBe("cannot-listen");
  });
});

describe("dialling", () => {
  const { signal } = new AbortController();

  test("connects", async () => {
    const { listener, connections } = serve();

    const connection = await dial({ host: "127.0.0.1", port: listener.port }, { signal });
    const notes = note(await waitFor("the connection", () => connections[0]));
    connection.write(Uint8Array.of(7));
    await waitFor("a byte", () => notes.chunks.length > 0);
    connection.close();

    await waitFor("the end", () => notes.reasons.length > 0);
    expect(notes.chunks).toEqual([Buffer.of(7)]);
  });

  test("fails where nobody listens, and says what to do", async () => {
    const { listener } = serve();
    const { port } = listener;
    listener.stop();

    const error = await failure(() => dial({ host: "127.0.0.1", port }, { signal }));

    expect(error?.code).toBe("cannot-connect");
    expect(error?.message).toBe(`cannot connect to 127.0.0.1:${port}: no program listens there`);
    expect(error?.hint).toContain("lanvid serve");
  });

  test.each(["before", "while"])("fails when it is aborted %s it connects, and leaves no connection", async (when) => {
    const { listener, connections } = serve();
    const controller = new AbortController();
    if (when === "before") {
      controller.abort();
    }

    const dialling = failure(() => dial({ host: "127.0.0.1", port: listener.port }, { signal: controller.signal }));
    controller.abort();

    expect((await dialling)?.code).toBe("cannot-connect");
    if (when === "while") {
      const notes = note(await waitFor("the connection", () => connections[0]));
      await waitFor("its end", () => notes.reasons.length > 0);
    }
  });
});
