import type { HostPolicy } from "../../access.ts";
import { forPeers } from "../../errors.ts";
import { type HttpFailure, hostNotAllowed, methodNotAllowed } from "../../http.ts";

/** What decides whether a request is let in. */
export interface Caller {
  readonly method: string;
  /** What is asked for, a path. */
  readonly endpoint: string;
  /** Whether the peer's address is one that we serve. */
  readonly isAdmitted: boolean;
  /** Null where there is none, as of programs that speak HTTP/1.0: browsers always say it. */
  readonly host: string | null;
}

/** For whom there is no place. */
export const TOO_MANY: HttpFailure = {
  status: 503,
  code: "too-many-connections",
  message: forPeers`lanvid already has as many connections as it allows`,
  hint: forPeers`try again in a while, or have lanvid started with a higher --max-connections or --max-per-address`,
  headers: { "Retry-After": "5" },
};

/** For who asks too often. */
export const TOO_OFTEN: HttpFailure = {
  status: 429,
  code: "too-many-requests",
  message: forPeers`too many requests come from your address`,
  hint: forPeers`wait a moment, or have lanvid started with a higher --max-per-address`,
  headers: { "Retry-After": "1" },
};

/** Why a request is refused, or null when it is let in. */
export function refusalOf({ method, endpoint, isAdmitted, host }: Caller, policy: HostPolicy): HttpFailure | null {
  if (!isAdmitted) {
    return {
      status: 403,
      code: "not-local",
      message: forPeers`only devices on the same network as lanvid may watch, and yours is not`,
      hint: forPeers`connect to the same network, without a VPN, or have lanvid started with --public`,
    };
  }
  if (host !== null && !policy.allows(host)) {
    return hostNotAllowed(host);
  }
  const methods = endpoint === "/link" ? ["POST"] : ["GET", "HEAD"];
  return methods.includes(method) ? null : methodNotAllowed(method, methods);
}
