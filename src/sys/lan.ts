import { isIPv6 } from "node:net";
import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";
import ipaddr from "ipaddr.js";

/** Addresses that are never routed on the internet, by ipaddr.js's names of the IANA registries. */
const LOCAL_RANGES = new Set(["loopback", "private", "carrierGradeNat", "linkLocal", "uniqueLocal"]);

/**
 * Is a peer at this address on our own network? Loopback, RFC 1918, 100.64/10, link-local, fc00::/7, and whatever
 * prefix one of this machine's interfaces has; IPv4-mapped IPv6 counts as IPv4. False for what is no address.
 */
export function isLanAddress(address: string, interfaces: Iterable<NetworkInterfaceInfo> = ownInterfaces()): boolean {
  const bare = address.replace(/%.*$/, "");
  if (!ipaddr.isValid(bare)) {
    return false;
  }
  const peer = ipaddr.process(bare);
  if (LOCAL_RANGES.has(peer.range())) {
    return true;
  }
  for (const { cidr } of interfaces) {
    if (cidr === null) {
      continue;
    }
    const [network, bits] = ipaddr.parseCIDR(cidr);
    if (network.kind() === peer.kind() && peer.match(network, bits)) {
      return true;
    }
  }
  return false;
}

/** This machine's addresses as others on the network type them, IPv4 first; without loopback and link-local IPv6. */
export function lanAddresses(): string[] {
  const addresses = ownInterfaces()
    .filter(({ internal, address }) => !internal && !address.toLowerCase().startsWith("fe80:"))
    .map(({ address }) => address);
  return [...addresses.filter((address) => !isIPv6(address)), ...addresses.filter((address) => isIPv6(address))];
}

function ownInterfaces(): NetworkInterfaceInfo[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
}
