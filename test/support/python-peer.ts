import { join } from "node:path";
import type { Subprocess } from "bun";
import { PYTHON } from "./python.ts";
import { DEADLINE_MS, waitFor } from "./wait.ts";

const FOLDER = join(import.meta.dir, "../python");

/** What a classic program says on stdout, a JSON line each. */
export type PeerLine = { readonly event: string } & Readonly<Record<string, unknown>>;

/** A picture that a classic receiver showed. */
export interface Shown extends PeerLine {
  readonly event: "shown";
  /** Unix time in ms, with a fraction. */
  readonly at: number;
  readonly counter: number;
  /** ms since it was drawn, when it was unpickled. */
  readonly age: number;
  readonly shape: readonly number[];
  /** Of the array's bytes; with --hash. */
  readonly sha256?: string;
}

/** A picture that a classic sender sent. */
export interface Sent extends PeerLine {
  readonly event: "sent";
  readonly counter: number;
  readonly sha256: string;
}

/** A classic Python program of test/python, as people have them. Ended by `await using`. */
export class PythonPeer implements AsyncDisposable {
  readonly lines: PeerLine[] = [];
  readonly child: Subprocess<"ignore", "pipe", "pipe">;
  stderr = "";
  readonly #reading: Promise<unknown>;

  /** @param within words before the command */
  constructor(program: "sender" | "receiver" | "dialects", args: readonly string[], within: readonly string[] = []) {
    this.child = Bun.spawn([...within, PYTHON, join(FOLDER, `${program}.py`), ...args], {
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    this.#reading = Promise.all([this.#readLines(), this.#readErrors()]);
  }

  /** The port on which it listens, or that it has dialled, when it does. */
  async port(): Promise<number> {
    const what = () => `a Python program to be ready; stderr: ${this.stderr}`;
    return Number(await waitFor(what, () => this.lines.find(({ event }) => event === "ready")?.["port"]));
  }

  get shown(): readonly Shown[] {
    return this.lines.filter((line): line is Shown => line.event === "shown");
  }

  get sent(): readonly Sent[] {
    return this.lines.filter((line): line is Sent => line.event === "sent");
  }

  /** Settles when it has shown this many more pictures. */
  async shows(count: number, deadlineMs = DEADLINE_MS): Promise<void> {
    const before = this.shown.length;
    const what = () => `${count} more pictures in Python, ${this.shown.length - before} came; stderr: ${this.stderr}`;
    await waitFor(what, () => this.shown.length >= before + count, deadlineMs);
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.child.exited;
    await this.#reading;
  }

  async #readLines(): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of this.child.stdout) {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = parts.pop() ?? "";
      this.lines.push(...parts.map((part) => JSON.parse(part) as PeerLine));
    }
  }

  async #readErrors(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of this.child.stderr) {
      this.stderr += decoder.decode(chunk, { stream: true });
    }
  }
}
