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
 * Lets in addresses, `localhost`, this machine's name (also with `.local`), and the names given. Any other name may
 * belong to a stranger's page that had it point at us (DNS rebinding).
 * @param ownName the machine's name now
 */
export function hostPolicy(allowedNames: readonly string[], ownName: () => string = hostname): HostPolicy {
  const names = new Set(["localhost", ...allowedNames].map(hostNameOf));
  // It may change meanwhile, as by a lease.
  const isOwn = (name: string) => [ownName(), `${ownName()}.local`].some((own) => hostNameOf(own) === name);
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
