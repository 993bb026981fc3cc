import type { Log } from "../log.ts";

/** Lines at once, and lines per second after that: somebody who connects a thousand times a second is not news. */
const BURST_LINES = 40;
const LINES_PER_SECOND = 4;

/** The same log, in which events are left out, and counted, when there are too many. Warnings are not events. */
export function calmLog(log: Log): Log {
  let left = BURST_LINES;
  let countedAt = performance.now();
  let missed = 0;
  return {
    warn: (message, hint) => log.warn(message, hint),
    debug: (message) => log.debug(message),
    info(message) {
      const now = performance.now();
      left = Math.min(BURST_LINES, left + ((now - countedAt) * LINES_PER_SECOND) / 1000);
      countedAt = now;
      if (left < 1) {
        missed += 1;
        return;
      }
      left -= 1;
      if (missed > 0) {
        log.info(`… ${missed} lines left out`);
        missed = 0;
      }
      log.info(message);
    },
  };
}
