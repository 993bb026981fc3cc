/**
 * The receiving side of bench/viewers.ts, a program of its own on one thread: viewers that say hello, acknowledge each
 * frame and ping twice a second as `watch` does, keep no picture, and note when each frame's last byte came.
 * Arguments: `tcp` or `ws`, port, how many.
 */

import { systemClock } from "../../src/time.ts";
import { encodeAck, encodeHello, encodePing, Kind, LENGTH_BYTES, withLength } from "../../src/wire.ts";
import { hear, say } from "../runner/child.ts";
import { spreadOf } from "../runner/figures.ts";
import { addressOf, connectTo, discard, disconnect, ReadableSet, readInto, readSome, write } from "./viewers-libc.ts";

const PING_MS = 500;
/** Bytes of a payload that are looked at: kind, flags, sequence and time of capture. */
const PAYLOAD_HEAD_BYTES = 24;
/** RFC 6455, 5.2: a server's frame begins with 2, 4 or 10 bytes. */
const MAX_WS_HEAD_BYTES = 10;
const WS_BINARY = 0x82;
/** How long to stay in one loop before commands are looked for, ms. */
const TURN_MS = 20;

const isWebSocket = process.argv[2] === "ws";
const [port, count] = [Number(process.argv[3]), Number(process.argv[4])];
/** Every message of a server is at least that long, so that its head can be read without looking. */
const HEAD_BYTES = PAYLOAD_HEAD_BYTES + (isWebSocket ? MAX_WS_HEAD_BYTES : LENGTH_BYTES);

const readable = new ReadableSet();
const viewers: LoadViewer[] = [];
let delays: number[] = [];
let gaps = 0;
let connected = 0;

/** The message as bytes on the connection. A client's WebSocket frames are masked, and a mask of zeros changes nothing. */
function onWire(payload: Uint8Array): Uint8Array {
  if (!isWebSocket) {
    return withLength(payload);
  }
  const length = payload.length < 126 ? [0x80 | payload.length] : [0xfe, payload.length >> 8, payload.length & 0xff];
  return Uint8Array.from([WS_BINARY, ...length, 0, 0, 0, 0, ...payload]);
}

/** Cuts one connection's bytes into messages, of which only the heads are copied out of the kernel. */
class LoadViewer {
  readonly #fd: number;
  readonly #head = new Uint8Array(HEAD_BYTES);
  readonly #view = new DataView(this.#head.buffer);
  readonly #headAt = addressOf(this.#head);
  #headFill = 0;
  #rest = 0;
  #isVideo = false;
  #wantsAck = false;
  #lastSequence = 0;
  #capturedAt = 0;
  #isClosed = false;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Reads what is there. @returns the newest frame that is to be acknowledged, is whole now and was not before; or 0 */
  read(): number {
    let whole = 0;
    while (!this.#isClosed) {
      const wanted = this.#rest > 0 ? this.#rest : HEAD_BYTES - this.#headFill;
      const got =
        this.#rest > 0 ? discard(this.#fd, wanted) : readInto(this.#fd, this.#headAt + this.#headFill, wanted);
      if (got === 0) {
        this.#close();
      }
      if (got <= 0) {
        break;
      }
      if (this.#rest > 0) {
        this.#rest -= got;
      } else {
        this.#headFill += got;
        if (this.#headFill === HEAD_BYTES) {
          this.#headFill = 0;
          this.#rest = this.#readHead();
        }
      }
      if (this.#rest === 0 && this.#headFill === 0 && this.#isVideo) {
        whole = this.#wantsAck ? this.#lastSequence : whole;
        this.#noteArrival();
      }
      if (got < wanted) {
        break;
      }
    }
    return whole;
  }

  write(message: Uint8Array): void {
    if (!this.#isClosed && !write(this.#fd, message)) {
      this.#close();
    }
  }

