import { type Clock, type Micros, sleep, systemClock } from "../time.ts";
import type { Size } from "../units.ts";
import type { Feeder } from "./feeder.ts";
import { TestPattern } from "./test-pattern.ts";

/** Draws the test pattern into ffmpeg at a steady rate; a frame that ffmpeg has no room for is left out. */
export class PatternFeeder implements Feeder {
  readonly #pattern: TestPattern;
  readonly #intervalMs: number;
  readonly #drawnAt: Micros[] = [];
  readonly #clock: Clock;

  constructor(size: Size, fps: number, clock = systemClock) {
    this.#pattern = new TestPattern(size);
    this.#intervalMs = 1000 / fps;
    this.#clock = clock;
  }

  run(write: (bytes: Uint8Array) => Promise<boolean>, signal: AbortSignal): void {
    void this.#draw(write, signal);
  }

  capturedAt(): Micros | null {
    return this.#drawnAt.shift() ?? null;
  }

  async #draw(write: (bytes: Uint8Array) => Promise<boolean>, signal: AbortSignal): Promise<void> {
    const clock = this.#clock;
    const startedAt = clock.now();
    let tick = 0;
    for (let counter = 1; !signal.aborted; counter++) {
      this.#drawnAt.push(clock.micros());
      const isTaken = await write(this.#pattern.draw(clock.unixMs(), counter));
      if (!isTaken) {
        return;
      }
      const passed = Math.floor((clock.now() - startedAt) / this.#intervalMs);
      tick = Math.max(tick + 1, passed);
      const waitMs = Math.max(0, startedAt + tick * this.#intervalMs - clock.now());
      await sleep(waitMs, signal, clock);
    }
  }
}
