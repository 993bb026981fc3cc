import { readFileSync } from "node:fs";
import { MIB } from "../../src/units.ts";

/** Linux counts a process's time in hundredths of a second (USER_HZ), whatever its own clock is. */
export const TICKS_PER_SECOND = 100;

/** What a process used between two moments. */
export interface Usage {
  /** Percent of one core. */
  readonly cpuPercent: number;
  /** Resident memory in MB: the median of what was seen. */
  readonly residentMb: number;
}

/** Tells how busy the machine is with what is not ours. */
export class Disturbance {
  readonly #pids: readonly number[];
  readonly #startedAt = performance.now();
  readonly #ticks: number;

  /** @param pids the processes that are ours, besides this one */
  constructor(pids: readonly number[]) {
    this.#pids = [...pids, process.pid];
    this.#ticks = this.#othersTicks();
  }

  /** Percent of one core that other processes, and other machines of the same host, have taken since it was made. */
  percent(): number {
    const seconds = (performance.now() - this.#startedAt) / 1000;
    return ((this.#othersTicks() - this.#ticks) / TICKS_PER_SECOND / seconds) * 100;
  }

  #othersTicks(): number {
    return busyTicks() - this.#pids.reduce((sum, pid) => sum + ticksOf(pid), 0);
  }
}

/** Watches one process, ten times a second, until `stop`. */
export class UsageSampler {
  readonly #pid: number;
  readonly #startedAt = performance.now();
  readonly #ticks: number;
  readonly #resident: number[] = [];
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(pid: number) {
    this.#pid = pid;
    this.#ticks = ticksOf(pid);
    this.#timer = setInterval(() => this.#resident.push(residentMbOf(pid)), 100);
  }

  stop(): Usage {
    clearInterval(this.#timer);
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const cpuPercent = ((ticksOf(this.#pid) - this.#ticks) / TICKS_PER_SECOND / seconds) * 100;
    const sorted = [...this.#resident, residentMbOf(this.#pid)].sort((a, b) => a - b);
    return { cpuPercent, residentMb: sorted[sorted.length >> 1] as number };
  }
}

/** proc(5), /proc/PID/stat: the fields 14 and 15, counted after the name, which may hold blanks. */
function ticksOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

function residentMbOf(pid: number): number {
  const kib = Number(/^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  return (kib * 1024) / MIB;
}

/** proc(5), /proc/stat: all cores' time but idle and iowait. Interrupts count: they are in a process's time, too. */
export function busyTicks(): number {
  const [user, nice, system, , , irq, softirq, steal] = (readFileSync("/proc/stat", "utf8").split("\n")[0] ?? "")
    .replace(/^cpu\s+/, "")
    .split(" ")
    .map(Number);
  return [user, nice, system, irq, softirq, steal].reduce<number>((sum, ticks) => sum + (ticks ?? 0), 0);
}
