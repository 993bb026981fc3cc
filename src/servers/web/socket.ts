import type { ServerWebSocket, WebSocketHandler } from "bun";
import type { Packet } from "../../media.ts";
import type { Clock, Timer } from "../../time.ts";
import { MAX_CONTROL_BYTES, ProtocolError, type Sending, type Transport, videoPayload } from "../../wire.ts";
import { MAX_WAITING_BYTES, type Receiver, type Receivers } from "./receivers.ts";

/** How long a closing WebSocket may take to send what is left, ms. */
const LINGER_MS = 1000;
/** What Bun keeps with a WebSocket. */
export interface SocketData {
  readonly address: string;
  /** Gives its place free. */
  readonly leave: () => void;
  peer?: Peer;
}

interface Peer {
  readonly transport: SocketTransport;
  readonly receiver: Receiver;
}

/** All WebSockets: each is a session with one receiver, its messages those of the TCP link without the length. */
export class Sockets {
  readonly #receivers: Receivers;

  constructor(receivers: Receivers) {
    this.#receivers = receivers;
  }

  /** What `Bun.serve` calls. */
  readonly handler: WebSocketHandler<SocketData> = {
    data: {} as SocketData,
    perMessageDeflate: false,
    maxPayloadLength: MAX_CONTROL_BYTES,
    backpressureLimit: MAX_WAITING_BYTES,
    closeOnBackpressureLimit: true,
    // `Receivers` is stricter, and knows what a receiver owes us.
    idleTimeout: 60,
    open: (socket) => this.#open(socket),
    message: ({ data: { peer } }, data) => receive(peer, data),
    // Bun answers them; they are no sign of a receiver, and cost us time.
    ping: ({ data: { peer } }, data) => pinged(peer, data.length),
    pong: ({ data: { peer } }, data) => void peer?.receiver.spend(data.length),
    drain: ({ data: { peer } }) => peer?.transport.drained(),
    close: ({ data }) => closed(data),
  };

  #open(socket: ServerWebSocket<SocketData>): void {
    const transport = new SocketTransport(socket, this.#receivers.clock);
    socket.data.peer = { transport, receiver: this.#receivers.open(transport, "page", socket.data.address) };
  }
}

function receive(peer: Peer | undefined, data: string | Buffer): void {
  if (typeof data === "string") {
    peer?.receiver.session.fail(
      new ProtocolError("text-message", "a message is text, all of this protocol are binary"),
    );
  } else {
    peer?.receiver.receive(data);
  }
}

function pinged(peer: Peer | undefined, bytes: number): void {
  if (peer?.receiver.spend(bytes) === true) {
    peer.receiver.session.endIfUnread();
  }
}

function closed({ peer, leave }: SocketData): void {
  leave();
  if (peer !== undefined) {
    peer.transport.closed();
    peer.receiver.session.lost("the browser closed the connection");
  }
}

/** Carries a session's messages over a WebSocket. Sending on a closed one does nothing. */
class SocketTransport implements Transport {
  readonly #socket: ServerWebSocket<SocketData>;
  readonly #clock: Clock;
  #lingerTimer: Timer | undefined;

  constructor(socket: ServerWebSocket<SocketData>, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
  }

  send(payload: Uint8Array): void {
    if (this.#socket.readyState !== WebSocket.OPEN || this.#lingerTimer !== undefined) {
      return;
    }
    // -1: Bun queued it and sends it as it can. 0: it was dropped, and whoever misses a message can't go on.
    if (this.#socket.sendBinary(payload as Uint8Array<ArrayBuffer>) === 0) {
      this.#socket.terminate();
    }
  }

  sendVideo(frame: Packet, sending: Sending): void {
    this.send(videoPayload(frame, sending));
  }

  get waitingBytes(): number {
    return this.#socket.getBufferedAmount();
  }

  /** What waits goes out first: Bun would keep it for a peer that does not read, and no more be told to end that. */
  close(): void {
    if (this.#socket.readyState !== WebSocket.OPEN || this.#lingerTimer !== undefined) {
      return;
    }
    if (this.waitingBytes === 0) {
      this.#socket.close(1000);
    } else {
      this.#lingerTimer = this.#clock.after(LINGER_MS, () => this.#socket.terminate());
    }
  }

  /** Nothing waits any more. */
  drained(): void {
    if (this.#lingerTimer !== undefined && this.waitingBytes === 0) {
      this.#socket.close(1000);
    }
  }

  /** The connection is gone. */
  closed(): void {
    this.#lingerTimer?.[Symbol.dispose]();
  }
}
