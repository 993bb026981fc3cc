import { isIPv4 } from "node:net";
import { lanAddresses } from "../access.ts";

/** By which addresses other machines reach what listens here, the best first; loopback's where this one is on no network. */
export function ownAddresses(hostname: string): readonly string[] {
  if (hostname !== "::" && hostname !== "0.0.0.0") {
    return [hostname];
  }
  const addresses = lanAddresses().filter((address) => hostname === "::" || isIPv4(address));
  return addresses.length > 0 ? addresses : ["127.0.0.1"];
}
