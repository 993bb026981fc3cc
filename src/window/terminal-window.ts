import { harmless } from "../log.ts";
import type { PixelBuffer } from "../media.ts";
import { fitting } from "../sys.ts";
import { type Clock, systemClock } from "../time.ts";
import type { Size } from "../units.ts";
import { HalfBlocks } from "./half-blocks.ts";
import { noWindow } from "./no-window.ts";
import { plainMemory } from "./plain-memory.ts";
import { fitInto, type Line, type PixelMemory, type Window, type WindowOptions, type Words } from "./window.ts";

/** Of a terminal that does not say. */
const USUAL_SIZE = { width: 80, height: 24 };
/** How long a terminal may take to say that it has drawn; one that has never said is not asked again. ms */
const ANSWER_MS = 1000;
/** An answer that takes longer, of a terminal that has answered before, is lost; ms. */
const LOST_MS = 5000;
/** The alternate screen, no cursor; and back. */
const ENTER = "\x1b[?1049h\x1b[?25l\x1b[2J";
const LEAVE = "\x1b[0m\x1b[?25h\x1b[?1049l";
/** Nothing of it is seen before the end is there, where the terminal knows this. */
const BEGIN_PICTURE = "\x1b[?2026h";
const END_PICTURE = "\x1b[?2026l";
/** Asks where the cursor is: the answer comes when everything before was drawn. */
const ASK = "\x1b[6n";
// biome-ignore lint/suspicious/noControlCharactersInRegex: the answer begins with one.
const ANSWER = /\x1b\[\d+;\d+R/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above.
const PART_OF_ANSWER = /\x1b\[[\d;]*$/;
const KEYS: ReadonlyMap<string, string> = new Map([
  ["\r", "Enter"],
  ["\n", "Enter"],
  ["\x1b", "Escape"],
  // As VT220 and its kin, xterm, rxvt and the Linux console send it.
  ["\x1bOP", "F1"],
  ["\x1b[11~", "F1"],
  ["\x1b[[A", "F1"],
]);

/** What of a terminal is used. */
export interface TerminalOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string, done?: () => void): boolean;
  on(event: "resize", listener: () => void): unknown;
  off(event: "resize", listener: () => void): unknown;
}

export interface TerminalInput {
  readonly isTTY?: boolean;
  readonly isRaw?: boolean;
  on(event: "data", listener: (bytes: Uint8Array) => void): unknown;
  off(event: "data", listener: (bytes: Uint8Array) => void): unknown;
}

/** A terminal that shows pictures: two pixels per character, and the words in its last lines. */
export class TerminalWindow implements Window {
  readonly #options: WindowOptions;
  readonly #output: TerminalOutput;
  readonly #input: TerminalInput;
  readonly #clock: Clock;
  #blocks: { readonly size: Size; readonly picture: HalfBlocks } | null = null;
  /** The words, the last in the last line. */
  #rows: readonly string[] = [];
  #seen: { readonly memory: PixelMemory; readonly buffer: PixelBuffer } | null = null;
  readonly canFillScreen = false;
  readonly isFullScreen = false;
  #title: string;
  #isClosed = false;
  #answers: "asked" | "unknown" | "never" = "unknown";
  #onAnswer: (() => void) | null = null;
  /** The beginning of an answer whose end has not come. */
  #part = "";

