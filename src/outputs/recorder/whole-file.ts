import { randomUUID } from "node:crypto";
import { link, open, rename, rm, stat } from "node:fs/promises";
import { outputError } from "./output-error.ts";

/** What the system offers, for tests. */
export interface FileSystem {
  /** Gives a file another name, unless that is taken. */
  readonly link: (from: string, to: string) => Promise<void>;
}

/**
 * Writes a file, whole or not at all: into one beside it, of a name that nobody can know before, which then gets the name.
 * @param replaces what has the name, be it a link; else that is left as it is, also when it appears at the last moment
 * @throws LanvidError (output)
 */
export async function writeWhole(
  path: string,
  bytes: Uint8Array,
  replaces: boolean,
  fileSystem: FileSystem = { link },
): Promise<void> {
  try {
    if (replaces && (await isSpecial(path))) {
      await writeTo(path, "w", bytes);
      return;
    }
    const part = `${path}.${randomUUID()}.part`;
    try {
      // "x" follows no link: whoever may write to the folder can't have this written elsewhere.
      await writeTo(part, "wx", bytes);
      await (replaces ? rename(part, path) : nameAnew(part, path, fileSystem));
    } finally {
      await rm(part, { force: true });
    }
  } catch (cause) {
    throw outputError(`"${path}"`, cause);
  }
}

async function writeTo(path: string, flags: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, flags);
  try {
    await file.writeFile(bytes);
  } finally {
    await file.close();
  }
}

/** Renames, but onto nothing that is there. */
async function nameAnew(part: string, path: string, fileSystem: FileSystem): Promise<void> {
  try {
    await fileSystem.link(part, path);
    return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") {
      throw error;
    }
  }
  // A file system without links, such as FAT: what may be replaced is a file that was made just now.
  await writeTo(path, "wx", new Uint8Array(0));
  try {
    await rename(part, path);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

/** A device or a pipe, which is written to and not replaced. */
async function isSpecial(path: string): Promise<boolean> {
  try {
    const found = await stat(path);
    return !found.isFile() && !found.isDirectory();
  } catch {
    return false;
  }
}
