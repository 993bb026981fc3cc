// Parts: faketime
import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Glob } from "bun";

/**
 * The system's clock as a program sees it whose environment has `env`: it can be set while that runs, and its children
 * see the same. What only ever goes on (CLOCK_MONOTONIC) stays as it is, as when somebody sets the clock. By libfaketime.
 */
export class SteppedClock implements Disposable {
  static #clocks = 0;
  readonly #path: string;
  readonly env: Readonly<Record<string, string>>;

  constructor() {
    SteppedClock.#clocks += 1;
    this.#path = join(tmpdir(), `lanvid-clock-${process.pid}-${SteppedClock.#clocks}`);
    this.set(0);
    const [library] = new Glob("/usr/lib/*/faketime/libfaketimeMT.so.1").scanSync("/");
    if (library === undefined) {
      throw new Error("libfaketime is not there: apt-get install libfaketime");
    }
    this.env = {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: this.#path,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DISABLE_SHM: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    };
  }

  /** @param offsetSeconds from what the clock really shows */
  set(offsetSeconds: number): void {
    writeFileSync(this.#path, `${offsetSeconds < 0 ? "" : "+"}${offsetSeconds}\n`);
  }

  [Symbol.dispose](): void {
    rmSync(this.#path, { force: true });
  }
}
