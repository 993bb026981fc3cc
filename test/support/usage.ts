/** What processes take of the machine, by Linux's /proc. */

import { readdirSync, readFileSync } from "node:fs";
import { percentile } from "../../src/units.ts";
import { residentMiB } from "./processes.ts";

/** Linux counts a process's time in hundredths of a second (USER_HZ), whatever its own clock is. */
const TICKS_PER_SECOND = 100;

/** What a process used between two moments. */
export interface Usage {
  /** Percent of one core. */
  readonly cpuPercent: number;
  /** Resident memory, MiB: the median of what was seen. */
  readonly residentMiB: number;
}

/** Watches one process, ten times a second, until `stop` or until it ends. */
export class UsageSampler {
  readonly #pid: number;
  readonly #startedAt = performance.now();
  readonly #ticks: number;
  readonly #resident: number[] = [];
  readonly #timer: ReturnType<typeof setInterval>;
  #last: number;

  constructor(pid: number) {
    this.#pid = pid;
    this.#ticks = timesOf(pid).ticks;
    this.#last = this.#ticks;
    this.#timer = setInterval(() => this.#sample(), 100);
  }

  stop(): Usage {
    this.#sample();
    clearInterval(this.#timer);
    const cpuPercent = percentOf(this.#last - this.#ticks, this.#startedAt);
    return { cpuPercent, residentMiB: percentile(this.#resident, 0.5) as number };
  }

  #sample(): void {
    try {
      this.#last = timesOf(this.#pid).ticks;
      this.#resident.push(residentMiB(this.#pid));
    } catch {
      clearInterval(this.#timer);
    }
  }
}

/** Tells how busy the machine is with what is neither this process nor any that it started. */
export class Others {
  readonly #startedAt = performance.now();
  readonly #ticks = othersTicks();

  /** Percent of one core that they, and other machines of the same host, have taken since this was made. */
  percent(): number {
    return Math.max(0, percentOf(othersTicks() - this.#ticks, this.#startedAt));
  }
}

function percentOf(ticks: number, since: number): number {
  return ((ticks / TICKS_PER_SECOND) * 100_000) / (performance.now() - since);
}

function othersTicks(): number {
  const all = processes();
  const ours = new Set([process.pid]);
  // Until there are no more: a child may have a smaller number than its parent.
  for (let before = 0; before < ours.size; ) {
    before = ours.size;
    for (const { pid, parent } of all) {
      if (ours.has(parent)) {
        ours.add(pid);
      }
    }
  }
  return busyTicks() - all.reduce((sum, { pid, ticksWithEnded }) => sum + (ours.has(pid) ? ticksWithEnded : 0), 0);
}

function processes() {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        return [{ pid: Number(name), ...timesOf(Number(name)) }];
      } catch {
        // It ended meanwhile.
        return [];
      }
    });
}

/** proc(5), /proc/PID/stat: the fields 4 and 14 to 17, counted after the name, which may hold blanks. */
function timesOf(pid: number) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ")
    .map(Number);
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15);
  const ticks = user + system;
  return { parent: fields[1] ?? 0, ticks, ticksWithEnded: ticks + endedUser + endedSystem };
}

/** proc(5), /proc/stat: all cores' time but idle and iowait. Interrupts count: they are in a process's time, too. */
function busyTicks(): number {
  const [user, nice, system, , , irq, softirq, steal] = (readFileSync("/proc/stat", "utf8").split("\n")[0] ?? "")
    .replace(/^cpu\s+/, "")
    .split(" ")
    .map(Number);
  return [user, nice, system, irq, softirq, steal].reduce<number>((sum, ticks) => sum + (ticks ?? 0), 0);
}
