import { ExitCode, LanvidError, messageOf } from "../errors.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";

export interface ListenOptions extends ConnectionOptions {
  /** 0 for any free one. */
  readonly port: number;
  /** The address to listen on; "::" takes IPv4 too. */
  readonly hostname: string;
  /** May this address connect? */
  readonly admits: (address: string) => boolean;
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
  try {
    const listener = Bun.listen<Connection>({
      hostname: options.hostname,
      port: options.port,
      socket: {
        open(socket) {
          const connection = new Connection(socket, options);
          socket.data = connection;
          if (!options.admits(connection.address)) {
            options.onRefused(connection.address);
            socket.terminate();
            return;
          }
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

/** What every socket of this room does, accepted or dialled. */
export const socketHandlers = {
  data(socket: { data: Connection }, chunk: Uint8Array) {
    socket.data.onData(chunk);
  },
  drain(socket: { data: Connection }) {
    socket.data.onDrain();
  },
  end(socket: { data: Connection; end: () => void }) {
    socket.data.onClose("the peer closed the connection");
    socket.end();
  },
  close(socket: { data: Connection }, error?: Error) {
    socket.data.onClose(error ? `the connection broke: ${messageOf(error)}` : "the connection was closed");
  },
  error(socket: { data: Connection }, error: Error) {
    socket.data.onClose(`the connection broke: ${messageOf(error)}`);
  },
};

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
