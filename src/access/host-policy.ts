import { hostname } from "node:os";
import ipaddr from "ipaddr.js";

/** Which names a browser may have used to reach us. */
export interface HostPolicy {
  /** @param host the value of a Host header, with or without a port */
  allows(host: string): boolean;
}

/**
 * A host name as browsers write it into a Host header: lower case, what is not ASCII in punycode, without the dot that
 * may end it. Null when it is none: a port, a path or a pattern does not belong to a name.
 */
export function hostNameOf(text: string): string | null {
  if (/[\s/\\?#@:%[\]]/.test(text)) {
    return null;
  }
  const name = URL.parse(`http://${text}/`)?.hostname.replace(/\.$/, "") ?? "";
  return /^[\w-]+(\.[\w-]+)*$/.test(name) ? name : null;
}

/**
 * What routers and networks put behind a machine's name, where nobody can have a name in the public DNS: reserved are `local`
 * (RFC 6762), `home.arpa` (RFC 8375) and `internal` (ICANN, 2024); `home`, `lan` and `localdomain` are not delegated. Not
 * `fritz.box`, of which a stranger was the owner in 2024 (WIPO D2024-0706), nor `ts.net`, where everybody may have names.
 */
const LOCAL_SUFFIXES: readonly string[] = [".local", ".home.arpa", ".internal", ".home", ".lan", ".localdomain"];
/** Whoever answers for the others is a network that this machine happens to be in: what it alone may see is not for that. */
const LOOPBACK_SUFFIXES: readonly string[] = [".local"];

export interface HostPolicyOptions {
  /** The address that is listened on; null or absent for all. */
  readonly listensOn?: string | null;
  /** The machine's name now. */
  readonly ownName?: () => string;
}

/**
 * Lets in addresses, `localhost`, this machine's name (its first part also alone, and with what routers put behind it), and the
 * names given. Any other name may belong to a stranger's page that had it point at us (DNS rebinding).
 */
export function hostPolicy(
  allowedNames: readonly string[],
  { listensOn = null, ownName = hostname }: HostPolicyOptions = {},
): HostPolicy {
  const names = new Set(["localhost", ...allowedNames].map(hostNameOf));
  const suffixes = listensOn !== null && isLoopback(listensOn) ? LOOPBACK_SUFFIXES : LOCAL_SUFFIXES;
  const isOwn = (name: string) => {
    // It may change meanwhile, as by a lease.
    const own = hostNameOf(ownName());
    if (own === null) {
      return false;
    }
    const [label] = own.split(".");
    return name === own || name === label || suffixes.some((suffix) => name === `${label}${suffix}`);
  };
  return {
    allows(host) {
      const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]/\s]+))(?::\d{1,5})?$/i.exec(host);
      if (match === null) {
        return false;
      }
      const [, inBrackets, plain = ""] = match;
      if (inBrackets !== undefined) {
        return ipaddr.IPv6.isValid(inBrackets);
      }
      const name = plain.toLowerCase().replace(/\.$/, "");
      return names.has(name) || ipaddr.IPv4.isValidFourPartDecimal(name) || isOwn(name);
    },
  };
}

function isLoopback(address: string): boolean {
  return address === "localhost" || address === "::1" || address.startsWith("127.");
}
