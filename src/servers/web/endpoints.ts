import { forPeers } from "../../errors.ts";
import { type HttpFailure, quoted } from "../../http.ts";
import type { FeedClient } from "./feed.ts";
import { metricsResponse } from "./metrics.ts";
import { mp4Headers, mp4Response } from "./mp4.ts";
import { multipartHeaders, multipartResponse, partStyle } from "./multipart.ts";
import type { Context, Visit } from "./options.ts";
import { pageResponse } from "./page-response.ts";
import { textResponse } from "./responses.ts";
import { snapshotResponse } from "./snapshot.ts";
import { healthResponse, stateResponse } from "./state.ts";

/** What lasts as long as its viewer looks on: each has a place among the connections that are allowed. */
export const LASTING: ReadonlySet<string> = new Set(["/ws", "/stream", "/stream.mp4"]);

/** How long a connection may stand still that has no endless answer any more, s. */
const IDLE_S = 10;
/** The same where the client is to be gone at once, s: the least there is. */
const GONE_S = 1;

/** The connection that an answer goes to. */
export interface Line {
  /** How long it may stand still from now on; 0 for ever. */
  readonly setTimeoutSeconds: (seconds: number) => void;
  /** Gives the place free that a lasting answer has. Idempotent. */
  readonly leave: () => void;
}

/** A response, or why there is none. */
export type Answer = Response | HttpFailure;

/** Answers a request that is let in, but for WebSockets'. */
export function answer(visit: Visit, context: Context, line: Line): Answer | Promise<Answer> {
  const { request, url, address } = visit;
  const { stream } = context.options;
  const isHead = request.method === "HEAD";
  switch (endpointOf(url)) {
    case "/":
      return pageResponse();
    case "/stream":
      return isHead
        ? endlessHead(multipartHeaders())
        : multipartResponse(stream.jpeg, partStyle(request, url), clientOf(visit, context, line));
    case "/stream.mp4":
      return isHead
        ? endlessHead(mp4Headers())
        : mp4Response(stream, { ...clientOf(visit, context, line), maxDelayMs: context.options.maxDelayMs });
    case "/snapshot":
      context.options.onPicture?.(address);
      return snapshotResponse(stream.jpeg, address, request.signal, context.clock);
    case "/state":
      return stateResponse(context, address);
    case "/healthz":
      return healthResponse(context);
    case "/metrics":
      return metricsResponse(context);
    case "/robots.txt":
      // Whoever follows links would start the camera.
      return textResponse("User-agent: *\nDisallow: /\n");
    default:
      return {
        status: 404,
        code: "not-found",
        message: forPeers`there is nothing at ${quoted(url.pathname)}`,
        hint: forPeers`open / for the picture; for programs there are /stream, /stream.mp4, /snapshot, /state, /healthz and /metrics`,
      };
  }
}

/** For tools that go by the ending. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ["/stream.mjpg", "/stream"],
  ["/stream.mjpeg", "/stream"],
  ["/snapshot.jpg", "/snapshot"],
]);

/** The path, with other names of `/stream` and `/snapshot` as these; `/?action=stream` and `=snapshot` are mjpg-streamer's. */
export function endpointOf({ pathname, searchParams }: URL): string {
  const action = searchParams.get("action");
  const isAction = pathname === "/" && (action === "stream" || action === "snapshot");
  return isAction ? `/${action}` : (ALIASES.get(pathname) ?? pathname);
}

function clientOf({ request, address }: Visit, { clock }: Context, { setTimeoutSeconds, leave }: Line): FeedClient {
  return {
    address,
    clock,
    signal: request.signal,
    onBegin: () => setTimeoutSeconds(0),
    drop: () => setTimeoutSeconds(GONE_S),
    onEnd() {
      setTimeoutSeconds(IDLE_S);
      leave();
    },
  };
}

/** An endless answer has no length, which Bun would say were 0. */
function endlessHead(headers: Record<string, string>): Response {
  return new Response(null, { headers: { ...headers, "Transfer-Encoding": "chunked" } });
}
