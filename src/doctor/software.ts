import { accessSync, constants, existsSync } from "node:fs";
import { dirname } from "node:path";
import { CACHE_HINT, cacheFolders, isOurs } from "../bundle.ts";
import { LanvidError, messageOf } from "../errors.ts";
import { describeFfmpeg, type FoundFfmpeg } from "../ffmpeg.ts";
import { isMarkedAsDownloaded } from "../sys.ts";
import { BUILD, VERSION_LINE } from "../version.ts";
import { type Checked, fail, ok, warn } from "./finding.ts";

/** Which program this is, and whether the system holds its origin against it. */
export function checkProgram(): Checked {
  const { platform, arch, execPath } = process;
  const detail = `lanvid ${VERSION_LINE} on ${platform} ${arch}, Bun ${Bun.version}`;
  const isMarked = BUILD !== null && isMarkedAsDownloaded(execPath);
  return isMarked ? markedProgram(detail, platform, execPath) : ok("program", detail);
}

/** The system asks, or refuses, whenever a program is started that a browser has downloaded. */
export function markedProgram(detail: string, platform: NodeJS.Platform, path: string): Checked {
  return platform === "darwin"
    ? warn("program", `${detail}; macOS has quarantined it`, `run: xattr -d com.apple.quarantine "${path}"`)
    : warn("program", `${detail}; Windows may block it (SmartScreen)`, `run in PowerShell: Unblock-File "${path}"`);
}

/** The ffmpeg that is used; null when there is none, which the finding says. */
export function checkFfmpeg(explicit: string | undefined): [Checked, FoundFfmpeg | null] {
  try {
    const found = describeFfmpeg(explicit);
    return [ok("ffmpeg", `${found.version}, ${found.path} (${found.reason})`), found];
  } catch (error) {
    const hint = error instanceof LanvidError ? error.hint : undefined;
    return [fail("ffmpeg", messageOf(error), hint ?? null), null];
  }
}

/** Where what is inside this program is unpacked to. */
export function checkCache(): Checked {
  let folders: readonly string[];
  try {
    folders = cacheFolders();
  } catch (error) {
    return warn("cache", messageOf(error), error instanceof LanvidError ? (error.hint ?? null) : CACHE_HINT);
  }
  const [first] = folders as readonly [string];
  if (BUILD === null) {
    return ok("cache", `${first} (not used: lanvid runs from its sources here)`);
  }
  const usable = folders.find((folder) => isOurs(folder) && isWritable(folder));
  if (usable === undefined) {
    return warn("cache", `cannot write to ${first}`, CACHE_HINT);
  }
  return ok("cache", usable === first ? first : `${usable} (${first} belongs to someone else)`);
}

/** May be made, if it is not there: its nearest folder that is there decides. */
function isWritable(folder: string): boolean {
  if (!existsSync(folder) && dirname(folder) !== folder) {
    return isWritable(dirname(folder));
  }
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
