import { LENGTH_BYTES, MAX_CONTROL_BYTES, MAX_PAYLOAD_BYTES } from "../../src/wire.ts";
import { ack, claim, hello, openOf, Peer, ping } from "./peer.ts";
import type { Attack, Target } from "./siege.ts";

/** Attacks on the stream's port. */

const AT_ONCE = 50;

/** Does something over and over, several at a time, until the time is over. */
export async function keepOn({ seconds }: Target, act: () => Promise<void>, atOnce = AT_ONCE): Promise<number> {
  const end = performance.now() + seconds * 1000;
  let times = 0;
  const one = async () => {
    while (performance.now() < end) {
      await act();
      times += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  return times;
}

/** Makes many connections, some at a time. */
export async function many(count: number, make: () => Promise<Peer>): Promise<Peer[]> {
  const peers: Peer[] = [];
  while (peers.length < count) {
    peers.push(...(await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - peers.length) }, make))));
  }
  return peers;
}

/** Settles when the peer was closed. @throws Error when it still is not after 15 s */
export async function closed(peer: Peer, what: string): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (!peer.isClosed) {
    if (performance.now() > deadline) {
      throw new Error(`${what}: the connection is still open`);
    }
    await Bun.sleep(5);
  }
}

function over({ seconds }: Target): () => boolean {
  const end = performance.now() + seconds * 1000;
  return () => performance.now() > end;
}

/** Writes these bytes on connections of their own; each must be closed for it. */
async function allRefused(target: Target, cases: readonly (readonly [string, readonly Uint8Array[]])[]) {
  return keepOn(
    target,
    async () => {
      for (const [what, chunks] of cases) {
        const peer = await Peer.connect(target.port);
        for (const chunk of chunks) {
          peer.write(chunk);
        }
        await closed(peer, what);
        peer.close();
      }
    },
    4,
  );
}

const silence: Attack = {
  name: "connections that say nothing",
  async run({ port, count, seconds }) {
    const peers = await many(count, () => Peer.connect(port));
    await Bun.sleep(seconds * 1000);
    const open = openOf(peers);
    for (const peer of peers) {
      peer.close();
    }
    return `${count} connections, ${open} still open after ${seconds} s`;
  },
};

const slowHello: Attack = {
  name: "slowloris: a hello byte by byte",
  async run(target) {
    const peers = await many(target.count / 10, () => Peer.connect(target.port));
    const bytes = hello();
    let at = 0;
    const isOver = over(target);
    while (!isOver()) {
      for (const peer of peers) {
        peer.write(bytes.subarray(at, at + 1));
      }
      at = Math.min(at + 1, bytes.length - 2);
      await Bun.sleep(50);
    }
    for (const peer of peers) {
      peer.close();
    }
    return `${peers.length} connections, ${at} bytes each`;
  },
};

/** Connects, says something and is gone before the answer, as fast as that goes. */
export function flood(name: string, port: "port" | "http", bytes: Uint8Array): Attack {
  return {
    name,
    async run(target) {
      const times = await keepOn(target, async () => {
        const peer = await Peer.connect(target[port]);
        peer.write(bytes);
        await new Promise(setImmediate);
        peer.close();
      });
      return `${times} times`;
    },
  };
}

const lengths: Attack = {
  name: "lengths from 0 to 2⁶⁴",
  async run(target) {
    const claims = [0n, 1n << 32n, 1n << 53n, 1n << 63n, (1n << 64n) - 1n, BigInt(MAX_PAYLOAD_BYTES) + 1n];
    const first = claims.map((length) => [`${length} first`, [claim(length, Uint8Array.of(1))]] as const);
    const later = claims.map((length) => [`${length} later`, [hello(), claim(length, Uint8Array.of(4))]] as const);
    const video = [hello(), claim(BigInt(MAX_PAYLOAD_BYTES), Uint8Array.of(3))];
    const control = [hello(), claim(BigInt(MAX_CONTROL_BYTES) + 1n, Uint8Array.of(5))];
    const times = await allRefused(target, [...first, ...later, ["64 MiB of video", video], ["a long ping", control]]);
    return `${times} × ${first.length + later.length + 2} connections, all closed`;
  },
};

