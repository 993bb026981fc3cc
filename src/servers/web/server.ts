import type { Server, SocketAddress } from "bun";
import { hostNameOf, hostPolicy, Visitors } from "../../access.ts";
import { forPeers, LanvidError, messageOf } from "../../errors.ts";
import { type HttpFailure, headersWith, isFailure, quoted } from "../../http.ts";
import { keepSendBufferSmall, portFault } from "../../sys.ts";
import { directResponse, isOwnOrigin, judge, letEmbed, pageHint, type Sites } from "./embedding.ts";
import { type Answer, answer, endpointOf, LASTING } from "./endpoints.ts";
import { refusalOf, TOO_MANY, TOO_OFTEN } from "./gate.ts";
import type { Context, ViewerOptions, Visit } from "./options.ts";
import { Polling } from "./polling.ts";
import { Receivers } from "./receivers.ts";
import { failureResponse } from "./responses.ts";
import { type SocketData, Sockets } from "./socket.ts";
import { Turn } from "./turn.ts";

export type { ViewerOptions };

const INTERNAL: HttpFailure = {
  status: 500,
  code: "internal",
  message: forPeers`this is a bug in lanvid`,
  hint: forPeers`try again; the terminal where lanvid runs says what went wrong`,
};

/** A running HTTP server. */
export interface Viewer {
  readonly port: number;
  /** The page's address on this machine: `http://127.0.0.1:PORT/`. */
  readonly url: string;
  /** Says goodbye to the viewers and frees the port; settles when that is done. Idempotent. */
  close(): Promise<void>;
}

/**
 * Serves the page, its WebSocket, `/link`, `/stream`, `/stream.mp4`, `/snapshot`, `/state`, `/healthz` and `/metrics` on the first
 * free port.
 * @throws LanvidError (address) when there is none
 */
export function startViewer(options: ViewerOptions): Viewer {
  const policy = hostPolicy(options.allowedHosts, { listensOn: options.hostname });
  const sites: Sites = {
    embedders: new Set(options.allowedEmbedders),
    ownNames: new Set(options.allowedHosts.map((name) => hostNameOf(name) ?? name)),
  };
  const receivers = new Receivers(options);
  const sockets = new Sockets(receivers);
  const polling = new Polling(options, receivers);
  const { clock } = receivers;
  const startedAt = clock.now();

  const visitors = options.limits && new Visitors(options.limits, () => port, clock);

  const sayFault = (error: unknown) => options.log.warn(`cannot answer a request: ${messageOf(error)}`);

  const turn = new Turn(clock);

  const fetch = async (request: Request, server: Server<SocketData>): Promise<Response | undefined> => {
    const peer = server.requestIP(request);
    // What a client sends right behind its upgrade is lost where that waits.
    const isUpgrade = request.headers.get("Upgrade")?.toLowerCase() === "websocket";
    if (turn.isLong() || !isUpgrade) {
      await turn.next();
    }
    const answered = await judged(request, peer, server).catch((error) => {
      sayFault(error);
      return INTERNAL;
    });
    return isFailure(answered) ? failureResponse(answered, request) : answered;
  };

  /** Answers those who may be answered; undefined where a WebSocket begins. */
  const judged = async (
    request: Request,
    peer: SocketAddress | null,
    server: Server<SocketData>,
  ): Promise<Answer | undefined> => {
    const address = (peer?.address ?? "").replace(/^::ffff:(?=\d+\.)/i, "");
    if (options.limits?.mayAsk(address) === false) {
      return TOO_OFTEN;
    }
    const { method, headers } = request;
    const isAdmitted = options.admits(address);
    if (!isAdmitted) {
      options.onRefused(address);
    }
    const host = headers.get("Host");
    // Without a Host, the runtime gives the path alone.
    const url = URL.parse(request.url, "http://localhost/");
    const endpoint = url === null ? "" : endpointOf(url);
    const refusal = refusalOf({ method, endpoint, isAdmitted, host }, policy);
    if (refusal !== null) {
      options.refusals?.count(refusal.code);
      if (refusal.code === "host-not-allowed") {
        options.refusals?.foreignHost(host ?? "", refusal.hint ?? "");
      }
      return refusal;
    }
    if (url === null) {
      return {
        status: 400,
        code: "bad-request",
        message: forPeers`the Host and the path do not form an address`,
        hint: forPeers`check the address for typing errors`,
      };
    }
    const visit: Visit = { request, url, address, port: peer?.port ?? 0 };
    const judgement = judge(headers, url, endpoint, sites);
    if (judgement.kind === "refused") {
      options.refusals?.count(judgement.failure.code);
      options.refusals?.foreignPage(judgement.page, judgement.failure.hint ?? "");
      return judgement.failure;
    }
    const answered = judgement.kind === "document" ? directResponse(url) : await admit(visit, server);
    const response = isFailure(answered) ? failureResponse(answered, request) : answered;
    return response && letEmbed(response, sites.embedders, judgement.kind === "embedded");
  };

  /** Takes a place that no connection has: the conversation's requests come on many. */
  const enter = (address: string) => () => {
    if (options.limits === undefined) {
      return () => undefined;
    }
    const entry = options.limits.enter(address);
    return entry && (() => entry.leave());
  };

  /** Answers one who is let in, if there is a place. */
  const admit = async (visit: Visit, server: Server<SocketData>): Promise<Answer | undefined> => {
    const { request, url } = visit;
    const endpoint = endpointOf(url);
    let leave: (() => void) | null = () => undefined;
    if (visitors !== undefined && request.method === "GET" && LASTING.has(endpoint)) {
      leave = visitors.enter(visit);
      if (leave === null) {
        return TOO_MANY;
      }
    }
    if (endpoint === "/ws" || endpoint === "/link") {
      const failure = readerFailure(request.headers, sites);
      if (failure !== null) {
        leave();
        options.refusals?.count(failure.code);
        return failure;
      }
    }
    if (endpoint === "/ws") {
      return upgrade(visit, server, leave);
    }
    if (endpoint === "/link") {
      return await polling.answer(visit, enter(visit.address));
    }
    request.signal.addEventListener("abort", leave);
    const setTimeoutSeconds = (seconds: number) => server.timeout(request, seconds);
    const answered = await answer(visit, context, { setTimeoutSeconds, leave });
    if (isFailure(answered)) {
      leave();
    }
    // Of an answer to HEAD Bun sends no body, and does not begin one.
    return answered;
  };

  let server: Server<SocketData>;
  try {
    server = listen(options, (port) =>
      Bun.serve({
        port,
        hostname: options.hostname,
        // Nothing that is answered here has a body.
        maxRequestBodySize: 1024,
        fetch,
        websocket: sockets.handler,
        // Of an answer that has begun.
        error: (error) => {
          sayFault(error);
          return new Response(null, { status: INTERNAL.status, headers: headersWith({}) });
        },
      }),
    );
  } catch (error) {
    receivers.close();
    visitors?.close();
    throw error;
  }
  const port = server.port as number;
  const context: Context = { options, port, clock, startedAt };
  keepSendBufferSmall(port);

  return {
    port,
    url: `http://${ownHost(options.hostname)}:${port}/`,
    async close() {
      receivers.close();
      visitors?.close();
      await server.stop(true);
    },
  };
}

