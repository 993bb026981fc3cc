import type { Socket, TCPSocketListener } from "bun";
import type { Limits } from "../access.ts";
import { LanvidError, messageOf } from "../errors.ts";
import { portFault } from "../sys.ts";
import { type Clock, systemClock, type Timer } from "../time.ts";
import { AcceptTurn } from "./accept-turn.ts";
import { Connection, type ConnectionOptions, plainAddress } from "./connection.ts";

/** All addresses: of both families; where the system has no IPv6, of the older one. */
const ALL_ADDRESSES = ["::", "0.0.0.0"] as const;
/** How long after the system would not let us listen once more, ms. */
const LISTEN_AGAIN_MS = 100;

export interface ListenOptions extends ConnectionOptions {
  /** 0 for any free one. */
  readonly port: number;
  /** The address to listen on; "::" takes IPv4 too. Null for all that there are. */
  readonly hostname: string | null;
  /** May this address connect? */
  readonly admits: (address: string) => boolean;
  /** How many may connect; without it, all. */
  readonly limits?: Limits;
  readonly onConnection: (connection: Connection) => void;
  /** An address that may not connect was turned away. */
  readonly onRefused: (address: string) => void;
}

export interface Listener {
  readonly port: number;
  /** The address that it listens on: "::" or "0.0.0.0" for all. */
  readonly hostname: string;
  /** Takes no more connections; those that there are stay. */
  stop(): void;
}

/**
 * Accepts TCP connections.
 * @throws LanvidError (address) when the port is taken or the address is not this machine's
 */
export function listen(options: ListenOptions): Listener {
  return new PortListener(options);
}

class PortListener implements Listener {
  readonly port: number;
  readonly hostname: string;
  readonly #options: ListenOptions;
  readonly #clock: Clock;
  readonly #turn: AcceptTurn;
  #listener: TCPSocketListener<Ears>;
  #againTimer: Timer | undefined;

  constructor(options: ListenOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#turn = new AcceptTurn(this.#clock);
    try {
      const { hostname, listener } = firstOf(options, (address) => this.#begin(address, options.port));
      this.hostname = hostname;
      this.#listener = listener;
    } catch (cause) {
      throw portError(options, cause);
    }
    this.port = this.#listener.port;
  }

  stop(): void {
    this.#againTimer?.[Symbol.dispose]();
    this.#listener.stop();
  }

  #begin(hostname: string, port: number): TCPSocketListener<Ears> {
    return Bun.listen<Ears>({ hostname, port, socket: { open: (socket) => this.#accept(socket), ...socketHandlers } });
  }

  #accept(socket: Socket<Ears>): void {
    const { limits, admits, onRefused, onConnection } = this.#options;
    // A peer that reset the connection before it was accepted has no address any more.
    const remote: string | undefined = socket.remoteAddress;
    const address = remote === undefined ? null : plainAddress(remote);
    if (this.#turn.isOver()) {
      limits?.cameTooFast(address ?? "somebody");
      turnAway(socket);
      this.#beginAgain();
      return;
    }
    if (address === null) {
      turnAway(socket);
      return;
    }
    if (!admits(address)) {
      onRefused(address);
      turnAway(socket);
      return;
    }
    const entry = limits?.enter(address, () => connection.cut("others needed the place"));
    if (entry === null) {
      turnAway(socket);
      return;
    }
    const connection = new Connection(socket, { ...this.#options, entry });
    socket.data = connection;
    onConnection(connection);
  }

  /**
   * Resets all who wait to be accepted, and listens anew: to close its listener is the only way to have the runtime do
   * something else before nobody waits any more, and to turn them away one by one takes as long as to let them in.
   */
  #beginAgain(): void {
    this.#listener.stop();
    try {
      this.#listener = this.#begin(this.hostname, this.port);
    } catch {
      this.#againTimer = this.#clock.after(LISTEN_AGAIN_MS, () => this.#beginAgain());
    }
  }
}

/**
 * Listens on an address, or on all: by the first family that the system has.
 * @throws what the last try threw; at once when the port is in use, or not for this user
 */
function firstOf<T>(
  { hostname: asked, port }: ListenOptions,
  begin: (hostname: string) => T,
): { hostname: string; listener: T } {
  const [first, ...others] = asked === null ? ALL_ADDRESSES : [asked];
  let hostname: string = first;
  for (;;) {
    try {
      return { hostname, listener: begin(hostname) };
    } catch (error) {
      const next = others.shift();
      if (next === undefined || portFault(error, port).kind !== "other") {
        throw error;
      }
      hostname = next;
    }
  }
}

/** Who hears what a socket says. */
export type Ears = Pick<Connection, "onData" | "onDrain" | "onClose">;

/** What every socket of this room does, accepted or dialled. */
export const socketHandlers = {
  data(socket: { data: Ears }, chunk: Uint8Array) {
    socket.data.onData(chunk);
  },
  drain(socket: { data: Ears }) {
    socket.data.onDrain();
  },
  end(socket: { data: Ears; end: () => void }) {
    socket.data.onClose("the other side closed the connection");
    socket.end();
  },
  close(socket: { data: Ears }, error?: Error) {
    socket.data.onClose(error ? breakWords(error) : "the connection was closed");
  },
  error(socket: { data: Ears }, error: Error) {
    socket.data.onClose(breakWords(error));
  },
};

/** Why a connection broke. Who reset it is often dead. */
function breakWords(error: Error): string {
  const { code } = error as { readonly code?: string };
  return code === "ECONNRESET" || code === "EPIPE"
    ? "the other side broke the connection off"
    : `the connection broke: ${messageOf(error)}`;
}

/** For a connection that is not there yet, or was turned away: nobody listens. */
export const deaf: Ears = { onData() {}, onDrain() {}, onClose() {} };

/** Closes at once; nothing is made for it. */
function turnAway(socket: { data: Ears; terminate: () => void }): void {
  socket.data = deaf;
  socket.terminate();
}

function portError({ port, hostname }: ListenOptions, cause: unknown): LanvidError {
  const { kind, message } = portFault(cause, port);
  const choose = "choose another with --port N, or 0 for any free one";
  if (kind === "taken") {
    return new LanvidError("port-taken", "address", `cannot listen on port ${port}: ${message}`, {
      cause,
      hint: choose,
    });
  }
  if (kind === "kept") {
    return new LanvidError("port-kept", "address", message, { cause, hint: choose });
  }
  const where = hostname === null ? `port ${port}` : `"${hostname}" port ${port}`;
  const hint =
    hostname === null
      ? "choose another port with --port N, or give --bind an address of this machine"
      : "give --bind an address of this machine, or leave it out for all";
  return new LanvidError("cannot-listen", "address", `cannot listen on ${where}: ${message}`, { cause, hint });
}