const oversized: Attack = {
  name: "64 MiB messages of an unknown kind",
  async run(target) {
    const isOver = over(target);
    const body = new Uint8Array(1 << 20);
    const peers = await many(8, () => Peer.connect(target.port));
    let messages = 0;
    await Promise.all(
      peers.map(async (peer) => {
        peer.write(hello());
        while (!isOver() && !peer.isClosed) {
          peer.write(claim(BigInt(MAX_PAYLOAD_BYTES), Uint8Array.of(0x1f)));
          const from = peer.sentBytes;
          await peer.pour(body, () => isOver() || peer.sentBytes - from >= MAX_PAYLOAD_BYTES - 1);
          messages += 1;
        }
      }),
    );
    const sent = peers.reduce((sum, { sentBytes }) => sum + sentBytes, 0);
    for (const peer of peers) {
      await closed(peer, "a flood");
    }
    return `${messages} messages, ${(sent / 1e6).toFixed(1)} MB were taken`;
  },
};

const overlapping: Attack = {
  name: "messages that overlap, repeat and end early",
  async run(target) {
    const whole = hello();
    const twice = Buffer.concat([whole, whole]);
    const short = claim(BigInt(whole.length - LENGTH_BYTES - 20), whole.subarray(LENGTH_BYTES));
    const nested = claim(BigInt(whole.length), whole);
    const long = claim(4000n, new Uint8Array(Buffer.concat([whole.subarray(LENGTH_BYTES), new Uint8Array(4000)])));
    const times = await allRefused(target, [
      ["a hello twice", [twice]],
      ["a hello that is longer than its length", [short]],
      ["a hello in a hello", [nested]],
      ["a hello that swallows what follows", [long]],
      ["an acknowledgement first", [ack(1)]],
    ]);
    return `${times} × 5 connections, all closed`;
  },
};

const falseAcks: Attack = {
  name: "acknowledgements of frames never sent",
  async run(target) {
    const far = [1e6, 2 ** 32, 2 ** 53 - 1].map((number) => [`${number}`, [hello(), ack(number)]] as const);
    const later = [hello(), ping(), ack(0), ack(0), ack(2 ** 40)];
    const times = await allRefused(target, [...far, ["backward, then far ahead", later]]);
    return `${times} × 4 connections, all closed`;
  },
};

const oldAcks: Attack = {
  name: "the same old acknowledgement without end",
  async run(target) {
    const peer = await Peer.connect(target.port);
    peer.write(hello());
    await peer.pour(Buffer.concat(new Array(1000).fill(ack(0))), over(target));
    await closed(peer, "a flood of acknowledgements");
    return `${(peer.sentBytes / 1e6).toFixed(1)} MB were taken`;
  },
};

const pingFlood: Attack = {
  name: "pings without end",
  async run(target) {
    const bytes = Buffer.concat(new Array(1000).fill(ping()));
    let sent = 0;
    const times = await keepOn(
      target,
      async () => {
        const peer = await Peer.connect(target.port);
        peer.write(hello());
        await peer.pour(bytes, over({ ...target, seconds: 10 }));
        await closed(peer, "a flood of pings");
        sent += peer.sentBytes;
      },
      8,
    );
    return `${times} connections, ${(sent / 1e6).toFixed(1)} MB were taken, all closed`;
  },
};

const deaf: Attack = {
  name: "viewers that never read",
  async run(target) {
    const peers = await many(target.count / 10, () => Peer.connect(target.port, { reads: false }));
    const isOver = over(target);
    for (const peer of peers) {
      peer.write(hello());
    }
    while (!isOver()) {
      for (const peer of peers) {
        peer.write(ping());
      }
      await Bun.sleep(100);
    }
    for (const peer of peers) {
      peer.close();
    }
    return `${peers.length} viewers`;
  },
};

const codecs: Attack = {
  name: "hellos that ask for every form",
  async run(target) {
    const wishes = [["mjpeg"], ["h264"], ["h264", "mjpeg"], ["bgr24"], Array(16).fill("mjpeg"), Array(16).fill("x")];
    let turn = 0;
    const times = await keepOn(
      target,
      async () => {
        const peer = await Peer.connect(target.port);
        peer.write(hello(wishes[turn++ % wishes.length] as string[], turn % 2 === 0));
        await Bun.sleep(50);
        peer.close();
      },
      20,
    );
    return `${times} hellos`;
  },
};

export const STREAM_ATTACKS: readonly Attack[] = [
  silence,
  slowHello,
  flood("hello, and gone", "port", hello()),
  lengths,
  oversized,
  overlapping,
  falseAcks,
  oldAcks,
  pingFlood,
  deaf,
  codecs,
];
