import { MessageReader } from "../../src/net.ts";
import { decodeMessage } from "../../src/wire.ts";
import { ack, hello, Peer, ping, socketFrame, UPGRADE } from "./peer.ts";

const PING_MS = 500;
const WS_BINARY = 0x82;

/** A viewer that acknowledges what another one got, read or not. */
export interface Liar {
  readonly peer: Peer;
  say(message: Uint8Array): void;
}

/** Over TCP. */
export async function tcpLiar(port: number): Promise<Liar> {
  const peer = await Peer.connect(port);
  peer.write(hello(["mjpeg"]));
  return { peer, say: (message) => peer.write(message) };
}

/** Over a WebSocket, whose messages have no length. */
export async function socketLiar(http: number): Promise<Liar> {
  const peer = await Peer.connect(http);
  const say = (message: Uint8Array) => peer.write(socketFrame(WS_BINARY, message.subarray(8)));
  peer.write(`${UPGRADE}\r\n`);
  say(hello(["mjpeg"]));
  return { peer, say };
}

/**
 * One honest viewer, and others that acknowledge each frame as soon as that one has it. All of them must have joined before
 * the source gave its first frame: so they are sent the same ones.
 */
export class Conspiracy implements Disposable {
  /** Of the newest frame that the honest one got. */
  sequence = 0;
  readonly #liars: readonly Liar[];
  readonly #honest: Peer;
  readonly #pinging: ReturnType<typeof setInterval>;

  private constructor(liars: readonly Liar[], honest: Peer) {
    this.#liars = liars;
    this.#honest = honest;
    this.#pinging = setInterval(() => this.#say(ping()), PING_MS);
  }

  static async begin(port: number, liars: readonly Liar[]): Promise<Conspiracy> {
    const reader = new MessageReader({ acceptsVideo: true, onMessage: (payload) => conspiracy.#hear(payload) });
    const honest = await Peer.connect(port, { onData: (chunk) => reader.push(chunk, 0) });
    const conspiracy = new Conspiracy(liars, honest);
    honest.write(hello(["mjpeg"]));
    return conspiracy;
  }

  /** The liars read no more. */
  stopReading(): void {
    for (const { peer } of this.#liars) {
      peer.pause();
    }
  }

  #hear(payload: Uint8Array): void {
    const message = decodeMessage(payload);
    if (message.kind === "video") {
      this.sequence = message.video.sequence;
      this.#say(ack(this.sequence));
    }
  }

  #say(message: Uint8Array): void {
    this.#honest.write(message);
    for (const { say } of this.#liars) {
      say(message);
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#pinging);
    this.#honest.close();
    for (const { peer } of this.#liars) {
      peer.close();
    }
  }
}
