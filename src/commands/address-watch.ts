import { type Clock, systemClock, type Timer } from "../time.ts";
import { ownAddresses } from "./own-addresses.ts";

/** How often the system is asked, ms: it tells nobody that does not listen to its own sockets. */
const LOOK_MS = 2000;

/**
 * Tells of addresses that this machine gets while it listens: Wi-Fi that is joined later, a new lease, a cable. One that goes and
 * comes back is told once.
 * @param hostname what is listened on
 * @param onNew gets those that were not told before
 * @param read for tests
 * @returns what ends it
 */
export function watchAddresses(
  hostname: string,
  onNew: (addresses: readonly string[]) => void,
  read: (hostname: string) => readonly string[] = ownAddresses,
  clock: Clock = systemClock,
): Timer {
  const told = new Set(read(hostname));
  return clock.every(LOOK_MS, () => {
    const found = read(hostname).filter((address) => !told.has(address) && !address.startsWith("127."));
    if (found.length > 0) {
      for (const address of found) {
        told.add(address);
      }
      onNew(found);
    }
  });
}
