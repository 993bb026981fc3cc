import type { FileSink, Subprocess } from "bun";
import { messageOf } from "../errors.ts";
import type { Log } from "../log.ts";
import { diesWithParent } from "../sys.ts";
import { type Clock, systemClock } from "../time.ts";
import { stillThere } from "./find.ts";
import { InputReader, type InputReport } from "./input-report.ts";
import { Redaction } from "./redaction.ts";
import { readLine } from "./reporting.ts";

/** What is kept of ffmpeg's stderr: it may say the same thing thousands of times. */
const TAIL_LINES = 20;
const LINE_LENGTH = 500;
/** What is read of a line: secrets are looked for in all of that, so that none is cut in two. */
const READ_LENGTH = 8192;
/** How long ffmpeg may take to end after being asked, ms. */
const TERMINATE_MS = 500;

export interface FfmpegOptions {
  /** `pipe`: written by `write`; `inherit`: our own stdin. */
  readonly stdin: "pipe" | "inherit" | "ignore";
  /**
   * Owns `chunk`. Nothing more is read before what it returns has settled: ffmpeg waits.
   * @throws Error when it is not what was expected, which ends ffmpeg
   */
  readonly onOutput: (chunk: Uint8Array) => Promise<void> | undefined | void;
  /** The end of a pipe that it writes to instead; it stays the caller's to close. */
  readonly output?: number;
  /** It has a complaint: a line of its stderr. */
  readonly onComplaint?: (line: string) => void;
  /** It has opened its input; of one that runs with `REPORTING`. */
  readonly onInput?: (report: InputReport) => void;
  /** It says what it does; the same. */
  readonly onRemark?: () => void;
  /** It decodes strangers' bytes: our environment is none of its business. */
  readonly isIsolated?: boolean;
  /** Called once, after the last output. */
  readonly onExit: (exit: FfmpegExit) => void;
  readonly log: Log;
  /** The machine's own unless told. */
  readonly clock?: Clock;
}

export interface FfmpegExit {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
  /** The last lines of its stderr, without secrets. */
  readonly stderr: readonly string[];
  /** Why its output could not be taken, for which it was ended; null when nothing was wrong with it. */
  readonly badOutput: string | null;
}

/** A running ffmpeg. It never outlives this process. */
export class FfmpegProcess {
  readonly #child: Subprocess<"pipe" | "inherit" | "ignore", "pipe" | number, "pipe">;
  readonly #options: FfmpegOptions;
  readonly #stderr: string[] = [];
  readonly #redaction: Redaction;
  readonly #input = new InputReader();
  /** The line that is read is a complaint. */
  #isComplaining = true;
  #badOutput: string | null = null;
  /** Settles when the process is gone and everything it wrote was taken. */
  readonly finished: Promise<void>;

  /** @throws Error when the program can't be started */
  constructor(path: string, args: readonly string[], options: FfmpegOptions) {
    this.#options = options;
    const command = [stillThere(path), ...args];
    this.#redaction = new Redaction(args);
    options.log.debug(`running ${this.#redaction.command(command).map(quoted).join(" ")}`);
    this.#child = Bun.spawn(diesWithParent(command), {
      stdin: options.stdin,
      stdout: options.output ?? "pipe",
      stderr: "pipe",
      env: { ...(options.isIsolated ? bareEnvironment() : process.env), AV_LOG_FORCE_NOCOLOR: "1" },
      // A group of its own: Ctrl-C in the terminal is for us, who then end it in order.
      detached: process.platform !== "win32",
    });
    this.finished = this.#run();
  }

  get pid(): number {
    return this.#child.pid;
  }

  /**
   * Writes to its stdin; settles when it has taken the bytes.
   * @returns false when it no longer reads
   */
  async write(bytes: Uint8Array): Promise<boolean> {
    try {
      const stdin = this.#child.stdin as FileSink;
      // Both may fail, and both must be waited for.
      await stdin.write(bytes);
      await stdin.flush();
      return true;
    } catch {
      // It has ended, or closed its stdin: its exit says why.
      return false;
    }
  }

  /** Nothing more is written: it is to finish what it has, and end. */
  async endInput(): Promise<void> {
    try {
      await (this.#child.stdin as FileSink).end();
    } catch {
      // It has ended already.
    }
  }

  /** Asks it to end, and ends it if it does not. Settles when it is gone. */
  async stop(): Promise<void> {
    this.#signal("SIGTERM");
    const { clock = systemClock } = this.#options;
    using _limit = clock.after(TERMINATE_MS, () => this.kill());
    await this.finished;
  }

  /** Ends it at once, even if it is stopped. */
  kill(): void {
    this.#signal("SIGKILL");
  }

  /** Signals its whole group: what is named as ffmpeg may be a script that runs it. */
  #signal(name: "SIGTERM" | "SIGKILL"): void {
    try {
      if (process.platform === "win32") {
        this.#child.kill(name);
      } else {
        process.kill(-this.#child.pid, name);
      }
    } catch {
      // It is gone already.
    }
  }

  async #run(): Promise<void> {
    await Promise.all([this.#readOutput(), this.#readErrors(), this.#child.exited]);
    const { exitCode, signalCode } = this.#child;
    this.#options.onExit({
      code: exitCode,
      signal: signalCode === null ? null : String(signalCode),
      stderr: this.#stderr,
      badOutput: this.#badOutput,
    });
  }

  async #readOutput(): Promise<void> {
    const { stdout } = this.#child;
    if (!(stdout instanceof ReadableStream)) {
      return;
    }
    try {
      for await (const chunk of stdout) {
        const room = this.#options.onOutput(chunk);
        if (room !== undefined) {
          await room;
        }
      }
    } catch (error) {
      this.#badOutput = messageOf(error);
      this.kill();
    }
  }

  async #readErrors(): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of this.#child.stderr) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split(/[\r\n]+/);
      rest = (lines.pop() ?? "").slice(0, READ_LENGTH);
      for (const line of lines) {
        this.#keep(line);
      }
    }
    this.#keep(rest);
  }

  #keep(line: string): void {
    if (line.trim() === "") {
      return;
    }
    // An address that goes on beyond what was read may be cut before what tells that it has a password.
    const whole = line.length < READ_LENGTH ? line : line.replace(/\S*$/, "…");
    const text = this.#options.onInput === undefined ? whole : this.#takeReport(whole);
    const kept = this.#redaction.text(text).slice(0, LINE_LENGTH);
    this.#options.log.debug(`ffmpeg: ${kept}`);
    if (!this.#isComplaining) {
      return;
    }
    this.#options.onComplaint?.(kept);
    this.#stderr.push(kept);
    if (this.#stderr.length > TAIL_LINES) {
      this.#stderr.shift();
    }
  }

  /** Reads what it says of its input. @returns the line without its level */
  #takeReport(line: string): string {
    const { text, isComplaint } = readLine(line);
    this.#isComplaining = isComplaint ?? this.#isComplaining;
    const report = this.#input.take(text);
    if (report !== null) {
      this.#options.onInput?.(report);
    }
    this.#options.onRemark?.();
    return text;
  }
}

/** What programs can't be started without. */
function bareEnvironment(): Record<string, string | undefined> {
  const { PATH, SystemRoot } = process.env;
  return { PATH, SystemRoot };
}

/** A word of a command line as a person could paste it into a shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
