import { connect, type Socket } from "node:net";
import { systemClock } from "../../src/time.ts";
import {
  decodeMessage,
  encodeHello,
  encodePing,
  encodePong,
  encodeStream,
  framedVideo,
  withLength,
} from "../../src/wire.ts";
import { waitFor } from "../support/wait.ts";

const LENGTH_BYTES = 8;
const HELLO = { role: "sender", name: "attacker", program: "x", codecs: [], maxDelayMs: null, adapts: false } as const;
const STREAM = {
  ...({ state: "live", name: "attacker", codec: "h264", width: 320, height: 180, error: null } as const),
  ...({ restarts: 0, hops: 0, rendition: 0, form: "original" } as const),
};

/** What is below a sender's limit, 2048. */
const MESSAGES_PER_SECOND = 1800;
const TINY_AT_ONCE = 200;

/** A sender of H.264 that says what it likes. */
export class HostileSender implements Disposable {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #sequence = 0;
  /** When the pings were sent that were answered. */
  readonly #answered = new Set<number>();
  /** How far its clock is ahead, by what it answers to pings; null where it answers none. */
  aheadMicros: number | null = null;

  /** @param socket on which a lanvid receives; it is greeted */
  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.write(withLength(encodeHello(HELLO)));
    socket.write(withLength(encodeStream(STREAM)));
  }

  /** Connects to a `lanvid receive`. */
  static connect(port: number): Promise<HostileSender> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1", () => resolve(new HostileSender(socket)));
      socket.once("error", reject);
    });
  }

  /** Writes a frame; settles when the other side has read it and turned its loop. */
  async frame(bytes: Uint8Array, isKey = true): Promise<void> {
    this.write(bytes, { isKey, isPreroll: false, capturedAt: systemClock.micros() });
    await this.pong();
  }

  /** Writes a frame that claims what it likes. */
  write(
    bytes: Uint8Array,
    { isKey, isPreroll, capturedAt }: { isKey: boolean; isPreroll: boolean; capturedAt: number },
  ): void {
    this.#sequence += 1;
    const frame = { sequence: this.#sequence, capturedAt, isKey, bytes };
    this.#socket.write(framedVideo(frame, { isPreroll, wantsAck: true }));
  }

  /**
   * Writes frames of a byte whose time stands still, with `filling` between one and the next, as fast as a sender may;
   * settles when all were read.
   */
  async tinyFrames(count: number, filling: Uint8Array): Promise<void> {
    const startedAt = performance.now();
    for (let left = count; left > 0; left -= TINY_AT_ONCE) {
      const frames = Array.from({ length: Math.min(left, TINY_AT_ONCE) }, () => {
        this.#sequence += 1;
        const frame = { sequence: this.#sequence, capturedAt: 1, isKey: this.#sequence === 1, bytes: Uint8Array.of(1) };
        return [framedVideo(frame, { isPreroll: false, wantsAck: false }), filling];
      });
      await new Promise<void>((resolve) => this.#socket.write(Buffer.concat(frames.flat()), () => resolve()));
      const written = 2 * (count - left + frames.length);
      await Bun.sleep(startedAt + (written * 1000) / MESSAGES_PER_SECOND - performance.now());
    }
    await this.pong();
  }

  /** Settles when a ping was answered. */
  async pong(): Promise<void> {
    const sentAt = systemClock.micros();
    this.#socket.write(withLength(encodePing(sentAt)));
    await waitFor("an answer", () => this.#answered.has(sentAt));
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    while (this.#received.length >= LENGTH_BYTES) {
      const end = LENGTH_BYTES + Number(this.#received.readBigUInt64LE(0));
      if (this.#received.length < end) {
        return;
      }
      const message = decodeMessage(new Uint8Array(this.#received.subarray(LENGTH_BYTES, end)));
      this.#received = this.#received.subarray(end);
      if (message.kind === "pong") {
        this.#answered.add(message.sentAt);
      } else if (message.kind === "ping" && this.aheadMicros !== null) {
        const theirs = systemClock.micros() + this.aheadMicros;
        this.#socket.write(withLength(encodePong(message.sentAt, theirs, theirs)));
      }
    }
  }
}
