const FIRST_PAUSE_MS = 100;
/** While the peer may be restarting. */
const QUICK_PAUSE_MS = 1500;
const QUICK_FOR_MS = 60_000;
const SLOW_PAUSE_MS = 5000;
/** Viewers that lost the same server shall not all come back in the same moment. */
const JITTER = 0.2;

/**
 * How long to wait before the next try, in ms: 0.1, 0.2, 0.4 … at most 1.5 s in the first minute, then 5 s; ±20 %.
 * @param attempt tries since the connection was lost, from 0
 * @param lostMs since when, ms
 * @param random from 0 to 1
 */
export function retryPauseMs(attempt: number, lostMs: number, random: number = Math.random()): number {
  const pauseMs = lostMs >= QUICK_FOR_MS ? SLOW_PAUSE_MS : Math.min(FIRST_PAUSE_MS * 2 ** attempt, QUICK_PAUSE_MS);
  return pauseMs * (1 - JITTER + 2 * JITTER * random);
}
