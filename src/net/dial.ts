import { LanvidError, messageOf } from "../errors.ts";
import { systemClock } from "../time.ts";
import { type Address, formatAddress } from "./address.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { deaf, type Ears, socketHandlers } from "./listen.ts";
import { Reachability } from "./reachability.ts";

/** How long connecting may take, ms. A machine on the LAN answers within a few. */
const CONNECT_MS = 5000;

/** Who refuses does so at once: what takes longer is asked for in another way as well, ms. */
const PROMPT_MS = 300;

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "no program listens there",
  EHOSTUNREACH: "the machine does not answer",
  ENETUNREACH: "this machine has no way to that network",
  ETIMEDOUT: "the machine does not answer",
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
  const clock = options.clock ?? systemClock;
  const reachability = new Reachability(address, clock);
  const explain = async (cause: unknown) => {
    const unreachable = codeOf(cause) === "ECONNREFUSED" ? await reachability.answer() : null;
    fail(unreachable === null ? cause : { code: unreachable });
  };
  using _late = clock.after(PROMPT_MS, () => reachability.ask());
  using _tooLate = clock.after(CONNECT_MS, () => fail({ code: "ETIMEDOUT" }));
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
        void explain(error);
      },
    },
  }).catch(explain);
  try {
    return await promise;
  } finally {
    isSettled = true;
    reachability.close();
    options.signal.removeEventListener("abort", abort);
  }
}

function codeOf(cause: unknown): string {
  return (cause as { code?: string }).code ?? "";
}

function connectError(address: Address, cause: unknown): LanvidError {
  const code = codeOf(cause);
  const unknownName = nameReason(code, `the name "${address.host}"`);
  return new LanvidError(
    "cannot-connect",
    "connection",
    `cannot connect to ${formatAddress(address)}: ${unknownName ?? REASONS[code] ?? messageOf(cause)}`,
    { cause, hint: unknownName === null ? hintFor(code) : "check how it is written, or use the machine's address" },
  );
}

function hintFor(code: string): string {
  if (code === "ECONNREFUSED") {
    return "start lanvid serve there, or check the port";
  }
  return code === "ENETUNREACH"
    ? "check the address, and this machine's cable or Wi-Fi"
    : "check the address, that the machine is on, and that both are on the same network";
}

/** Why a name was not found, by the code of the system or of Bun; null for other codes. @param name "the name" */
export function nameReason(code: string, name: string): string | null {
  // EAI_AGAIN is also what some systems say of a name that nobody knows.
  if (/EAI_AGAIN|ETIMEOUT|ESERVFAIL/.test(code)) {
    return `${name} is not known, or no DNS server answers`;
  }
  return /NOTFOUND|ENODATA|EAI_NONAME|EAI_NODATA/.test(code) ? `${name} is not known` : null;
}
