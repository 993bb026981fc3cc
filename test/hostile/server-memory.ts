import { readFileSync } from "node:fs";
import { MIB } from "../../src/units.ts";
import type { Lanvid } from "../support/lanvid.ts";

const LOOK_MS = 20;

/** Resident memory of a process, MiB. */
export function residentMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return (Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024) / MIB;
}

/** How far a program's memory rises above what it is now, as long as it is watched. */
export class MemoryWatch implements Disposable {
  readonly #pid: number;
  readonly #before: number;
  readonly #timer: ReturnType<typeof setInterval>;
  #peak: number;

  constructor({ child: { pid } }: Lanvid) {
    this.#pid = pid;
    this.#before = residentMiB(pid);
    this.#peak = this.#before;
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  /** The most that it has risen by, MiB. */
  get riseMiB(): number {
    this.#look();
    return this.#peak - this.#before;
  }

  #look(): void {
    this.#peak = Math.max(this.#peak, residentMiB(this.#pid));
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
