import { connect } from "node:net";
import type { Socket } from "bun";
import { encodeAck, encodeHello, encodePing, withLength } from "../../src/wire.ts";

/** How much of what comes is kept, for those who look at it. */
const KEPT_BYTES = 64 * 1024;

export interface PeerOptions {
  /** Reads what comes; true unless told. */
  readonly reads?: boolean;
  /** Gets what comes, too. */
  readonly onData?: (chunk: Uint8Array) => void;
}

/** A peer that speaks bytes only, and as many as the kernel takes. */
export class Peer {
  isOpen = false;
  isClosed = false;
  receivedBytes = 0;
  sentBytes = 0;
  #head = "";
  #socket: Socket<undefined> | undefined;
  #refill: (() => void) | undefined;

  /** Settles when the connection is made, or turned away. */
  static async connect(port: number, options: PeerOptions = {}): Promise<Peer> {
    const peer = new Peer();
    const closed = () => {
      peer.isClosed = true;
      peer.#refill?.();
    };
    try {
      await Bun.connect({
        hostname: "127.0.0.1",
        port,
        socket: {
          open(socket) {
            peer.isOpen = true;
            peer.#socket = socket;
            if (options.reads === false) {
              socket.pause();
            }
          },
          data(_, chunk) {
            peer.receivedBytes += chunk.length;
            options.onData?.(chunk);
            if (peer.#head.length < KEPT_BYTES) {
              peer.#head += chunk.toString("latin1");
            }
          },
          drain: () => peer.#refill?.(),
          end: (socket) => void socket.end(),
          close: closed,
          error: closed,
          connectError: closed,
        },
      });
    } catch {
      closed();
    }
    return peer;
  }

  /** What came first, in Latin-1. */
  get head(): string {
    return this.#head;
  }

  /** Writes a short thing at once. */
  write(bytes: Uint8Array | string): void {
    if (!this.isClosed) {
      const taken = this.#socket?.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes) ?? 0;
      this.sentBytes += Math.max(0, taken);
    }
  }

  /** Writes the same bytes over and over, as fast as they are taken, until it is closed or told to stop. */
  async pour(bytes: Uint8Array, isOver: () => boolean): Promise<void> {
    let at = 0;
    while (!this.isClosed && !isOver()) {
      const taken = Math.max(0, this.#socket?.write(bytes.subarray(at)) ?? 0);
      this.sentBytes += taken;
      at = (at + taken) % bytes.length;
      if (at === 0) {
        await new Promise(setImmediate);
        continue;
      }
      await Promise.race([new Promise<void>((resolve) => (this.#refill = resolve)), Bun.sleep(100)]);
    }
  }

  /** Reads no more: what is sent waits in the kernels, then at the sender. */
  pause(): void {
    this.#socket?.pause();
  }

  close(): void {
    this.#socket?.terminate();
    this.isClosed = true;
  }
}

/** How many of them were not closed. */
export function openOf(peers: readonly Peer[]): number {
  return peers.filter(({ isClosed }) => !isClosed).length;
}

/** A hello as `lanvid watch` says it, with its length. */
export function hello(codecs: readonly string[] = ["mjpeg", "h264"], adapts = false): Uint8Array {
  const fields = { role: "receiver", name: "attacker", program: "x", codecs, maxDelayMs: null, adapts } as const;
  return withLength(encodeHello(fields));
}

export function ack(sequence: number): Uint8Array {
  return withLength(encodeAck(sequence, null));
}

export function ping(): Uint8Array {
  return withLength(encodePing(1));
}

/** A length, whether it can be or not, and a payload that need not be so long. */
export function claim(length: bigint, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + payload.length);
  new DataView(bytes.buffer).setBigUint64(0, length, true);
  bytes.set(payload, 8);
  return bytes;
}

/** What an HTTP server answers to these bytes, as text; what came until it closed, or fell silent. */
export function answerTo(port: number, bytes: string, quietMs = 250): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect({ host: "127.0.0.1", port });
    const finish = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(text);
    };
    let timer = setTimeout(finish, 5000);
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      clearTimeout(timer);
      timer = setTimeout(finish, quietMs);
    });
    socket.on("error", () => {});
    socket.on("close", finish);
    socket.write(Buffer.from(bytes, "latin1"));
  });
}

/** The status codes in an answer. */
export function statuses(answer: string): string {
  return [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, code]) => code).join(",") || "closed";
}

/** A WebSocket frame of a client's. @param opcode with the first bit set where it is the last of its message */
export function socketFrame(opcode: number, payload: Uint8Array, isMasked = true): Uint8Array {
  const { length } = payload;
  const [short, extended] = socketLength(length);
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([
    Uint8Array.of(opcode, short | (isMasked ? 0x80 : 0), ...extended, ...(isMasked ? [0, 0, 0, 0] : [])),
    payload,
  ]);
}

function socketLength(length: number): [number, number[]] {
  if (length < 126) {
    return [length, []];
  }
  return length < 65_536 ? [126, [length >> 8, length & 255]] : [127, [0, 0, 0, 0, ...u32(length)]];
}

function u32(value: number): number[] {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
}

export const UPGRADE =
  "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/** A WebSocket to `/ws` that is open. */
export async function upgraded(port: number, options: PeerOptions = {}): Promise<Peer> {
  const peer = await Peer.connect(port, options);
  peer.write(`${UPGRADE}\r\n`);
  const deadline = performance.now() + 5000;
  while (!peer.head.includes("\r\n\r\n") && !peer.isClosed && performance.now() < deadline) {
    await Bun.sleep(2);
  }
  return peer;
}
