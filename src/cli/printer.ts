import { type LanvidError, messageOf } from "../errors.ts";
import { harmless, harmlessJson, type Log } from "../log.ts";
import { fitting } from "../sys.ts";
import { type Line, rendered, showsColours, styled } from "./style.ts";

export type Level = "quiet" | "normal" | "verbose";

/**
 * Everything that is printed goes through here: stdout carries answers, stderr the rest, on a terminal one line lives.
 * Whatever is said in it, and by whom, a terminal obeys nothing but what is written here.
 */
export class Printer implements Log {
  readonly #level: Level;
  /** stderr is a terminal that can write a line over. */
  readonly #isTerminal: boolean;
  readonly #colours = { stdout: showsColours(process.stdout), stderr: showsColours(process.stderr) };
  #hasStatus = false;

  constructor(level: Level) {
    this.#level = level;
    this.#isTerminal = process.stderr.isTTY === true && process.env["TERM"] !== "dumb";
  }

  /** Nothing but answers and errors is printed. */
  get isQuiet(): boolean {
    return this.#level === "quiet";
  }

  /** An answer, on stdout. */
  answer(line: Line): void {
    this.answerLines(() => [line]);
  }

  /** Lines of an answer, on stdout. @param lines made for its terminal */
  answerLines(lines: (to: { readonly hasColours: boolean; readonly columns: number | null }) => readonly Line[]): void {
    this.#clearStatus();
    const hasColours = this.#colours.stdout;
    const columns = process.stdout.isTTY ? process.stdout.columns || 80 : null;
    process.stdout.write(textOf(lines({ hasColours, columns }), hasColours));
  }

  /**
   * Lines that somebody asked for by a key, where they are seen: on stdout if that is a terminal, else on stderr. Nothing
   * when quiet: a picture may be there.
   */
  replyLines(lines: (to: { readonly hasColours: boolean; readonly columns: number | null }) => readonly Line[]): void {
    if (this.isQuiet) {
      return;
    }
    if (process.stdout.isTTY) {
      this.answerLines(lines);
      return;
    }
    const hasColours = this.#colours.stderr;
    const columns = process.stderr.isTTY ? process.stderr.columns || 80 : null;
    this.#clearStatus();
    process.stderr.write(textOf(lines({ hasColours, columns }), hasColours));
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
    process.stderr.write(`\r\x1b[2K${fitting(harmless(line), width - 1)}`);
    this.#hasStatus = true;
  }

  info(message: string): void {
    this.infoLines([message]);
  }

  /** Lines on stderr. */
  infoLines(lines: readonly Line[]): void {
    if (this.#level !== "quiet") {
      this.#lines(...lines);
    }
  }

  warn(message: string, hint?: string): void {
    if (this.#level !== "quiet") {
      this.#lines(["lanvid: ", styled("yellow", "warning:"), ` ${message}`], ...hintLines(hint));
    }
  }

  debug(message: string): void {
    if (this.#level === "verbose") {
      this.#lines(message);
    }
  }

  error(error: unknown): void {
    const { hint } = error as Partial<LanvidError>;
    this.#lines(["lanvid: ", styled("red", "error:"), ` ${messageOf(error)}`], ...hintLines(hint));
    if (this.#level === "verbose") {
      for (let at = error; at instanceof Error; at = at.cause) {
        this.#lines(at.stack ?? at.message);
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

  /** In one write: whoever reads a warning has its hint, and no other program writes between the two. */
  #lines(...lines: readonly Line[]): void {
    this.#clearStatus();
    process.stderr.write(textOf(lines, this.#colours.stderr));
  }

  #clearStatus(): void {
    if (this.#hasStatus) {
      process.stderr.write("\r\x1b[2K");
      this.#hasStatus = false;
    }
  }
}

function textOf(lines: readonly Line[], hasColours: boolean): string {
  return lines.map((line) => `${rendered(line, hasColours)}\n`).join("");
}

function hintLines(hint: string | undefined): readonly Line[] {
  return hint === undefined ? [] : [[styled("dim", `lanvid: hint: ${hint}`)]];
}
