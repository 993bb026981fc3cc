import { lstatSync } from "node:fs";
import { LanvidError, messageOf } from "../../errors.ts";

const REASONS: Readonly<Record<string, readonly [reason: string, hint: string]>> = {
  ENOSPC: ["the disk is full", "make room, or choose another disk"],
  EDQUOT: ["your share of the disk is full", "make room, or choose another disk"],
  EFBIG: ["the file is as large as this disk allows", "write to a disk with another file system"],
  ENOENT: ["there is no such folder", "make the folder first, or choose another"],
  EACCES: ["permission denied", "check the folder and its permissions"],
  EISDIR: ["it is a folder", "choose another name"],
  EPIPE: ["the program that reads it has ended", "check what that program says"],
  EEXIST: ["it exists", "choose another name, or overwrite it with --force"],
};

/** What the system says when a file can't be written, in words. @param name as it is shown, with its quotes */
export function outputError(name: string, cause: unknown): LanvidError {
  if (cause instanceof LanvidError) {
    return cause;
  }
  const known = REASONS[(cause as { code?: string }).code ?? ""];
  const [reason, hint] = known ?? [messageOf(cause), "check the folder and its permissions"];
  return new LanvidError("cannot-write", "output", `cannot write ${name}: ${reason}`, { cause, hint });
}

/** Something else has the name. */
export function isTaken(error: unknown): boolean {
  return error instanceof LanvidError && (error.cause as NodeJS.ErrnoException | undefined)?.code === "EEXIST";
}

/** @throws LanvidError (output) when the file exists and `force` is not given */
export function assertNew(path: string, force: boolean): void {
  if (!force && exists(path)) {
    throw new LanvidError("file-exists", "output", `cannot write "${path}": it exists`, {
      hint: "choose another name, or overwrite it with --force",
    });
  }
}

/** A link that leads nowhere is there as well: nothing is written through it. */
function exists(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // What is wrong with the name, writing will tell.
    return false;
  }
}
