import { harmlessLines } from "../log.ts";

/**
 * How a part of a line looks, where colours are shown. `ink` is black on white whatever the terminal's own colours
 * are, and `solid` black alone.
 */
export type Style = "bold" | "dim" | "red" | "yellow" | "green" | "ink" | "solid";

/** A part of a line. */
export interface Span {
  readonly text: string;
  readonly style: Style;
}

/** A line for a person: text as it is, or parts that look different. */
export type Line = string | readonly (string | Span)[];

/** Select Graphic Rendition (ECMA-48 8.3.117). Of the 256 colours, 16 and 231 are no theme's: black and white. */
const SGR: Readonly<Record<Style, string>> = {
  bold: "1",
  dim: "2",
  red: "31",
  yellow: "33",
  green: "32",
  ink: "38;5;16;48;5;231",
  solid: "48;5;16",
};

/** May colours be written there? NO_COLOR: https://no-color.org. */
export function showsColours(stream: { readonly isTTY?: boolean | undefined }): boolean {
  return stream.isTTY === true && !process.env["NO_COLOR"] && process.env["TERM"] !== "dumb";
}

export function styled(style: Style, text: string): Span {
  return { text, style };
}

/** The line as it is written: whatever is said in it, a terminal obeys nothing but its style. */
export function rendered(line: Line, hasColours: boolean): string {
  if (typeof line === "string") {
    return harmlessLines(line);
  }
  return line
    .map((part) => {
      if (typeof part === "string") {
        return harmlessLines(part);
      }
      const text = harmlessLines(part.text);
      return hasColours ? `\x1b[${SGR[part.style]}m${text}\x1b[0m` : text;
    })
    .join("");
}

/** Columns that the line takes. */
export function widthOf(line: Line): number {
  return Bun.stringWidth(rendered(line, false));
}
