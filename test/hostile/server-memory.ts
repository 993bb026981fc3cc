import type { Lanvid } from "../support/lanvid.ts";
import { residentMiB } from "../support/processes.ts";

const LOOK_MS = 20;

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
