import { readFileSync } from "node:fs";

/**
 * Reads keys where a person can press them: stdin is a terminal and we are in its foreground. Raw mode is set in no
 * other case, since a program in the background that sets it is stopped at once.
 * @param onKey told each key: a character, or "ctrl-c"
 * @returns what gives the terminal back; null where no keys are read
 */
export function readKeys(onKey: (key: string) => void): { release(): void } | null {
  const { stdin } = process;
  if (!stdin.isTTY || !isForeground()) {
    return null;
  }
  const listen = (bytes: Buffer) => {
    const text = bytes.toString();
    // What a terminal says of other keys, and answers to questions, begins so: it is no row of letters.
    for (const key of text.startsWith("\u001b") ? [text] : text) {
      onKey(key === "\u0003" ? "ctrl-c" : key);
    }
  };
  stdin.setRawMode(true);
  stdin.on("data", listen);
  stdin.resume();
  return {
    release() {
      stdin.off("data", listen);
      stdin.setRawMode(false);
      stdin.pause();
    },
  };
}

/** Is our process group the terminal's foreground group? proc(5): fields 5 and 8 of stat. */
function isForeground(): boolean {
  if (process.platform !== "linux") {
    return true;
  }
  const stat = readFileSync("/proc/self/stat", "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[2] === fields[5];
}
