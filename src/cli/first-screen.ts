import type { Ready } from "../commands.ts";
import { BUILD } from "../version.ts";
import { qrCode } from "./qr-code.ts";
import { type Line, styled, widthOf } from "./style.ts";

/** Columns between the addresses and the code beside them. */
const GAP = 2;

/** What is known of where the lines go. */
export interface Screen {
  readonly hasColours: boolean;
  /** Of the terminal; null where it is none. */
  readonly columns: number | null;
}

export interface FirstScreen {
  readonly ready: Ready;
  /** Keys are read here. */
  readonly hasKeys: boolean;
  /** It runs from its sources, which are started by npm. */
  readonly isClone?: boolean;
}

/** What `serve` and `receive` say when they are up: what is streamed, who types what where, and a code for phones. */
export function firstScreen(options: FirstScreen, screen: Screen): readonly Line[] {
  const { ready, hasKeys } = options;
  const what = ready.role === "receive" ? "waiting for a sender" : `streaming ${ready.source.name}`;
  const [url] = ready.urls;
  const code =
    ready.role === "serve" && url !== undefined && screen.columns !== null ? qrCode(url, screen.hasColours) : [];
  const keys = styled("dim", "q quits · h shows this again · ? lists the keys");
  return [
    what,
    ...beside(addressLines(options, code.length > 0), code, screen.columns ?? 0),
    ...(hasKeys ? [[keys]] : []),
  ];
}

function addressLines({ ready, isClone = BUILD === null }: FirstScreen, hasCode: boolean): readonly Line[] {
  const { role, watch, urls } = ready;
  const there = role === "receive" ? "On the machine with the camera" : "On another machine";
  const [first] = watch;
  const lines: Line[] = [];
  if (isClone && first !== undefined) {
    const [, ...words] = first.split(" ");
    lines.push("", `${there}, in a clone of lanvid:`, ...ways([`npm start -- ${words.join(" ")}`]));
    lines.push("or where lanvid is installed:", ...ways(watch));
  } else if (first !== undefined) {
    lines.push("", `${there}:`, ...ways(watch));
  }
  if (urls.length > 0) {
    lines.push("", hasCode ? "In a browser, or scan:" : "In a browser:", ...ways(urls));
  }
  return lines;
}

/** The best one first. */
function ways(all: readonly string[]): readonly Line[] {
  return all.map((way, index) => [index === 0 ? "  " : "  or ", styled("bold", way)]);
}

/** The code beside the lines, where both fit; else below them. */
function beside(lines: readonly Line[], code: readonly Line[], columns: number): readonly Line[] {
  const width = Math.max(0, ...lines.map(widthOf)) + GAP;
  if (code.length === 0 || width + widthOf(code[0] ?? "") > columns) {
    return [...lines, ...code];
  }
  return Array.from({ length: Math.max(lines.length, code.length) }, (_, row) => {
    const line = lines[row] ?? "";
    const pad = " ".repeat(width - widthOf(line));
    return [...parts(line), pad, ...parts(code[row] ?? "")];
  });
}

function parts(line: Line) {
  return typeof line === "string" ? [line] : line;
}
