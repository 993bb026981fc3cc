import { usageError } from "../errors.ts";

/** A source as the command line names it. */
export type SourceSpec =
  | { readonly kind: "camera" /** A number, a name or a path; null for the first. */; readonly which: string | null }
  | { readonly kind: "screen" /** Counted from 0; null for all monitors together. */; readonly index: number | null }
  | { readonly kind: "test" }
  | { readonly kind: "stdin" }
  | { readonly kind: "url"; readonly url: string }
  | { readonly kind: "relay"; readonly address: string }
  | { readonly kind: "file"; readonly path: string };

/**
 * Reads a source: `camera`, `camera:N|NAME|PATH`, `screen`, `screen:N`, `test`, `-`, `scheme://…`, `lanvid://host[:port]`,
 * or else a file.
 * @throws LanvidError (usage) for a screen that is no number
 */
export function parseSource(text: string): SourceSpec {
  if (text === "test") {
    return { kind: "test" };
  }
  if (text === "-") {
    return { kind: "stdin" };
  }
  if (text === "camera" || text.startsWith("camera:")) {
    return { kind: "camera", which: text.slice("camera:".length) || null };
  }
  if (text === "screen" || text.startsWith("screen:")) {
    return { kind: "screen", index: screenIndex(text) };
  }
  if (/^lanvid:\/\//i.test(text)) {
    return { kind: "relay", address: text };
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) {
    return { kind: "url", url: text };
  }
  return { kind: "file", path: text };
}

function screenIndex(text: string): number | null {
  const number = text.slice("screen:".length);
  if (number === "") {
    return null;
  }
  if (!/^\d{1,2}$/.test(number)) {
    throw usageError(`cannot read source "${text}": a screen is a number from 0`, 'see "lanvid devices"');
  }
  return Number(number);
}
