/**
 * Judging what takes time by what the machine gave: no bound is wider on a machine that has nothing else to do, and
 * beside other programs it is by just what these took away.
 */

import { Granted } from "./granted.ts";
import type { Taken } from "./granted-sampler.ts";

/** An interval in which less than this was left to some process says nothing of a rate. */
const LEAST_SHARE = 0.5;
/** So many intervals are looked at before a machine is said to be too busy. */
const MOST_INTERVALS = 5;

/** A time, and what it may be at most. */
interface TimeClaim {
  readonly what: string;
  readonly ms: number;
  readonly atMost: number;
  readonly inTimeMs?: number;
  /** It is work that takes this long, such as the start of a program, not a picture's way. */
  readonly isWork?: boolean;
}

/** A rate, and what it must be at least. */
interface RateClaim {
  readonly what: string;
  readonly perSecond: number;
  readonly atLeast: number;
  /** What comes later than this is left out, and what builds on it too: where others took more, nothing is said. */
  readonly inTimeMs?: number;
}

export type Claim = TimeClaim | RateClaim;

type Verdict = "kept" | "broken" | "undecided";

/**
 * What is kept without looking at the machine is kept. Else:
 * - A time may be longer by the share that others took in the worst second, and by how late they made things
 *   (`Taken.lateMs`): what queued up meanwhile is worked off with what is left. Where some process had less than half of
 *   that second, or things were later than the bound itself, the interval says nothing; of work, the first alone counts.
 * - A rate may be lower by the share that others took. Where that is more than half, the interval says nothing.
 */
export function verdictOn(claim: Claim, { lateMs, share, leastShare }: Taken): Verdict {
  if ("ms" in claim) {
    const { ms, atMost, inTimeMs = atMost, isWork } = claim;
    const isInTime = isWork === true || lateMs <= Math.min(atMost, inTimeMs);
    return verdict(ms <= atMost, ms <= atMost / leastShare + lateMs, isInTime && leastShare >= LEAST_SHARE);
  }
  const { perSecond, atLeast, inTimeMs = Number.POSITIVE_INFINITY } = claim;
  return verdict(perSecond >= atLeast, perSecond >= atLeast * share, share >= LEAST_SHARE && lateMs <= inTimeMs);
}

function verdict(isKept: boolean, isKeptWithTaken: boolean, saysSomething: boolean): Verdict {
  if (isKept) {
    return "kept";
  }
  if (!saysSomething) {
    return "undecided";
  }
  return isKeptWithTaken ? "kept" : "broken";
}

/**
 * Measures, and judges. Where the machine gave too little to say anything it measures again, in an interval of its own:
 * never because something took too long although the machine gave what it needs.
 * @param pids the processes that are measured, where they are not this one and all that it starts
 * @throws Error when something is broken, or the machine never gave enough
 */
export async function timed(measure: () => Promise<readonly Claim[]>, pids?: readonly number[]): Promise<void> {
  await judged(async () => {
    const granted = new Granted(pids);
    try {
      const claims = await measure();
      return { claims, taken: await granted.stop() };
    } catch (error) {
      await granted.stop();
      throw error;
    }
  });
}

/** The same, of intervals of which `measure` itself tells what was taken. */
export async function judged(
  measure: () => Promise<{ readonly claims: readonly Claim[]; readonly taken: Taken }>,
): Promise<void> {
  const intervals: string[] = [];
  while (intervals.length < MOST_INTERVALS) {
    const { claims, taken } = await measure();
    const are = (verdict: Verdict) => claims.filter((claim) => verdictOn(claim, taken) === verdict);
    const broken = are("broken");
    if (broken.length > 0) {
      throw new Error(wordsFor(broken, taken));
    }
    const undecided = are("undecided");
    if (undecided.length === 0) {
      return;
    }
    intervals.push(wordsFor(undecided, taken));
  }
  throw new Error(
    `others leave too little of this machine to say anything, ${MOST_INTERVALS} times: ${intervals.join("; ")}`,
  );
}

function wordsFor(claims: readonly Claim[], { othersPercent, lateMs, share, leastShare }: Taken): string {
  const [all, least] = [share, leastShare].map((part) => Math.round(part * 100));
  const given = `the machine gave ${all} %, ${least} % in the worst second, and made things ${lateMs.toFixed(0)} ms late`;
  return `${claims.map(describe).join("; ")} (${given}; others had ${othersPercent.toFixed(0)} % of a core)`;
}

function describe(claim: Claim): string {
  return "ms" in claim
    ? `${claim.what}: ${claim.ms.toFixed(0)} ms, at most ${claim.atMost.toFixed(0)} are allowed`
    : `${claim.what}: ${claim.perSecond.toFixed(1)} a second, at least ${claim.atLeast.toFixed(1)} are promised`;
}
