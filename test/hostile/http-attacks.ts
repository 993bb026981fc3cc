import { BOMBS, type HttpCase, PATHS, SMUGGLING } from "./http-cases.ts";
import { answerTo, hello, openOf, Peer, ping, socketFrame, statuses, UPGRADE, upgraded } from "./peer.ts";
import { PIPELINING } from "./pipelining.ts";
import type { Attack } from "./siege.ts";
import { closed, flood, keepOn, many } from "./stream-attacks.ts";

/** Attacks on the page's port. */

const silence: Attack = {
  name: "HTTP connections that say nothing",
  async run({ http, count, seconds }) {
    const peers = await many(count, () => Peer.connect(http));
    await Bun.sleep(seconds * 1000);
    const open = openOf(peers);
    for (const peer of peers) {
      peer.close();
    }
    return `${count} connections, ${open} still open after ${seconds} s`;
  },
};

const slowHead: Attack = {
  name: "slowloris: a request line by line",
  async run({ http, count, seconds }) {
    const peers = await many(count / 10, () => Peer.connect(http));
    const end = performance.now() + seconds * 1000;
    for (const peer of peers) {
      peer.write("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n");
    }
    while (performance.now() < end) {
      for (const peer of peers) {
        peer.write("X: y\r\n");
      }
      await Bun.sleep(100);
    }
    const open = openOf(peers);
    for (const peer of peers) {
      peer.close();
    }
    return `${peers.length} connections, ${open} still open after ${seconds} s`;
  },
};

/** Every case, again and again; each answer is one that may come. */
function requests(name: string, cases: readonly HttpCase[]): Attack {
  return {
    name,
    async run(target) {
      const times = await keepOn(
        target,
        async () => {
          const wrong = await Promise.all(
            cases.map(async ({ name: what, bytes, may }) => {
              const status = statuses(await answerTo(target.http, bytes));
              return may.includes(status) ? null : `${what} was answered ${status}, not ${may.join(" or ")}`;
            }),
          );
          const faults = wrong.filter((line) => line !== null);
          if (faults.length > 0) {
            throw new Error(faults.join("; "));
          }
        },
        2,
      );
      return `${times} × ${cases.length} requests, all answered as they should be`;
    },
  };
}

const strangers: readonly HttpCase[] = [
  { name: "a rebinding name", bytes: "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", may: ["403"] },
  {
    name: "a name that begins like ours",
    bytes: "GET / HTTP/1.1\r\nHost: 127.0.0.1.evil.example\r\n\r\n",
    may: ["403"],
  },
  { name: "a name with a user", bytes: "GET / HTTP/1.1\r\nHost: evil@127.0.0.1\r\n\r\n", may: ["403", "400"] },
  { name: "the snapshot by a rebinding name", bytes: "GET /snapshot HTTP/1.1\r\nHost: a.evil\r\n\r\n", may: ["403"] },
  { name: "a stranger's page", bytes: `${UPGRADE}Origin: http://evil.example\r\n\r\n`, may: ["403"] },
  { name: "a page without an origin", bytes: `${UPGRADE}Origin: null\r\n\r\n`, may: ["403"] },
  { name: "our page on another port", bytes: `${UPGRADE}Origin: http://127.0.0.1:1\r\n\r\n`, may: ["403"] },
  {
    name: "a handshake without its key",
    bytes: UPGRADE.replace(/Sec-WebSocket-Key.*\r\n/, "\r\n"),
    may: ["426", "400"],
  },
];

/** Frames of a WebSocket, each of which ends it. */
const bad: readonly (readonly [string, readonly Uint8Array[]])[] = [
  ["a text message", [socketFrame(0x81, Buffer.from("hello"))]],
  ["a message of 5000 bytes", [socketFrame(0x82, new Uint8Array(5000))]],
  ["a message of 1 MiB", [socketFrame(0x82, new Uint8Array(1 << 20))]],
  ["5000 bytes in two pieces", [socketFrame(0x02, new Uint8Array(4000)), socketFrame(0x80, new Uint8Array(1000))]],
  [
    "pieces without end",
    Array.from({ length: 300 }, (_, index) => socketFrame(index === 0 ? 2 : 0, new Uint8Array(100))),
  ],
  ["a piece of nothing", [socketFrame(0x80, new Uint8Array(10))]],
  ["a frame without its mask", [socketFrame(0x82, new Uint8Array(10), false)]],
  ["a reserved bit", [socketFrame(0xc2, new Uint8Array(10))]],
  ["a reserved opcode", [socketFrame(0x83, new Uint8Array(10))]],
  ["a ping of 200 bytes", [socketFrame(0x89, new Uint8Array(200))]],
  ["a ping in pieces", [socketFrame(0x09, new Uint8Array(10))]],
  ["an acknowledgement first", [socketFrame(0x82, Uint8Array.of(4, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0))]],
  ["a hello twice", [socketFrame(0x82, hello().subarray(8)), socketFrame(0x82, hello().subarray(8))]],
  ["an empty message", [socketFrame(0x82, new Uint8Array(0))]],
];

const frames: Attack = {
  name: "WebSocket frames that may not be",
  async run(target) {
    const times = await keepOn(
      target,
      async () => {
        for (const [what, chunks] of bad) {
          const peer = await upgraded(target.http);
          for (const chunk of chunks) {
            peer.write(chunk);
          }
          await closed(peer, what);
          peer.close();
        }
      },
      4,
    );
    return `${times} × ${bad.length} WebSockets, all closed`;
  },
};

/** A flood over WebSockets that have said hello. */
function socketFlood(name: string, frame: Uint8Array): Attack {
  return {
    name,
    async run(target) {
      const bytes = Buffer.concat(new Array(1000).fill(frame));
      let sent = 0;
      const times = await keepOn(
        target,
        async () => {
          const peer = await upgraded(target.http);
          peer.write(socketFrame(0x82, hello().subarray(8)));
          const end = performance.now() + 10_000;
          await peer.pour(bytes, () => performance.now() > end);
          await closed(peer, name);
          sent += peer.sentBytes;
          peer.close();
        },
        8,
      );
      return `${times} WebSockets, ${(sent / 1e6).toFixed(1)} MB were taken, all closed`;
    },
  };
}

const deaf: Attack = {
  name: "readers of /stream and WebSockets that never read",
  async run({ http, count, seconds }) {
    const each = count / 40;
    const streams = await many(each, () => Peer.connect(http, { reads: false }));
    for (const peer of streams) {
      peer.write("GET /stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    }
    const sockets = await many(each, () => Peer.connect(http, { reads: false }));
    for (const peer of sockets) {
      peer.write(`${UPGRADE}\r\n`);
      peer.write(socketFrame(0x82, hello().subarray(8)));
    }
    await Bun.sleep(seconds * 1000);
    for (const peer of [...streams, ...sockets]) {
      peer.close();
    }
    return `${2 * each} viewers`;
  },
};

export const HTTP_ATTACKS: readonly Attack[] = [
  silence,
  slowHead,
  flood("a request, and gone", "http", Buffer.from("GET /state HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")),
  requests("requests with two ends", SMUGGLING),
  requests("paths that lead out", PATHS),
  requests("header and URL bombs", BOMBS),
  requests("strangers' pages and names", strangers),
  frames,
  socketFlood("WebSocket: our pings without end", socketFrame(0x82, ping().subarray(8))),
  socketFlood("WebSocket: its own pings without end", socketFrame(0x89, new Uint8Array(100))),
  deaf,
  ...PIPELINING,
];
