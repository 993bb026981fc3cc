import type { SeenPicture } from "./film-strips.ts";
import { LinkTap, watchCommand } from "./link-tap.ts";
import { DEADLINE_MS } from "./wait.ts";

/** What a `watch` showed around a fault. */
export interface Recovery {
  /** From the end of the fault until there was a new picture again, ms. */
  readonly backMs: number;
  /** The longest time without one, ms. */
  readonly gapMs: number;
  /** How old a picture was when it came, at most, and by the strip, ms. */
  readonly oldestMs: number;
}

/** A `lanvid watch` of a JPEG stream that is looked at when all is over. It is on the machine whose clock the strips bear. */
export class FaultTap implements AsyncDisposable {
  readonly #tap: LinkTap;

  /** @param within words before the command, such as `ip netns exec NAME` */
  constructor(address: string, within: readonly string[] = []) {
    this.#tap = new LinkTap([...watchCommand(address)], within);
  }

  get pid(): number {
    return this.#tap.pid;
  }

  async first(): Promise<void> {
    await this.#tap.first();
  }

  /** Settles when something has come after this moment: that of `now`. */
  async after(at: number, deadlineMs = DEADLINE_MS): Promise<void> {
    await this.#tap.after(at, deadlineMs);
  }

  /** @param endedAt when the fault was over: that of `now` */
  async recovery(endedAt: number): Promise<Recovery> {
    const pictures = await this.#tap.pictures("mjpeg");
    const next = pictures.find(({ at }) => at > endedAt);
    return {
      backMs: (next?.at ?? Number.NaN) - endedAt,
      gapMs: Math.max(...gapsOf(pictures)),
      oldestMs: Math.max(...pictures.map(({ ageMs }) => ageMs)),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tap[Symbol.asyncDispose]();
  }
}

/** Unix time in ms, with a fraction. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

function gapsOf(pictures: readonly SeenPicture[]): number[] {
  return pictures.slice(1).map(({ at }, index) => at - (pictures[index] as SeenPicture).at);
}
