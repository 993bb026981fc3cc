import { dlopen } from "bun:ffi";
import { readFileSync } from "node:fs";

/** signal(7) */
const SIGHUP = 1;
/** signal.h of macOS: a handler that ignores. */
const SIG_IGN = 1n;

/**
 * Was this program started so that a hangup does not end it, as `nohup` does? To be asked before there is a handler: that
 * would take its place. False where it can't be known, and on Windows, which has no such thing.
 */
export function ignoresHangup(): boolean {
  try {
    switch (process.platform) {
      case "linux":
        return isIgnored(readFileSync("/proc/self/status", "utf8"));
      case "darwin":
        return isIgnoredOnMacos();
      default:
        return false;
    }
  } catch {
    // The system does not say.
    return false;
  }
}

/** @param status as proc(5) has it: `SigIgn` is a mask, its lowest bit that of signal 1 */
export function isIgnored(status: string): boolean {
  const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0";
  return (BigInt(`0x${mask}`) >> BigInt(SIGHUP - 1)) % 2n === 1n;
}

/** sigaction(2): the old action begins with its handler. */
function isIgnoredOnMacos(): boolean {
  const { symbols } = dlopen("libSystem.B.dylib", {
    sigaction: { args: ["int", "ptr", "ptr"], returns: "int" },
  });
  const old = new BigUint64Array(2);
  return symbols.sigaction(SIGHUP, null, old) === 0 && old[0] === SIG_IGN;
}
