/** What the machine gave to some processes: how long they stood ready to run while others had the cores. */

import { readdirSync, readFileSync } from "node:fs";
import { Others } from "./usage.ts";

/** A picture is in one process after the other within about two of these. */
const SAMPLE_MS = 25;
/** Others that keep one core busy, or more, are why ours wait; with less, in part. */
const WHOLE_CORE_PERCENT = 100;

/** What was taken away between two moments. */
export interface Taken {
  /** Of one core, what others used meanwhile, percent. */
  readonly othersPercent: number;
  /** How much later others made a picture at most, ms: what our processes waited, one after the other, in two samples. */
  readonly lateMs: number;
  /** Of 1: how much of the time was left to the process that waited most. */
  readonly share: number;
  /** The same of the worst second. */
  readonly leastShare: number;
}

/** A thread since it was first seen. */
interface Thread {
  readonly pid: number;
  ranMs: number;
  /** What it waited in each sample, by the sample's number, ms. */
  readonly waits: number[];
  /** As the kernel last told them: ms on a core, ms ready to run without one. */
  told: readonly [ranMs: number, waitedMs: number];
}

/**
 * Watches from when it is made until `stop`. Of each process the thread counts that ran most: it does the work, and
 * those that tidy up beside it may wait. Linux only.
 */
export class GrantedSampler {
  readonly #pids: readonly number[];
  readonly #startedAt = performance.now();
  readonly #others = new Others();
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #threads = new Map<number, Thread>();
  #samples = 0;

  /** @param pids the processes concerned, with those that they start */
  constructor(pids: readonly number[]) {
    this.#pids = pids;
    this.#sample();
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
  }

  stop(): Taken {
    this.#sample();
    clearInterval(this.#timer);
    const lasted = performance.now() - this.#startedAt;
    const othersPercent = this.#others.percent();
    const theirs = Math.min(1, othersPercent / WHOLE_CORE_PERCENT);
    const workers = workersOf(this.#threads.values());
    const waited = Array.from({ length: this.#samples }, (_, at) => sumOf(workers.map(({ waits }) => waits[at] ?? 0)));
    const longest = Math.max(0, ...workers.map(({ waits }) => sumOf(waits)));
    const inSecond = Math.max(0, ...workers.map(({ waits }) => mostInSecond(waits, lasted / this.#samples)));
    return {
      othersPercent,
      lateMs: theirs * Math.max(...waited.map((ms, at) => ms + (waited[at - 1] ?? 0))),
      share: 1 - theirs * Math.min(1, longest / lasted),
      leastShare: 1 - theirs * Math.min(1, inSecond / Math.min(1000, lasted)),
    };
  }

  #sample(): void {
    const at = this.#samples++;
    for (const [id, pid, told] of timesOf(this.#pids)) {
      const thread = this.#threads.get(id);
      if (thread === undefined) {
        // One that came to be meanwhile has nothing behind it.
        const since = at === 0 ? [0, 0] : told;
        this.#threads.set(id, { pid, ranMs: since[0] as number, waits: [], told });
        (this.#threads.get(id) as Thread).waits[at] = since[1] as number;
        continue;
      }
      thread.ranMs += told[0] - thread.told[0];
      thread.waits[at] = told[1] - thread.told[1];
      thread.told = told;
    }
  }
}

/** Of each process the thread that ran most. */
function workersOf(threads: Iterable<Thread>): Thread[] {
  const most = new Map<number, Thread>();
  for (const thread of threads) {
    if (thread.ranMs >= (most.get(thread.pid)?.ranMs ?? 0)) {
      most.set(thread.pid, thread);
    }
  }
  return [...most.values()];
}

/** The most that was waited in samples that take a second. */
function mostInSecond(waits: readonly number[], sampleMs: number): number {
  const count = Math.ceil(1000 / sampleMs);
  let sum = 0;
  let most = 0;
  for (let at = 0; at < waits.length; at++) {
    sum += (waits[at] ?? 0) - (waits[at - count] ?? 0);
    most = Math.max(most, sum);
  }
  return most;
}

/** Every thread of these processes and of those that they started: its number, its process's, and its times. */
function* timesOf(pids: readonly number[]): Generator<[id: number, pid: number, told: [number, number]]> {
  const waiting = [...pids];
  for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
    for (const id of tasksOf(pid)) {
      try {
        // proc(5): nanoseconds on a core, nanoseconds ready to run without one, how often it was given one.
        const [ran, waited] = readFileSync(`/proc/${pid}/task/${id}/schedstat`, "utf8").split(" ").map(Number);
        const children = readFileSync(`/proc/${pid}/task/${id}/children`, "utf8").trim();
        waiting.push(...children.split(" ").filter(Boolean).map(Number));
        yield [Number(id), pid, [(ran as number) / 1e6, (waited as number) / 1e6]];
      } catch {
        // It ended meanwhile.
      }
    }
  }
}

function tasksOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + (number ?? 0), 0);
}
