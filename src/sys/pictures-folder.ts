import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { knownPicturesFolder } from "./known-folder.ts";

/** The person's folder for pictures; null where there is none. */
export function picturesFolder(): string | null {
  const folder = named();
  return folder !== null && isFolder(folder) ? folder : null;
}

function named(): string | null {
  switch (process.platform) {
    case "win32":
      return knownPicturesFolder();
    case "darwin":
      return join(homedir(), "Pictures");
    default: {
      const home = process.env["HOME"] || homedir();
      const config = process.env["XDG_CONFIG_HOME"] || join(home, ".config");
      return xdgPictures(textOf(join(config, "user-dirs.dirs")), home) ?? join(home, "Pictures");
    }
  }
}

/**
 * What user-dirs.dirs says (xdg-user-dirs): `XDG_PICTURES_DIR="$HOME/Bilder"`, or an absolute path. The home folder itself
 * stands for none.
 * @returns null where it says none
 */
export function xdgPictures(text: string, home: string): string | null {
  const values = [...text.matchAll(/^\s*XDG_PICTURES_DIR\s*=\s*"((?:[^"\\]|\\.)*)"\s*$/gm)];
  const value = values.at(-1)?.[1]?.replace(/\\(.)/g, "$1");
  if (value === undefined) {
    return null;
  }
  const path = value.startsWith("$HOME/") ? join(home, value.slice("$HOME/".length)) : value;
  return isAbsolute(path) && join(path, ".") !== join(home, ".") ? path : null;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
