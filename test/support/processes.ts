/** Processes as Linux shows them in /proc. */

import { readdirSync, readFileSync } from "node:fs";
import { waitFor } from "./wait.ts";

interface Stat {
  readonly name: string;
  readonly state: string;
  readonly parent: number;
  /** Clock ticks since the machine began. */
  readonly startedAt: number;
}

/** What proc(5) says of a process in its `stat`; null when there is none. */
function statOf(pid: number): Stat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const [state, parent] = fields;
    return {
      name: text.slice(text.indexOf("(") + 1, text.lastIndexOf(")")),
      state: state ?? "",
      parent: Number(parent),
      startedAt: Number(fields[19]),
    };
  } catch {
    return null;
  }
}

/** Is it there, and no zombie that only waits to be counted? */
export function isRunning(pid: number): boolean {
  const state = statOf(pid)?.state;
  return state !== undefined && state !== "Z" && state !== "X";
}

/** One letter: `R` running, `S` sleeping, `T` stopped; null when there is no such process. */
export function stateOf(pid: number): string | null {
  return statOf(pid)?.state ?? null;
}

/** The children of a process that have this name (15 letters at most) and run. */
export function childrenOf(pid: number, name: string): number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((child) => {
      const stat = statOf(child);
      return stat !== null && stat.parent === pid && stat.name === name && isRunning(child);
    });
}

/** Its program and arguments. */
export function commandOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
  } catch {
    return [];
  }
}

/**
 * The ffmpeg of a lanvid that captures (it also runs one to ask for its version), when it runs.
 * @param not one that was there before
 */
export function ffmpegOf(pid: number, not?: number): Promise<number> {
  const isIt = (child: number) => child !== not && commandOf(child).includes("pipe:1");
  return waitFor(`an ffmpeg of process ${pid}`, () => childrenOf(pid, "ffmpeg").find(isIt));
}

/** The same for the test pattern's, where there are others that make other forms of what it gives. */
export function capturingFfmpegOf(pid: number, not?: number): Promise<number> {
  const isIt = (child: number) => child !== not && commandOf(child).includes("rawvideo") && isReading(child);
  return waitFor(`the capturing ffmpeg of process ${pid}`, () => childrenOf(pid, "ffmpeg").find(isIt));
}

/** Its input is raw video: that of others is what was captured. */
function isReading(pid: number): boolean {
  const command = commandOf(pid);
  return command.indexOf("rawvideo") < command.indexOf("-i");
}

/** All children of a process, whatever their name; one that has ended and is not yet waited for (a zombie) counts. */
export function allChildrenOf(pid: number): number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((child) => statOf(child)?.parent === pid);
}

/** A name of a running process that is never another's: numbers are given again. Null when it does not run. */
export function identityOf(pid: number): string | null {
  const stat = statOf(pid);
  return stat === null || !isRunning(pid) ? null : `${pid} since ${stat.startedAt}`;
}

/** The most memory that a process had resident since it is the program that it is, MiB. @throws Error when it is gone */
export function peakMemoryMiB(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}

/** What a process has resident now, MiB. @throws Error when it is gone */
export function residentMiB(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}
