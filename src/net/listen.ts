import { ExitCode, LanvidError, messageOf } from "../errors.ts";
import { AcceptTurn } from "./accept-turn.ts";
import { Connection, type ConnectionOptions, plainAddress } from "./connection.ts";
import type { Limits } from "./limits.ts";

export interface ListenOptions extends ConnectionOptions {
  /** 0 for any free one. */
  readonly port: number;
  /** The address to listen on; "::" takes IPv4 too. */
  readonly hostname: string;
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
  /** Takes no more connections; those that there are stay. */
  stop(): void;
}

/**
 * Accepts TCP connections.
 * @throws LanvidError (address) when the port is taken or the address is not this machine's
 */
export function listen(options: ListenOptions): Listener {
  const turn = new AcceptTurn();
  try {
    const listener = Bun.listen<Ears>({
      hostname: options.hostname,
      port: options.port,
      socket: {
        open(socket) {
          // A peer that reset the connection before it was accepted has no address any more.
          const remote: string | undefined = socket.remoteAddress;
          if (remote === undefined) {
            turnAway(socket);
            return;
          }
          const address = plainAddress(remote);
          if (!options.admits(address)) {
            options.onRefused(address);
            turnAway(socket);
            return;
          }
          if (turn.isOver()) {
            options.limits?.cameTooFast(address);
            turnAway(socket);
            return;
          }
          const entry = options.limits?.enter(address, () => connection.cut("others needed the place"));
          if (entry === null) {
            turnAway(socket);
            return;
          }
          const connection = new Connection(socket, { ...options, entry });
          socket.data = connection;
          options.onConnection(connection);
        },
        ...socketHandlers,
      },
    });
    return { port: listener.port, stop: () => listener.stop() };
  } catch (cause) {
    throw portError(options, cause);
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
    socket.data.onClose("the peer closed the connection");
    socket.end();
  },
  close(socket: { data: Ears }, error?: Error) {
    socket.data.onClose(error ? `the connection broke: ${messageOf(error)}` : "the connection was closed");
  },
  error(socket: { data: Ears }, error: Error) {
    socket.data.onClose(`the connection broke: ${messageOf(error)}`);
  },
};

/** For a connection that is not there yet, or was turned away: nobody listens. */
export const deaf: Ears = { onData() {}, onDrain() {}, onClose() {} };

/** Closes at once; nothing is made for it. */
function turnAway(socket: { data: Ears; terminate: () => void }): void {
  socket.data = deaf;
  socket.terminate();
}

function portError({ port, hostname }: ListenOptions, cause: unknown): LanvidError {
  const code = (cause as { code?: string }).code;
  if (code === "EADDRINUSE") {
    return new LanvidError("port-taken", ExitCode.address, `cannot listen on port ${port}: another program uses it`, {
      cause,
      hint: "choose another with --port N, or 0 for any free one",
    });
  }
  return new LanvidError(
    "cannot-listen",
    ExitCode.address,
    `cannot listen on "${hostname}" port ${port}: ${messageOf(cause)}`,
    { cause, hint: "give --bind an address of this machine, or leave it out for all" },
  );
}
