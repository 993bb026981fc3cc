import type { Line } from "../../window.ts";

export type Action = "keys" | "full-screen" | "freeze" | "save" | "details" | "back" | "quit" | "classic-quit";

/** The keys of the window and of the terminal's view; the page has the same (docs/states.md). */
const KEYS: Readonly<Record<string, Action>> = {
  "?": "keys",
  h: "keys",
  F1: "keys",
  f: "full-screen",
  F11: "full-screen",
  " ": "freeze",
  s: "save",
  i: "details",
  Escape: "back",
  q: "quit",
  Enter: "classic-quit",
};

/** What a key does; undefined for one that does nothing. */
export function actionOf(key: string): Action | undefined {
  return KEYS[key];
}

export interface KeyListOptions {
  readonly canFillScreen: boolean;
  /** Enter ends too. */
  readonly isClassic: boolean;
}

/** The list of keys, for a person: a headline, then each key and what it does, with a tab between. */
export function keyList({ canFillScreen, isClassic }: KeyListOptions): readonly Line[] {
  const lines = [
    "keys",
    "space\tfreeze, and go on",
    "s\tsave the picture",
    "i\tdetails",
    ...(canFillScreen ? ["f\tfull screen"] : []),
    "Esc\tone step back",
    isClassic ? "q, Enter\tquit" : "q\tquit",
    "?\tthis list",
  ];
  return lines.map((text) => ({ text }));
}
