import { nowMicros } from "../time.ts";
import type { Size } from "../units.ts";
import type { Feeder } from "./feeder.ts";
import { TestPattern } from "./test-pattern.ts";

/** Draws the test pattern into ffmpeg at a steady rate; a frame that ffmpeg has no room for is left out. */
export class PatternFeeder implements Feeder {
  readonly #pattern: TestPattern;
  readonly #intervalMs: number;
  readonly #drawnAt: number[] = [];

  constructor(size: Size, fps: number) {
    this.#pattern = new TestPattern(size);
    this.#intervalMs = 1000 / fps;
  }

  run(write: (bytes: Uint8Array) => Promise<boolean>, signal: AbortSignal): void {
    void this.#draw(write, signal);
  }

  capturedAt(): number | null {
    return this.#drawnAt.shift() ?? null;
  }

  async #draw(write: (bytes: Uint8Array) => Promise<boolean>, signal: AbortSignal): Promise<void> {
    const startedAt = performance.now();
    let tick = 0;
    for (let counter = 1; !signal.aborted; counter++) {
      this.#drawnAt.push(nowMicros());
      const isTaken = await write(this.#pattern.draw(Date.now(), counter));
      if (!isTaken) {
        return;
      }
      const passed = Math.floor((performance.now() - startedAt) / this.#intervalMs);
      tick = Math.max(tick + 1, passed);
      const waitMs = Math.max(0, startedAt + tick * this.#intervalMs - performance.now());
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
}
