import { forPeers, heard } from "../errors.ts";
import { type HostPolicy, hostNameOf } from "../sys.ts";
import type { HttpFailure } from "./responses.ts";

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
  message: forPeers`too many connections`,
  hint: forPeers`try again later, or start lanvid with a higher --max-connections or --max-per-address`,
  headers: { "Retry-After": "5" },
};

/** For who asks too often. */
export const TOO_OFTEN: HttpFailure = {
  status: 429,
  code: "too-many-requests",
  message: forPeers`too many requests come from this address`,
  hint: forPeers`ask less often, or start lanvid with a higher --max-per-address`,
  headers: { "Retry-After": "1" },
};

/** Why a request is refused, or null when it is let in. */
export function refusalOf({ method, endpoint, isAdmitted, host }: Caller, policy: HostPolicy): HttpFailure | null {
  if (!isAdmitted) {
    return {
      status: 403,
      code: "not-local",
      message: forPeers`this address is not on the local network`,
      hint: forPeers`start lanvid with --public to serve other networks too`,
    };
  }
  if (host !== null && !policy.allows(host)) {
    return {
      status: 403,
      code: "host-not-allowed",
      message: forPeers`cannot serve the host name ${heard(JSON.stringify(host))}: it is not one of this machine's`,
      hint: forPeers`open it by its IP address, or start lanvid with --allow-host ${heard(nameIn(host) ?? "NAME")}`,
    };
  }
  const methods = endpoint === "/link" ? ["POST"] : ["GET", "HEAD"];
  if (!methods.includes(method)) {
    return {
      status: 405,
      code: "method-not-allowed",
      message: forPeers`cannot ${heard(method)} here: ${heard(methods.join(" and "))} are allowed`,
      headers: { Allow: methods.join(", ") },
    };
  }
  return null;
}

/** The name in a Host header, as `--allow-host` takes it; null where there is none. */
function nameIn(host: string): string | null {
  return hostNameOf(host.replace(/:\d{1,5}$/, ""));
}