  /** @throws LanvidError (display) when the output is no terminal */
  constructor(options: WindowOptions, output: TerminalOutput, input: TerminalInput) {
    if (output.isTTY !== true) {
      throw noWindow("the output is no terminal");
    }
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#output = output;
    this.#input = input;
    this.#title = options.title;
    if (input.isTTY !== true || input.isRaw !== true) {
      // Its answers would not reach us.
      this.#answers = "never";
    }
    output.write(ENTER);
    output.on("resize", this.#resized);
    input.on("data", this.#read);
    process.on("exit", this.#leave);
  }

  /** In half characters: each is a pixel. The last line is for words. */
  get size(): Size {
    const { columns, rows } = this.#output;
    return { width: columns || USUAL_SIZE.width, height: (Math.max(2, rows || USUAL_SIZE.height) - 1) * 2 };
  }

  pictureSize(of: Size): Size {
    return fitInto(of, this.size);
  }

  async allocate(size: Size, count: number): Promise<PixelMemory> {
    return plainMemory(size, count);
  }

  async present(memory: PixelMemory, buffer: PixelBuffer): Promise<boolean> {
    if (this.#isClosed) {
      return false;
    }
    this.#seen = { memory, buffer };
    await this.#write(this.#drawn(memory, buffer));
    return !this.#isClosed;
  }

  async setWords(words: readonly Words[]): Promise<void> {
    const { length } = this.#rows;
    const { width } = this.size;
    this.#rows = words.flatMap(({ lines }) => rowsOf(lines, width - 1));
    if (this.#rows.length < length && length > 1 && this.#seen !== null && !this.#isClosed) {
      // The picture is seen again where they stood.
      this.#blocks = null;
      this.#output.write(this.#drawn(this.#seen.memory, this.#seen.buffer));
    } else {
      this.#drawWords();
    }
  }

  /** What to write for a picture. */
  #drawn(memory: PixelMemory, buffer: PixelBuffer): string {
    const { width, height } = memory;
    let clear = "";
    if (this.#blocks?.size.width !== width || this.#blocks.size.height !== height) {
      this.#blocks = { size: { width, height }, picture: new HalfBlocks({ width, height }) };
      clear = "\x1b[2J";
    }
    const area = this.size;
    const column = Math.max(1, Math.floor((area.width - width) / 2) + 1);
    const line = Math.max(1, Math.floor((area.height - height) / 4) + 1);
    const picture = this.#blocks.picture.draw(buffer.bytes, { column, line });
    return `${BEGIN_PICTURE}${clear}${picture}${this.#lastLines()}${END_PICTURE}`;
  }

  setTitle(title: string): void {
    this.#title = title;
    this.#drawWords();
  }

  /** A terminal keeps its size. */
  resize(): void {}

  toggleFullScreen(): void {}

  async close(): Promise<void> {
    if (this.#isClosed) {
      return;
    }
    this.#leave();
    this.#isClosed = true;
    this.#output.off("resize", this.#resized);
    this.#input.off("data", this.#read);
    process.off("exit", this.#leave);
    this.#onAnswer?.();
  }

  readonly #leave = () => {
    if (!this.#isClosed) {
      this.#output.write(LEAVE);
    }
  };

  readonly #resized = () => {
    this.#blocks = null;
    this.#output.write("\x1b[2J");
    this.#drawWords();
    this.#options.onEvent({ kind: "resize", size: this.size });
  };

  readonly #read = (bytes: Uint8Array) => {
    const text = this.#part + new TextDecoder().decode(bytes);
    const rest = text.replace(ANSWER, () => {
      this.#answers = "asked";
      this.#onAnswer?.();
      return "";
    });
    [this.#part = ""] = PART_OF_ANSWER.exec(rest) ?? [];
    for (const key of keysIn(rest)) {
      this.#options.onEvent({ kind: "key", key });
    }
  };

  #drawWords(): void {
    if (!this.#isClosed) {
      this.#output.write(this.#lastLines());
    }
  }

  #lastLines(): string {
    const { width, height } = this.size;
    const last = height / 2 + 1;
    const rows = this.#rows.length === 0 ? [this.#title] : this.#rows.slice(-last);
    return rows
      .map((row, index) => {
        const text = fitting(harmless(row), width - 1);
        return `\x1b[${last - rows.length + 1 + index};1H\x1b[0m\x1b[2K${text}`;
      })
      .join("");
  }

  /** Settles when the terminal has drawn it, as far as it says so; else when it has taken it. */
  async #write(text: string): Promise<void> {
    const { promise: taken, resolve: onTaken } = Promise.withResolvers<void>();
    if (this.#answers === "never") {
      this.#output.write(text, onTaken);
      await taken;
      return;
    }
    const { promise: answered, resolve: onAnswer } = Promise.withResolvers<void>();
    this.#onAnswer = onAnswer;
    this.#output.write(text + ASK);
    const isFirst = this.#answers === "unknown";
    using _timer = this.#clock.after(isFirst ? ANSWER_MS : LOST_MS, () => {
      if (isFirst) {
        this.#answers = "never";
      }
      onAnswer();
    });
    await answered;
    this.#onAnswer = null;
  }
}

/** What was pressed: a key that a terminal says in several characters, or letters, of which fast ones come together. */
function keysIn(text: string): readonly string[] {
  const named = KEYS.get(text);
  if (named !== undefined) {
    return [named];
  }
  const [letters = ""] = text.split("\x1b");
  return [...letters].map((letter) => KEYS.get(letter) ?? letter.toLowerCase());
}

/** Lines, as many in a row as there is room for. */
function rowsOf(lines: readonly Line[], width: number): string[] {
  const rows: string[] = [];
  for (const { text } of lines) {
    const line = text.replace("\t", " ");
    const joined = rows.length === 0 ? line : `${rows.at(-1)} · ${line}`;
    if (rows.length > 0 && Bun.stringWidth(joined) <= width) {
      rows[rows.length - 1] = joined;
    } else {
      rows.push(line);
    }
  }
  return rows;
}
