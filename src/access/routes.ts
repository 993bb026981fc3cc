import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { type Ms, systemClock } from "../time.ts";
import { KIB } from "../units.ts";

/** Routes that are read at most, bytes of their list: a router may have a million of them, but few of its links come late. */
const MAX_BYTES = 256 * KIB;
/** They are read again after this time, ms: links come and go, and strangers may ask often. */
const FRESH_MS = 1000;

/** <linux/route.h>, <linux/ipv6_route.h>: it is there; it leads to a router, to nobody, to an address of our own, to a cached one. */
const RTF_UP = 0x1;
const RTF_NOT_ON_LINK = 0x2 | 0x200 | 0x8000_0000 | 0x100_0000;
/** <linux/if_arp.h>: a link that machines share, such as Ethernet and Wi-Fi; a tunnel is of another kind. */
const ARPHRD_ETHER = "1";

/** A network that a route names. */
export interface Route {
  /** As a prefix, `2001:db8:7:1::/64`. */
  readonly cidr: string;
  readonly device: string;
}

let known: { readonly at: Ms; readonly cidrs: readonly string[] } | undefined;

/**
 * The networks whose machines are on a link of this one, by its routes: with DHCPv6 an address is a /128, and only a route says
 * what is beside it. Linux; elsewhere none. A change is seen within a second, or when there are file descriptors again.
 */
export function onLinkNetworks(clock = systemClock): readonly string[] {
  if (process.platform !== "linux") {
    return [];
  }
  const now = clock.now();
  if (known === undefined || now - known.at > FRESH_MS) {
    known = { at: now, cidrs: sharedNetworks() ?? known?.cidrs ?? [] };
  }
  return known.cidrs;
}

/** Null where there is no file descriptor to read them with. */
function sharedNetworks(): string[] | null {
  try {
    const routes = [...routesOfIpv6(head("/proc/net/ipv6_route")), ...routesOfIpv4(head("/proc/net/route"))];
    return routes.filter(({ device }) => isShared(device)).map(({ cidr }) => cidr);
  } catch {
    return null;
  }
}

/**
 * Reads `/proc/net/ipv6_route`: destination and its bits, source and its, next hop, metric, two counters, flags and device,
 * numbers in hexadecimal.
 */
export function routesOfIpv6(text: string): Route[] {
  return text.split("\n").flatMap((line) => {
    const [destination = "", bits = "", , , hop = "", , , , flags = "", device = ""] = line.trim().split(/\s+/);
    if (!/^[0-9a-f]{32}$/.test(destination) || !/^0+$/.test(hop) || !isOnLink(flags) || device === "") {
      return [];
    }
    // Calls to all on a link, and what a router is for, are no networks.
    if (destination.startsWith("ff") || Number.parseInt(bits, 16) === 0) {
      return [];
    }
    const address = (destination.match(/.{4}/g) as string[]).join(":");
    return [{ cidr: `${address}/${Number.parseInt(bits, 16)}`, device }];
  });
}

/** Reads `/proc/net/route`: device, destination, gateway, flags, three counters, mask; addresses as the machine's own u32. */
export function routesOfIpv4(text: string): Route[] {
  return text.split("\n").flatMap((line) => {
    const [device = "", destination = "", gateway = "", flags = "", , , , mask = ""] = line.trim().split(/\s+/);
    if (![destination, gateway, mask].every((word) => /^[0-9A-F]{8}$/.test(word)) || !isOnLink(flags)) {
      return [];
    }
    if (gateway !== "00000000") {
      return [];
    }
    const bits = Number.parseInt(mask, 16).toString(2).replaceAll("0", "").length;
    const [first = 0] = bytesOf(destination);
    if (bits === 0 || first >= 224) {
      return [];
    }
    return [{ cidr: `${bytesOf(destination).join(".")}/${bits}`, device }];
  });
}

/** All machines that run us have the lowest byte first. */
function bytesOf(word: string): number[] {
  return [6, 4, 2, 0].map((at) => Number.parseInt(word.slice(at, at + 2), 16));
}

function isOnLink(flags: string): boolean {
  const bits = Number.parseInt(flags, 16);
  // In JavaScript, & gives a signed number.
  return (bits & RTF_UP) !== 0 && (bits & RTF_NOT_ON_LINK) === 0;
}

function isShared(device: string): boolean {
  try {
    return readFileSync(`/sys/class/net/${device}/type`, "utf8").trim() === ARPHRD_ETHER;
  } catch (error) {
    // It is gone, or this place has no /sys.
    throwIfNoneLeft(error);
    return false;
  }
}

function throwIfNoneLeft(error: unknown): void {
  const { code = "" } = error as NodeJS.ErrnoException;
  if (code === "EMFILE" || code === "ENFILE") {
    throw error;
  }
}

/** A file's beginning, to the end of a line; "" when it can't be read. @throws Error without a file descriptor to read it */
function head(path: string): string {
  try {
    const file = openSync(path, "r");
    try {
      const bytes = Buffer.alloc(MAX_BYTES);
      let length = 0;
      // The kernel gives some lines at a time.
      for (let count = -1; count !== 0 && length < MAX_BYTES; length += count) {
        count = readSync(file, bytes, length, MAX_BYTES - length, null);
      }
      return bytes.toString("latin1", 0, bytes.lastIndexOf("\n", length) + 1);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throwIfNoneLeft(error);
    return "";
  }
}
