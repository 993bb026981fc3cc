import { join } from "node:path";
import type { Subprocess } from "bun";
import { diesWithParent } from "../../src/sys.ts";
import type { Program } from "../../test/support/lanvid.ts";
import { waitFor } from "../../test/support/wait.ts";

/** Words before a command, so that it ends when this process does, however that happens. */
export const BOUND: readonly string[] = diesWithParent([]);

export interface ChildOptions {
  /** Words before the command, such as `taskset -c 1`. */
  readonly within?: readonly string[];
  /** Whose bench/support, where the program is made of lanvid's own parts; without it, this one's. */
  readonly program?: Program;
}

const ROOT = join(import.meta.dir, "../..");

/** A bench's program of its own, which says what it has to say in JSON lines. Ended by `await using`. */
export class Child<T extends { readonly event: string }> implements AsyncDisposable {
  readonly lines: T[] = [];
  readonly #child: Subprocess<"pipe", "pipe", "inherit">;
  readonly #reading: Promise<void>;

  /** @param file a program in bench/support */
  constructor(file: string, args: readonly string[], { within = [], program = {} }: ChildOptions = {}) {
    if (program.binary !== undefined) {
      throw new Error(
        `--against ${program.binary}: this needs the folder of its sources, since ${file} is made of them`,
      );
    }
    const path = join(program.sources ?? ROOT, "bench/support", file);
    this.#child = Bun.spawn([...BOUND, ...within, process.execPath, path, ...args], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    });
    this.#reading = this.#read();
  }

  get pid(): number {
    return this.#child.pid;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Tells the program something: one word, one line. */
  say(word: string): void {
    this.#child.stdin.write(`${word}\n`);
    this.#child.stdin.flush();
  }

  /** The newest line of this kind, when there is one. */
  line(event: T["event"], deadlineMs = 20_000): Promise<T> {
    return waitFor(
      `"${event}" from a bench's program`,
      () => this.lines.findLast((line) => line.event === event),
      deadlineMs,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGCONT");
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 2000);
    await this.#child.exited;
    clearTimeout(timer);
    await this.#reading;
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of this.#child.stdout) {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = parts.pop() ?? "";
      this.lines.push(...parts.map((part) => JSON.parse(part) as T));
    }
  }
}

/** Says one JSON line; for the programs themselves. */
export function say(line: { readonly event: string } & Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Calls `take` with each word that `Child.say` gave; for the programs themselves. */
export async function hear(take: (word: string) => void): Promise<void> {
  for await (const line of console) {
    take(line.trim());
  }
}
