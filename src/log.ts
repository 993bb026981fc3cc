/** Where the rooms say things to a person. Only `cli` decides what is printed, and where. */
export interface Log {
  /** An event worth a line in normal use: a viewer came, the source is back. */
  info(message: string): void;
  /** Something went wrong and is being handled; `hint` says what the person could do. */
  warn(message: string, hint?: string): void;
  /** Shown with --verbose only: command lines, ffmpeg's stderr, connection events. */
  debug(message: string): void;
}

/** Says nothing. */
export const silentLog: Log = { info() {}, warn() {}, debug() {} };

/**
 * What moves a cursor, sets a title or a clipboard, turns the direction of writing or begins a line: C0, C1, format
 * characters; and halves of characters, which JSON writes as six bytes each.
 */
const CONTROLS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** A text of somebody else's as it may be shown on a terminal: one line, and nothing but characters that are seen. */
export function harmless(text: string): string {
  return text.replace(CONTROLS, " ");
}

/** The same of several lines of our own. */
export function harmlessLines(text: string): string {
  return text.split("\n").map(harmless).join("\n");
}

/** A value as one line of JSON, with nothing in it that a terminal would obey; it reads as the same value. */
export function harmlessJson(value: unknown): string {
  return JSON.stringify(value).replace(CONTROLS, (character) =>
    Array.from(
      { length: character.length },
      (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`,
    ).join(""),
  );
}
