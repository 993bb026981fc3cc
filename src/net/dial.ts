import { ExitCode, LanvidError, messageOf } from "../errors.ts";
import { type Address, formatAddress } from "./address.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { deaf, type Ears, socketHandlers } from "./listen.ts";

/** How long connecting may take, ms. A machine on the LAN answers within a few. */
const CONNECT_MS = 5000;

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "no program listens there",
  EHOSTUNREACH: "the machine does not answer",
  ENETUNREACH: "there is no way to that network",
  ETIMEDOUT: "the machine does not answer",
  ENOTFOUND: "the name is not known",
  DNS_ENOTFOUND: "the name is not known",
};

/**
 * Connects to a peer.
 * @throws LanvidError (connection) when that is not possible within 5 s or when `signal` is aborted
 */
export async function dial(
  address: Address,
  options: ConnectionOptions & { readonly signal: AbortSignal },
): Promise<Connection> {
  if (options.signal.aborted) {
    throw connectError(address, new Error("ended"));
  }
  const { promise, resolve, reject } = Promise.withResolvers<Connection>();
  const fail = (cause: unknown) => reject(connectError(address, cause));
  const timer = setTimeout(() => fail({ code: "ETIMEDOUT" }), CONNECT_MS);
  const abort = () => fail(new Error("ended"));
  options.signal.addEventListener("abort", abort, { once: true });
  let isSettled = false;
  Bun.connect<Ears>({
    hostname: address.host,
    port: address.port,
    // Bun reports the end of a connection that never opened, too.
    data: deaf,
    socket: {
      ...socketHandlers,
      open(socket) {
        const connection = new Connection(socket, options);
        socket.data = connection;
        if (isSettled) {
          socket.terminate();
          return;
        }
        resolve(connection);
      },
      connectError(_socket, error) {
        fail(error);
      },
    },
  }).catch(fail);
  try {
    return await promise;
  } finally {
    isSettled = true;
    clearTimeout(timer);
    options.signal.removeEventListener("abort", abort);
  }
}

function connectError(address: Address, cause: unknown): LanvidError {
  const code = (cause as { code?: string }).code ?? "";
  const reason = REASONS[code] ?? messageOf(cause);
  const hint =
    code === "ECONNREFUSED"
      ? "start lanvid serve there, or check the port"
      : "check the address, and that both machines are on the same network";
  return new LanvidError(
    "cannot-connect",
    ExitCode.connection,
    `cannot connect to ${formatAddress(address)}: ${reason}`,
    {
      cause,
      hint,
    },
  );
}
