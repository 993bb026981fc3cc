import type { ServerWebSocket, WebSocketHandler } from "bun";
import { ExitCode, forPeers, LanvidError } from "../errors.ts";
import type { Frame } from "../media.ts";
import { ReceiveBudget, SenderSession, type Transport } from "../session.ts";
import { MIB } from "../units.ts";
import { MAX_CONTROL_BYTES, MAX_PAYLOAD_BYTES, ProtocolError, type Sending, videoPayload } from "../wire.ts";
import type { ViewerOptions } from "./options.ts";

/** A receiver pings twice a second; one that says nothing for so long is gone, in ms. */
const SILENT_MS = 10_000;
const SWEEP_MS = 1000;
/** How long a closing WebSocket may take to send what is left, ms. */
const LINGER_MS = 1000;
/**
 * Frames under way to one viewer at most (SendWindow), and room for the small messages beside them. The session keeps it
 * to those that there are; this is for what the runtime itself would let through.
 */
const BACKPRESSURE_LIMIT_BYTES = 4 * MAX_PAYLOAD_BYTES + MIB;

/** What Bun keeps with a WebSocket. */
export interface SocketData {
  readonly address: string;
  /** Gives its place free. */
  readonly leave: () => void;
  peer?: Peer;
}

interface Peer {
  readonly transport: SocketTransport;
  readonly session: SenderSession;
  readonly budget: ReceiveBudget;
  heardAt: number;
}

/** All WebSockets: each is a session with one receiver, its messages those of the TCP link without the length. */
export class Sockets {
  readonly #options: ViewerOptions;
  readonly #peers = new Set<Peer>();
  readonly #sweep = setInterval(() => this.#endSilent(), SWEEP_MS);

  constructor(options: ViewerOptions) {
    this.#options = options;
  }

  /** What `Bun.serve` calls. */
  readonly handler: WebSocketHandler<SocketData> = {
    data: {} as SocketData,
    perMessageDeflate: false,
    maxPayloadLength: MAX_CONTROL_BYTES,
    backpressureLimit: BACKPRESSURE_LIMIT_BYTES,
    closeOnBackpressureLimit: true,
    // `#endSilent` is stricter, and knows what a receiver owes us.
    idleTimeout: 60,
    open: (socket) => this.#open(socket),
    message: (socket, data) => this.#message(socket, data),
    // Bun answers them; they are no sign of a receiver, and cost us time.
    ping: (socket, data) => this.#pinged(socket, data.length),
    pong: (socket, data) => void this.#spend(socket, data.length),
    drain: ({ data: { peer } }) => peer?.transport.drained(),
    close: (socket) => this.#closed(socket),
  };

  /** Says goodbye to all. */
  close(): void {
    clearInterval(this.#sweep);
    for (const { session } of [...this.#peers]) {
      session.end("shutdown", forPeers`lanvid was ended there`);
    }
  }

  #open(socket: ServerWebSocket<SocketData>): void {
    const { stream, maxDelayMs, log, refusals } = this.#options;
    const { address } = socket.data;
    const transport = new SocketTransport(socket);
    const session = new SenderSession(transport, {
      stream,
      kind: "ws",
      address,
      maxDelayMs,
      onEnd: ({ code, message, by }) => {
        log.debug(`browser ${address} left: ${message} (${code}, by ${by})`);
        if (by === "us" && code !== "ended" && code !== "shutdown") {
          refusals?.count(code);
        }
      },
    });
    const now = performance.now();
    const peer = { transport, session, heardAt: now, budget: new ReceiveBudget(now) };
    socket.data.peer = peer;
    this.#peers.add(peer);
  }

  #message(socket: ServerWebSocket<SocketData>, data: string | Buffer): void {
    const { peer } = socket.data;
    const nowMs = performance.now();
    if (peer === undefined || !this.#spend(socket, data.length, nowMs)) {
      return;
    }
    peer.heardAt = nowMs;
    if (typeof data === "string") {
      peer.session.fail(new ProtocolError("text-message", "a message is text, all of this protocol are binary"));
      return;
    }
    peer.session.receive(data, nowMs);
  }

  #pinged(socket: ServerWebSocket<SocketData>, bytes: number): void {
    if (this.#spend(socket, bytes)) {
      socket.data.peer?.session.endIfUnread();
    }
  }

  /** @returns whether it may go on */
  #spend({ data: { peer } }: ServerWebSocket<SocketData>, bytes: number, nowMs = performance.now()): boolean {
    try {
      peer?.budget.spend(bytes, nowMs);
      return true;
    } catch (error) {
      peer?.session.fail(error as LanvidError);
      return false;
    }
  }

  #closed(socket: ServerWebSocket<SocketData>): void {
    const { peer, leave } = socket.data;
    leave();
    if (peer !== undefined) {
      this.#peers.delete(peer);
      peer.transport.closed();
      peer.session.lost("the browser closed the connection");
    }
  }

  #endSilent(): void {
    const deadline = performance.now() - SILENT_MS;
    for (const { session, heardAt } of [...this.#peers]) {
      if (heardAt < deadline) {
        const message = forPeers`the viewer said nothing for ${SILENT_MS / 1000} s`;
        session.fail(new LanvidError("silent", ExitCode.connection, message, { forPeers: message }));
      }
    }
  }
}

/** Carries a session's messages over a WebSocket. Sending on a closed one does nothing. */
class SocketTransport implements Transport {
  readonly #socket: ServerWebSocket<SocketData>;
  #lingerTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(socket: ServerWebSocket<SocketData>) {
    this.#socket = socket;
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

  sendVideo(frame: Frame, sending: Sending): void {
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
      this.#lingerTimer = setTimeout(() => this.#socket.terminate(), LINGER_MS);
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
    clearTimeout(this.#lingerTimer);
  }
}