/** Why a page may not read the stream, or null when it may. Whose page may show it may not. */
function readerFailure(headers: Headers, { ownNames }: Sites): HttpFailure | null {
  const origin = headers.get("Origin");
  if (origin === null || isOwnOrigin(origin, headers.get("Host") ?? "", ownNames)) {
    return null;
  }
  return {
    status: 403,
    code: "origin-not-allowed",
    message: forPeers`cannot connect a page of ${quoted(origin)}: only lanvid's own page may`,
    hint: pageHint(origin),
  };
}

function upgrade({ request, address }: Visit, server: Server<SocketData>, leave: () => void): HttpFailure | undefined {
  if (server.upgrade(request, { data: { address, leave } })) {
    return undefined;
  }
  leave();
  return {
    status: 426,
    code: "upgrade-required",
    message: forPeers`this address accepts only WebSockets`,
    hint: forPeers`open / for the picture`,
    headers: { Upgrade: "websocket" },
  };
}

function listen<T>({ ports, hostname }: ViewerOptions, serve: (port: number) => T): T {
  let cause: unknown;
  for (const port of ports) {
    try {
      return serve(port);
    } catch (error) {
      cause = error;
    }
  }
  const [first, last] = [ports[0], ports.at(-1)];
  const [what, verb] = ports.length === 1 ? [`port ${first}`, "is"] : [`ports ${first} to ${last}`, "are"];
  const { kind, message } = portFault(cause, ports.at(-1) ?? 0);
  const reason = { taken: `${what} ${verb} in use`, kept: message, other: `${what} of ${hostname}: ${message}` }[kind];
  throw new LanvidError("http-port", "address", `cannot serve the browser page: ${reason}`, {
    hint: forPeers`choose another port with --http N, or go without the page with --http off`,
    cause,
  });
}

/** How this machine reaches a listener: by loopback where it listens on all addresses. */
function ownHost(hostname: string): string {
  if (hostname === "0.0.0.0" || hostname === "::") {
    return "127.0.0.1";
  }
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}
