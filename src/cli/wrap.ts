/** What is never broken: a command to run, to the end of the text; what is quoted; a word. */
const PIECE = /(?<=\brun(?: in PowerShell| as administrator)?: ).*|"[^"]*"\S*|\S+/g;

export interface WrapOptions {
  /** Of the lines, in columns. */
  readonly width: number;
  /** Before the first line, which begins with it. */
  readonly head: string;
  /** Columns before the others. */
  readonly indent: number;
}

/**
 * Breaks a text into lines between its words. What a person may copy, a command, stays in one piece, which a terminal
 * that is too narrow breaks without a line feed in it.
 */
export function wrapped(text: string, { width, head, indent }: WrapOptions): string {
  const lines = [head];
  let isFresh = true;
  for (const [piece] of text.matchAll(PIECE)) {
    const line = lines.at(-1) as string;
    const gap = isFresh ? "" : " ";
    if (!isFresh && Bun.stringWidth(line + gap + piece) > width) {
      lines.push(`${" ".repeat(indent)}${piece}`);
    } else {
      lines[lines.length - 1] = `${line}${gap}${piece}`;
    }
    isFresh = false;
  }
  return lines.join("\n");
}
