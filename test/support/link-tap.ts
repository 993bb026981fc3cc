import { join } from "node:path";
import type { Codec } from "../../src/media.ts";
import { cutPictures, type Piece, readStrips, type SeenPicture } from "./film-strips.ts";
import { type Program, programOf } from "./lanvid.ts";
import { DEADLINE_MS, waitFor } from "./wait.ts";

const ROOT = join(import.meta.dir, "../..");

/** All that `lanvid watch` gets, in order, on its standard output; it asks for no lighter form. */
export function watchCommand(address: string, program: Program = {}): string[] {
  return [...programOf(program), "watch", address, "--output", "-"];
}

/**
 * A program that writes pictures to its standard output. They are kept with the time at which they came out, and looked
 * at when it is over, so that looking does not disturb it.
 */
export class LinkTap implements AsyncDisposable {
  readonly pieces: Piece[] = [];
  readonly #child: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly #reading: Promise<unknown>;
  #complaints = "";

  /** @param within words before the command, such as `ip netns exec NAME` */
  constructor(command: readonly string[], within: readonly string[]) {
    this.#child = Bun.spawn([...within, ...command], { cwd: ROOT, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
    const complaining = this.#child.stderr.text().then((text) => {
      this.#complaints = text;
    });
    this.#reading = Promise.all([this.#read(), complaining]);
  }

  /** Settles when something has come. */
  async first(deadlineMs = DEADLINE_MS): Promise<void> {
    await waitFor(
      () => `a first picture; it said: ${this.#complaints}`,
      () => this.pieces.length > 0,
      deadlineMs,
    );
  }

  /** Settles when something has come after this moment: Unix time in ms. */
  async after(at: number, deadlineMs = DEADLINE_MS): Promise<void> {
    await waitFor(
      () => `a picture again; it said: ${this.#complaints}`,
      () => (this.pieces.at(-1)?.at ?? 0) > at,
      deadlineMs,
    );
  }

  /** Of the program, whatever words are before its command. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Ends it, and reads the strips of what it gave. */
  async pictures(codec: Codec): Promise<SeenPicture[]> {
    await this[Symbol.asyncDispose]();
    return await readStrips(codec, cutPictures(codec, this.pieces));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.exited;
    await this.#reading;
  }

  async #read(): Promise<void> {
    for await (const bytes of this.#child.stdout) {
      this.pieces.push({ bytes, at: performance.timeOrigin + performance.now() });
    }
  }
}
