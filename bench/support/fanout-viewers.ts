/**
 * The receiving side of bench/fanout.ts, a program of its own: many viewers that count bytes, note when each frame's
 * last byte came, and, for lanvid, say hello, acknowledge and ping. Arguments: `lanvid` or `bare`, port, how many.
 */

import type { Socket } from "bun";
import { nowMicros } from "../../src/time.ts";
import {
  encodeAck,
  encodeHello,
  encodePing,
  Kind,
  LENGTH_BYTES,
  VIDEO_HEADER_BYTES,
  withLength,
} from "../../src/wire.ts";
import { hear, report } from "./child.ts";
import { spreadOf } from "./figures.ts";

const HEAD_BYTES = LENGTH_BYTES + VIDEO_HEADER_BYTES;
const PING_MS = 500;

const [mode, port, count] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const speaksLanvid = mode === "lanvid";
let delays: number[] = [];
let gaps = 0;
let connected = 0;

/** Cuts one connection's bytes into messages without keeping a picture's. */
const acknowledgements: [Socket<CountingViewer>, Uint8Array][] = [];

class CountingViewer {
  readonly #head = new Uint8Array(HEAD_BYTES);
  readonly #view = new DataView(this.#head.buffer);
  #headFill = 0;
  #skip = 0;
  #isVideo = false;
  #lastSequence = 0;

  take(socket: Socket<CountingViewer>, chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#skip === 0) {
        at += this.#readHead(chunk, at);
        continue;
      }
      const taken = Math.min(this.#skip, chunk.length - at);
      at += taken;
      this.#skip -= taken;
      if (this.#skip === 0) {
        this.#ended(socket);
      }
    }
  }

  /** Video has a header to read; of other messages only the length and kind are. */
  #readHead(chunk: Uint8Array, at: number): number {
    const wanted =
      this.#headFill < LENGTH_BYTES + 1 || this.#head[LENGTH_BYTES] !== Kind.video ? LENGTH_BYTES + 1 : HEAD_BYTES;
    const taken = Math.min(wanted - this.#headFill, chunk.length - at);
    this.#head.set(chunk.subarray(at, at + taken), this.#headFill);
    this.#headFill += taken;
    if (this.#headFill < LENGTH_BYTES + 1) {
      return taken;
    }
    this.#isVideo = this.#head[LENGTH_BYTES] === Kind.video;
    if (!this.#isVideo || this.#headFill === HEAD_BYTES) {
      this.#skip = this.#view.getUint32(0, true) + LENGTH_BYTES - this.#headFill;
      this.#headFill = 0;
    }
    return taken;
  }

  #ended(socket: Socket<CountingViewer>): void {
    if (!this.#isVideo) {
      return;
    }
    const sequence = this.#view.getUint32(16, true);
    const capturedAt = this.#view.getUint32(28, true) * 2 ** 32 + this.#view.getUint32(24, true);
    const delayMicros = nowMicros() - capturedAt;
    delays.push(delayMicros / 1000);
    gaps += this.#lastSequence === 0 ? 0 : sequence - this.#lastSequence - 1;
    this.#lastSequence = sequence;
    const wantsAck = ((this.#head[LENGTH_BYTES + 1] as number) & 4) === 0;
    if (speaksLanvid && wantsAck) {
      acknowledgeSoon(socket, withLength(encodeAck(sequence, Math.max(0, delayMicros))));
    }
  }
}

/**
 * Acknowledges once all that can be read now has been read. On a network each viewer is a machine of its own, where one
 * viewer's acknowledgement does not stand in the way of another's bytes.
 */
function acknowledgeSoon(socket: Socket<CountingViewer>, message: Uint8Array): void {
  if (acknowledgements.length === 0) {
    setImmediate(() => {
      for (const [from, bytes] of acknowledgements.splice(0)) {
        from.write(bytes);
      }
    });
  }
  acknowledgements.push([socket, message]);
}

const hello = withLength(
  encodeHello({
    role: "receiver",
    name: "bench",
    program: "lanvid-bench",
    codecs: ["mjpeg"],
    maxDelayMs: null,
    adapts: true,
  }),
);

for (let index = 0; index < count; index++) {
  await Bun.connect<CountingViewer>({
    hostname: "127.0.0.1",
    port,
    socket: {
      open(socket) {
        socket.data = new CountingViewer();
        connected += 1;
        if (speaksLanvid) {
          socket.write(hello);
          setInterval(() => socket.write(withLength(encodePing(nowMicros()))), PING_MS);
        }
      },
      data: (socket, chunk) => socket.data.take(socket, chunk),
      close() {
        connected -= 1;
      },
    },
  });
}
report({ event: "ready" });

await hear((word) => {
  if (word === "restart") {
    delays = [];
    gaps = 0;
  } else {
    report({ event: "figures", delays: spreadOf(delays), gaps, connected });
  }
});
