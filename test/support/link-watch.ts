import { join } from "node:path";
import type { Codec } from "../../src/media.ts";
import { cutPictures, type Piece, readStrips, type SeenPicture } from "./film-strips.ts";
import { waitFor } from "./wait.ts";

const ROOT = join(import.meta.dir, "../..");

export interface LinkWatchOptions {
  /** Words before the command, such as `ip netns exec NAME`. */
  readonly within: readonly string[];
  readonly args?: readonly string[];
}

/**
 * A `lanvid watch ADDRESS --output -`: what it writes is kept with the time at which it came out, and looked at when it
 * is over, so that looking does not disturb it. All that it gets is in it, in order; it asks for no lighter form.
 */
export class LinkWatch implements AsyncDisposable {
  readonly pieces: Piece[] = [];
  readonly #child: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly #reading: Promise<unknown>;
  #complaints = "";

  constructor(address: string, { within, args = [] }: LinkWatchOptions) {
    const command = [process.execPath, join(ROOT, "src/main.ts"), "watch", address, "--output", "-", ...args];
    this.#child = Bun.spawn([...within, ...command], { cwd: ROOT, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
    const complaining = this.#child.stderr.text().then((text) => {
      this.#complaints = text;
    });
    this.#reading = Promise.all([this.#read(), complaining]);
  }

  /** Settles when something has come. */
  async first(deadlineMs = 30_000): Promise<void> {
    await waitFor("a first picture", () => this.pieces.length > 0, deadlineMs);
  }

  /** Ends it, and reads the strips of what it showed. */
  async pictures(codec: Codec): Promise<SeenPicture[]> {
    await this[Symbol.asyncDispose]();
    const pictures = cutPictures(codec, this.pieces);
    if (pictures.length === 0) {
      throw new Error(`watch gave no picture: ${this.#complaints}`);
    }
    return await readStrips(codec, pictures);
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