  /** @returns bytes of the message that are still to come */
  #readHead(): number {
    const [payloadAt, length] = isWebSocket ? this.#webSocketHead() : [LENGTH_BYTES, this.#view.getUint32(0, true)];
    this.#isVideo = this.#head[payloadAt] === Kind.video;
    if (this.#isVideo) {
      const sequence = this.#view.getUint32(payloadAt + 8, true);
      const flags = this.#head[payloadAt + 1] as number;
      const isJoining = (flags & 2) !== 0;
      this.#wantsAck = (flags & 4) === 0;
      gaps += this.#lastSequence === 0 || isJoining ? 0 : sequence - this.#lastSequence - 1;
      this.#lastSequence = sequence;
      this.#capturedAt =
        this.#view.getUint32(payloadAt + 20, true) * 2 ** 32 + this.#view.getUint32(payloadAt + 16, true);
    }
    return payloadAt + length - HEAD_BYTES;
  }

  #webSocketHead(): readonly [number, number] {
    const length = (this.#head[1] as number) & 0x7f;
    if (this.#head[0] !== WS_BINARY) {
      throw new Error(`a WebSocket was closed: ${new TextDecoder().decode(this.#head.subarray(4))}`);
    }
    if (length < 126) {
      return [2, length];
    }
    return length === 126 ? [4, this.#view.getUint16(2, false)] : [10, this.#view.getUint32(6, false)];
  }

  #noteArrival(): void {
    this.#isVideo = false;
    delays.push((systemClock.micros() - this.#capturedAt) / 1000);
  }

  #close(): void {
    this.#isClosed = true;
    connected -= 1;
    disconnect(this.#fd);
  }
}

/** A hello, or the request for a WebSocket and then a hello; as soon as that is answered, the connection is watched. */
function join(): void {
  const fd = connectTo(port);
  if (isWebSocket) {
    const request = Buffer.from(
      `GET /ws HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    write(fd, request);
    const answer = new TextDecoder().decode(readSome(fd));
    if (!answer.startsWith("HTTP/1.1 101") || !answer.endsWith("\r\n\r\n")) {
      throw new Error(`no WebSocket: ${answer.split("\r\n")[0]}`);
    }
  }
  write(fd, hello);
  readable.add(fd, viewers.length);
  viewers.push(new LoadViewer(fd));
  connected += 1;
}

const hello = onWire(
  encodeHello({
    role: "receiver",
    name: "bench",
    program: "lanvid-bench",
    codecs: ["h264", "mjpeg"],
    maxDelayMs: null,
    adapts: true,
  }),
);

/** Reads all that can be read now, and acknowledges then: on a network each viewer is a machine of its own. */
function turn(): void {
  const due: [LoadViewer, number][] = [];
  readable.wait(1, (id) => {
    const viewer = viewers[id] as LoadViewer;
    const sequence = viewer.read();
    if (sequence > 0) {
      due.push([viewer, sequence]);
    }
  });
  for (const [viewer, sequence] of due) {
    viewer.write(onWire(encodeAck(sequence, 0)));
  }
}

let pinged = 0;
const pingedSince = performance.now();

/** Pings of all viewers, spread over half a second. */
function ping(): void {
  const due = Math.floor(((performance.now() - pingedSince) / PING_MS) * viewers.length);
  const message = onWire(encodePing(systemClock.micros()));
  for (; pinged < due; pinged++) {
    viewers[pinged % viewers.length]?.write(message);
  }
}

void hear((word) => {
  if (word === "restart") {
    delays = [];
    gaps = 0;
  } else {
    say({ event: "figures", delays: spreadOf(delays), gaps, connected });
  }
});

let joined = 0;
for (;;) {
  const turnEndsAt = performance.now() + TURN_MS;
  do {
    turn();
  } while (performance.now() < turnEndsAt);
  if (joined < count) {
    // A few at a time: a server's queue of connections that it has not accepted yet holds some hundred.
    for (const last = Math.min(count, joined + 40); joined < last; joined++) {
      join();
    }
    pinged = Math.floor(((performance.now() - pingedSince) / PING_MS) * viewers.length);
    if (joined === count) {
      say({ event: "ready" });
    }
  }
  ping();
  await new Promise((resolve) => setImmediate(resolve));
}
