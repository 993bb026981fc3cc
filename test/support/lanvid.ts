// Parts: ffmpeg
import { join } from "node:path";
import type { Subprocess } from "bun";
import { DEADLINE_MS, waitFor } from "./wait.ts";

const ROOT = join(import.meta.dir, "../..");

/** A JSON line of lanvid's. */
export type Event = Record<string, unknown> & { readonly event: string; readonly time: number };

/** How many watch, in a `stats` or `end` event of a sender's. */
export function viewerCount(event: Event | undefined): number | undefined {
  return (event?.["viewers"] as { readonly count: number } | null | undefined)?.count;
}

export interface LanvidOptions {
  /** A compiled binary; else the sources run. */
  readonly binary?: string;
  /** Of other sources than these: the folder of their package.json. */
  readonly sources?: string;
  readonly cwd?: string;
  readonly env?: Record<string, string | undefined>;
  readonly stdin?: ReadableStream | "ignore";
  /** Words before the command, such as `ip netns exec NAME`. */
  readonly within?: readonly string[];
  /** A script that the sources' program loads before its own. */
  readonly preload?: string;
}

/** Which lanvid to run. */
export type Program = Pick<LanvidOptions, "binary" | "sources" | "preload">;

/** The program of a lanvid, and what comes before its arguments. */
export function programOf({ binary, sources = ROOT, preload }: Program): string[] {
  const before = preload === undefined ? [] : ["--preload", preload];
  return binary ? [binary] : [process.execPath, ...before, join(sources, "src/main.ts")];
}

/** A running lanvid with --json, as a test drives it. Ended by `await using`. */
export class Lanvid implements AsyncDisposable {
  readonly events: Event[] = [];
  readonly child: Subprocess<"ignore" | ReadableStream, "pipe", "pipe">;
  stderr = "";
  readonly #reading: Promise<unknown>;

  constructor(args: readonly string[], options: LanvidOptions = {}) {
    this.child = Bun.spawn([...(options.within ?? []), ...programOf(options), ...args, "--json"], {
      cwd: options.cwd ?? ROOT,
      env: { ...process.env, ...options.env },
      stdin: options.stdin ?? "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    this.#reading = Promise.all([this.#readEvents(), this.#readErrors()]);
  }

  /** The first event of this kind, when it has come. */
  event(kind: string, deadlineMs = DEADLINE_MS): Promise<Event> {
    return this.eventWhere(({ event }) => event === kind, deadlineMs);
  }

  /** The first event that `accepts` it, when it has come. */
  eventWhere(accepts: (event: Event) => boolean, deadlineMs = DEADLINE_MS): Promise<Event> {
    const what = () => `an event of lanvid's; last: ${JSON.stringify(this.events.at(-1))}; stderr: ${this.stderr}`;
    return waitFor(what, () => this.events.find(accepts), deadlineMs);
  }

  /** The exit code, when it has ended and all its output was read. */
  async exited(): Promise<number | null> {
    await this.child.exited;
    await this.#reading;
    return this.child.exitCode;
  }

  kill(signal: NodeJS.Signals = "SIGTERM"): void {
    this.child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill("SIGCONT");
      this.child.kill("SIGTERM");
      const timer = setTimeout(() => this.child.kill("SIGKILL"), 3000);
      await this.child.exited;
      clearTimeout(timer);
    }
    await this.#reading;
  }

  async #readEvents(): Promise<void> {
    for await (const line of lines(this.child.stdout)) {
      this.events.push(JSON.parse(line) as Event);
    }
  }

  async #readErrors(): Promise<void> {
    for await (const line of lines(this.child.stderr)) {
      this.stderr += `${line}\n`;
    }
  }
}

/** Runs lanvid to its end, without --json. */
export async function runLanvid(args: readonly string[], options: LanvidOptions = {}) {
  const child = Bun.spawn([...(options.within ?? []), ...programOf(options), ...args], {
    cwd: options.cwd ?? ROOT,
    env: { ...process.env, ...options.env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: 40_000,
  });
  const [stdout, stderr] = await Promise.all([child.stdout.bytes(), child.stderr.text()]);
  await child.exited;
  return { code: child.exitCode, stdout, text: new TextDecoder().decode(stdout), stderr };
}

async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
  if (rest !== "") {
    yield rest;
  }
}
