// Parts: ffmpeg
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Subprocess } from "bun";
import { decodePicture, readStrip, type Strip, stripAgeMs } from "./picture.ts";
import { DEADLINE_MS, waitFor } from "./wait.ts";

const ROOT = join(import.meta.dir, "../..");

/** A strip, and how old it was when its picture was whole here. */
export interface SeenStrip extends Strip {
  readonly ageMs: number;
}

interface Shot {
  readonly bytes: Uint8Array;
  readonly at: number;
}

/** A `lanvid watch --output FIFO`, whose JPEG pictures a test sees in the moment in which they come. */
export class FrameTap implements AsyncDisposable {
  readonly child: Subprocess<"ignore", "ignore", "pipe">;
  readonly #folder = mkdtempSync(join(tmpdir(), "lanvid-tap-"));
  readonly #reader: Subprocess<"ignore", "pipe", "ignore">;
  frames = 0;
  #newest: Shot | null = null;
  #pending: Uint8Array = new Uint8Array(0);
  readonly #reading: Promise<unknown>;
  stderr = "";

  constructor(port: unknown) {
    const fifo = join(this.#folder, "pictures.mjpeg");
    Bun.spawnSync(["mkfifo", fifo]);
    this.#reader = Bun.spawn(["cat", fifo], { stdin: "ignore", stdout: "pipe", stderr: "ignore" });
    this.child = Bun.spawn(
      [process.execPath, join(ROOT, "src/main.ts"), "watch", `127.0.0.1:${port}`, "--output", fifo, "--force"],
      { cwd: ROOT, stdin: "ignore", stdout: "ignore", stderr: "pipe" },
    );
    this.#reading = Promise.all([this.#read(), this.child.stderr.text().then((text) => (this.stderr = text))]);
  }

  /** Settles when this many more pictures have come. */
  async more(count: number, deadlineMs = DEADLINE_MS): Promise<void> {
    const before = this.frames;
    const what = () => `${count} more pictures, ${this.frames - before} came`;
    await waitFor(what, () => this.frames >= before + count, deadlineMs);
  }

  /** The next picture. */
  async next(): Promise<Uint8Array> {
    await this.more(1);
    return (this.#newest as Shot).bytes;
  }

  /** The strip of the next picture. @throws Error when it has none */
  async strip(): Promise<SeenStrip> {
    await this.more(1);
    const { bytes, at } = this.#newest as Shot;
    const strip = readStrip(await decodePicture(bytes));
    if (strip === null) {
      throw new Error("the picture has no time strip");
    }
    return { ...strip, ageMs: stripAgeMs(strip, at) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGTERM");
    await this.child.exited;
    this.#reader.kill();
    await this.#reading;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #read(): Promise<void> {
    for await (const chunk of this.#reader.stdout) {
      this.#pending = Buffer.concat([this.#pending, chunk]);
      this.#cut();
    }
  }

  /** Pictures end with FF D9, which JPEG's own data never holds. */
  #cut(): void {
    for (;;) {
      const end = Buffer.from(this.#pending.buffer, this.#pending.byteOffset, this.#pending.length).indexOf(
        "ffd9",
        "hex",
      );
      if (end < 0) {
        return;
      }
      this.frames += 1;
      this.#newest = { bytes: this.#pending.slice(0, end + 2), at: Date.now() };
      this.#pending = this.#pending.subarray(end + 2);
    }
  }
}
