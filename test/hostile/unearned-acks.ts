import { MessageReader } from "../../src/net.ts";
import { decodeMessage } from "../../src/wire.ts";
import { ack, hello, Peer, ping, socketFrame, upgraded } from "./peer.ts";
import { SocketReader } from "./socket-reader.ts";

const PING_MS = 500;
const WS_BINARY = 0x82;

/** Tells of each frame that came, by its number. */
type Hear = (sequence: number) => void;

/** How one that lies is connected: what it says, and what it hears as long as it reads. */
export type Join = (ports: { readonly port: number; readonly http: number }, hear: Hear) => Promise<Link>;

interface Link {
  readonly peer: Peer;
  say(message: Uint8Array): void;
}

/** Over TCP. */
export async function overTcp({ port }: { readonly port: number }, hear: Hear): Promise<Link> {
  const reader = new MessageReader({ acceptsVideo: true, onMessage: (payload) => tell(payload, hear) });
  const peer = await Peer.connect(port, { onData: (chunk) => reader.push(chunk, 0) });
  peer.write(hello(["mjpeg"]));
  return { peer, say: (message) => peer.write(message) };
}

/** Over a WebSocket, whose messages have no length. */
export async function overSocket({ http }: { readonly http: number }, hear: Hear): Promise<Link> {
  const reader = new SocketReader((payload) => tell(payload, hear));
  const peer = await upgraded(http, { onData: (chunk) => reader.push(chunk) });
  const say = (message: Uint8Array) => peer.write(socketFrame(WS_BINARY, message.subarray(8)));
  say(hello(["mjpeg"]));
  return { peer, say };
}

function tell(payload: Uint8Array, hear: Hear): void {
  const message = decodeMessage(payload);
  if (message.kind === "video") {
    hear(message.video.sequence);
  }
}

/** One honest viewer, and others that are as honest, until they read no more and acknowledge what that one gets. */
export class Conspiracy implements Disposable {
  /** Of the newest frame that the honest one got. */
  sequence = 0;
  isLying = false;
  readonly #liars: readonly Link[];
  readonly #honest: Link;
  readonly #pinging: ReturnType<typeof setInterval>;

  private constructor(liars: readonly Link[], honest: Link) {
    this.#liars = liars;
    this.#honest = honest;
    this.#pinging = setInterval(() => this.#sayAll(ping()), PING_MS);
  }

  static async begin(ports: { readonly port: number; readonly http: number }, count: number, join: Join) {
    let conspiracy: Conspiracy | undefined;
    const isLying = () => conspiracy?.isLying === true;
    const liars = await Promise.all(
      Array.from({ length: count }, async () => {
        const liar: Link = await join(ports, (sequence) => isLying() || liar.say(ack(sequence)));
        return liar;
      }),
    );
    const honest: Link = await overTcp(ports, (sequence) => conspiracy?.hear(sequence));
    conspiracy = new Conspiracy(liars, honest);
    return conspiracy;
  }

  get liars(): Peer[] {
    return this.#liars.map(({ peer }) => peer);
  }

  lie(): void {
    this.isLying = true;
    for (const { peer } of this.#liars) {
      peer.pause();
    }
  }

  /** The honest one got a frame. */
  hear(sequence: number): void {
    this.sequence = sequence;
    this.#honest.say(ack(sequence));
    if (this.isLying) {
      for (const { say } of this.#liars) {
        say(ack(sequence));
      }
    }
  }

  #sayAll(message: Uint8Array): void {
    for (const { say } of [this.#honest, ...this.#liars]) {
      say(message);
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#pinging);
    for (const { peer } of [this.#honest, ...this.#liars]) {
      peer.close();
    }
  }
}
