import { isIPv6 } from "node:net";
import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";
import ipaddr from "ipaddr.js";
import { onLinkNetworks } from "./routes.ts";

/** Addresses that are never routed on the internet, by ipaddr.js's names of the IANA registries. */
const LOCAL_RANGES = new Set(["loopback", "private", "carrierGradeNat", "linkLocal", "uniqueLocal"]);

/** Addresses that the internet routes, by the same names: IPv6's are also those of tunnels that begin with an IPv4 one. */
const PUBLIC_RANGES = new Set(["unicast", "6to4", "teredo", "rfc6052"]);
/** A shorter prefix of an interface is no network of ours, whatever it is of. */
const MIN_BITS = { ipv4: 8, ipv6: 32 } as const;
/**
 * A public prefix is as long as this where it is a link's: each link of IPv6 has a /64 (RFC 4291, 2.5.1), so that at home all
 * machines have public addresses of one. A /48 or /56 is a whole site, a /16 a tunnel to everybody (6to4).
 */
const PUBLIC_LINK_BITS = 64;

/**
 * Is a peer at this address on our own network? Loopback, RFC 1918, 100.64/10, link-local, fc00::/7, this machine's own
 * addresses, and the prefixes of its interfaces and of what its routes say is on its links, but for public ones of IPv4,
 * which a server shares with strangers, and of IPv6 unless they are a link's. IPv4-mapped IPv6 counts as IPv4. False for
 * what is no address.
 * @param interfaces asked for when the address alone does not say it
 * @param onLink prefixes, asked for when no interface's prefix will do
 */
export function isLanAddress(
  address: string,
  interfaces: () => Iterable<NetworkInterfaceInfo> = ownInterfaces,
  onLink: () => readonly string[] = onLinkNetworks,
): boolean {
  const bare = address.replace(/%.*$/, "");
  if (!ipaddr.isValid(bare)) {
    return false;
  }
  const peer = ipaddr.process(bare);
  if (LOCAL_RANGES.has(peer.range())) {
    return true;
  }
  for (const { cidr } of interfaces()) {
    if (cidr === null) {
      continue;
    }
    const [network, bits] = ipaddr.parseCIDR(cidr);
    if (network.kind() === peer.kind() && peer.match(network, bits) && isOurs(network, bits, peer)) {
      return true;
    }
  }
  return onLink().some((cidr) => {
    const [network, bits] = ipaddr.parseCIDR(cidr);
    return network.kind() === peer.kind() && peer.match(network, bits) && isOwnNetwork(peer, bits);
  });
}

/**
 * The networks of this machine whose other machines are not let in, as prefixes: they are public, or too large to be one's
 * own.
 */
export function foreignNetworks(
  interfaces: () => Iterable<NetworkInterfaceInfo> = ownInterfaces,
  onLink: () => readonly string[] = onLinkNetworks,
): string[] {
  const own = [...interfaces()].flatMap(({ cidr, internal }) => (cidr === null || internal ? [] : [cidr]));
  const found = [...own, ...onLink()].flatMap((cidr) => {
    const [address, bits] = ipaddr.parseCIDR(cidr);
    const isAlone = bits === address.toByteArray().length * 8;
    if (isAlone || LOCAL_RANGES.has(address.range()) || isOwnNetwork(address, bits)) {
      return [];
    }
    const network = address.kind() === "ipv4" ? ipaddr.IPv4 : ipaddr.IPv6;
    return [`${network.networkAddressFromCIDR(cidr)}/${bits}`];
  });
  return [...new Set(found)];
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** @param own an interface's address @param bits of its prefix, which the peer's address has too */
function isOurs(own: Address, bits: number, peer: Address): boolean {
  return own.toString() === peer.toString() || isOwnNetwork(peer, bits);
}

function isOwnNetwork(address: Address, bits: number): boolean {
  if (!PUBLIC_RANGES.has(address.range())) {
    return bits >= MIN_BITS[address.kind()];
  }
  return address.kind() === "ipv6" && bits >= PUBLIC_LINK_BITS;
}

/** This machine's addresses as others on the network type them, IPv4 first; without loopback and link-local IPv6. */
export function lanAddresses(): string[] {
  const addresses = ownInterfaces()
    .filter(({ internal, address }) => !internal && !address.toLowerCase().startsWith("fe80:"))
    .map(({ address }) => address);
  return [...addresses.filter((address) => !isIPv6(address)), ...addresses.filter((address) => isIPv6(address))];
}

let known: readonly NetworkInterfaceInfo[] = [];

/** Those that were there last where the system can't tell: to ask takes a file descriptor, and there may be none left. */
function ownInterfaces(): readonly NetworkInterfaceInfo[] {
  try {
    known = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  } catch {
    // As above.
  }
  return known;
}
