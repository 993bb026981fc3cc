import { readFileSync } from "node:fs";

/**
 * Reads keys where a person can press them: stdin is a terminal and we are in its foreground. Raw mode is set in no
 * other case, since a program in the background that sets it is stopped at once.
 * @returns gives the terminal back
 */
export function readKeys(onKey: (key: string) => void): () => void {
  const { stdin } = process;
  if (!stdin.isTTY || !isForeground()) {
    return () => undefined;
  }
  const listen = (bytes: Buffer) => {
    const key = bytes.toString();
    onKey(key === "\u0003" ? "ctrl-c" : key);
  };
  stdin.setRawMode(true);
  stdin.on("data", listen);
  stdin.resume();
  return () => {
    stdin.off("data", listen);
    stdin.setRawMode(false);
    stdin.pause();
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
