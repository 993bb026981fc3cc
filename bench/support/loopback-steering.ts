import { readFileSync, writeFileSync } from "node:fs";
import { atExit } from "../../test/support/at-exit.ts";

const STEERING = "/sys/class/net/lo/queues/rx-0/rps_cpus";

/**
 * Has this core do the receiving half of TCP on loopback until this process ends (receive packet steering). Else the
 * core that sends does it as well, which on a network is another machine's work.
 * @returns whether that could be set: it needs root
 */
export function steerLoopback(core: number): boolean {
  try {
    const before = readFileSync(STEERING, "utf8").trim();
    writeFileSync(STEERING, (1 << core).toString(16));
    atExit(() => writeFileSync(STEERING, before));
    return true;
  } catch {
    return false;
  }
}
