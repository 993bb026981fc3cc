/** What a link holds at least, in bytes; see `tbf`. */
const LEAST_BYTES = 128_000;
const QUEUE_MS = 50;

/**
 * The words after `tc qdisc … dev NAME` that make a link slow: a token bucket with a queue of 50 ms, 128 kB at least. At a few
 * Mbit/s, 50 ms is shorter than what TCP begins with: a tenth of all packets is dropped then, and the link is lossy besides.
 * @param rate as tc takes it: "8mbit"
 * @param leastBytes what the queue holds at least
 */
export function tbf(rate: string, leastBytes = LEAST_BYTES): string[] {
  const mbps = Number(/^(\d+)mbit$/.exec(rate)?.[1]);
  const bytes = Math.max(leastBytes, (mbps * 1e6 * QUEUE_MS) / 8000);
  return ["root", "tbf", "rate", rate, "burst", "32kbit", "limit", String(bytes)];
}
