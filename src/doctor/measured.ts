import type { Throughput } from "./conversation.ts";
import { type Checked, fail, ok, warn } from "./finding.ts";

/** On a LAN a message and its answer take a few ms; more than this is felt. */
const SLOW_ROUND_TRIP_MS = 50;
/** Missing more of the frames than this is felt. */
const DROPPED_SHARE = 0.1;
/** A machine with less to spare drops pictures itself, whatever the link does. */
const BUSY_SHARE = 0.9;

/** @param ms null when no ping was answered */
export function roundTripFinding(ms: number | null): Checked {
  if (ms === null) {
    return fail("round trip", "no ping was answered", "try again; the sender may be stopped or very busy");
  }
  return ms <= SLOW_ROUND_TRIP_MS
    ? ok("round trip", milliseconds(ms))
    : warn("round trip", milliseconds(ms), "use a cable, or move closer to the Wi-Fi access point");
}

export function throughputFinding(throughput: Throughput): Checked {
  const { frames, dropped, fps, mbps, delayMs, picture, error } = throughput;
  if (frames === 0) {
    const why = error === null ? "" : `: ${error}`;
    return fail(
      "throughput",
      `no picture came${why}`,
      'run "lanvid doctor" there to see what is wrong with its source',
    );
  }
  const delay = delayMs === null ? "" : `, delay ${milliseconds(delayMs)}`;
  const detail = `${fps.toFixed(1)} fps, ${mbps.toFixed(1)} Mbit/s, ${picture}${delay}, ${dropped} dropped`;
  return isTooSlow({ frames, dropped })
    ? warn("throughput", detail, tooSlowHint(throughput))
    : ok("throughput", detail);
}

function tooSlowHint({ busy }: Throughput): string {
  return busy >= BUSY_SHARE
    ? `this machine's processors are ${Math.round(busy * 100)} % busy: end other programs here, and try again`
    : "the link or the machine there is too slow: use a cable, or a smaller --size or --quality there";
}

/** Whether so many are missing that it is felt. */
export function isTooSlow({ frames, dropped }: Pick<Throughput, "frames" | "dropped">): boolean {
  return dropped / (frames + dropped) > DROPPED_SHARE;
}

/** "0.4 ms", "12 ms". */
export function milliseconds(ms: number): string {
  return `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
}
