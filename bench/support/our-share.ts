import { readdirSync, readFileSync } from "node:fs";
import { busyTicks, TICKS_PER_SECOND } from "./usage.ts";

interface ProcessTimes {
  readonly pid: number;
  readonly parent: number;
  /** Its own and that of children that ended. */
  readonly ticks: number;
}

/** Tells how busy the machine is with what is neither this process nor any that it started. */
export class Others {
  readonly #startedAt = performance.now();
  readonly #ticks = othersTicks();

  /** Percent of one core that they have taken since this was made. */
  percent(): number {
    const seconds = (performance.now() - this.#startedAt) / 1000;
    return Math.max(0, ((othersTicks() - this.#ticks) / TICKS_PER_SECOND / seconds) * 100);
  }
}

function othersTicks(): number {
  const all = processes();
  const ours = new Set([process.pid]);
  // Parents first: a child may have a smaller number than its parent.
  for (let before = 0; before < ours.size; ) {
    before = ours.size;
    for (const { pid, parent } of all) {
      if (ours.has(parent)) {
        ours.add(pid);
      }
    }
  }
  return busyTicks() - all.reduce((sum, { pid, ticks }) => sum + (ours.has(pid) ? ticks : 0), 0);
}

/** proc(5), /proc/PID/stat: the fields 4 and 14 to 17, counted after the name, which may hold blanks. */
function processes(): ProcessTimes[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) {
      return [];
    }
    try {
      const fields = readFileSync(`/proc/${name}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ")
        .map(Number);
      const ticks = fields.slice(11, 15).reduce((sum, value) => sum + value, 0);
      return [{ pid: Number(name), parent: fields[1] ?? 0, ticks }];
    } catch {
      // It ended meanwhile.
      return [];
    }
  });
}
