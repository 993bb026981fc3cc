import { type LanvidError, messageOf } from "../errors.ts";
import { harmless, harmlessJson, harmlessLines, type Log } from "../log.ts";

export type Level = "quiet" | "normal" | "verbose";

/**
 * Everything that is printed goes through here: stdout carries answers, stderr the rest, on a terminal one line lives.
 * Whatever is said in it, and by whom, a terminal obeys nothing but what is written here.
 */
export class Printer implements Log {
  readonly #level: Level;
  readonly #isTerminal: boolean;
  #hasStatus = false;

  constructor(level: Level) {
    this.#level = level;
    this.#isTerminal = process.stderr.isTTY === true;
  }

  /** An answer, on stdout. @param mark what stands before it and is printed as it is: a word in colour */
  answer(line: string, mark = ""): void {
    this.#clearStatus();
    process.stdout.write(`${mark}${harmlessLines(line)}\n`);
  }

  /** An answer for programs, on stdout. */
  json(value: unknown): void {
    process.stdout.write(`${harmlessJson(value)}\n`);
  }

  /** A JSON line, on stdout. */
  event(event: string, fields: object): void {
    this.json({ event, time: Date.now(), ...fields });
  }

  /** The line that is written over and over on a terminal; nothing elsewhere. */
  status(line: string): void {
    if (!this.#isTerminal || this.#level === "quiet") {
      return;
    }
    const width = process.stderr.columns || 80;
    process.stderr.write(`\r\x1b[2K${harmless(line).slice(0, Math.max(0, width - 1))}`);
    this.#hasStatus = true;
  }

  info(message: string): void {
    if (this.#level !== "quiet") {
      this.#line(message);
    }
  }

  warn(message: string, hint?: string): void {
    if (this.#level !== "quiet") {
      this.#line(`lanvid: warning: ${message}`);
      if (hint !== undefined) {
        this.#line(`lanvid: hint: ${hint}`);
      }
    }
  }

  debug(message: string): void {
    if (this.#level === "verbose") {
      this.#line(message);
    }
  }

  error(error: unknown): void {
    this.#line(`lanvid: error: ${messageOf(error)}`);
    const { hint } = error as Partial<LanvidError>;
    if (hint !== undefined) {
      this.#line(`lanvid: hint: ${hint}`);
    }
    if (this.#level === "verbose") {
      for (let at = error; at instanceof Error; at = at.cause) {
        this.#line(at.stack ?? at.message);
      }
    }
  }

  /** Leaves the status line as it is, and goes below it. */
  endStatus(): void {
    if (this.#hasStatus) {
      process.stderr.write("\n");
      this.#hasStatus = false;
    }
  }

  #line(text: string): void {
    this.#clearStatus();
    process.stderr.write(`${harmlessLines(text)}\n`);
  }

  #clearStatus(): void {
    if (this.#hasStatus) {
      process.stderr.write("\r\x1b[2K");
      this.#hasStatus = false;
    }
  }
}
