import { homedir } from "node:os";
import { posix, win32 } from "node:path";
import { usageError } from "../errors.ts";

/** What the folder depends on. */
export interface CacheSystem {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: () => string;
}

const THIS: CacheSystem = { platform: process.platform, env: process.env, home: homedir };

/**
 * The folder for what can be made again: LANVID_CACHE, else lanvid's in the system's own place for such files. It need
 * not exist.
 * @throws LanvidError (usage) when LANVID_CACHE is not an absolute path
 */
export function cacheFolder({ platform, env, home }: CacheSystem = THIS): string {
  const { isAbsolute, join } = platform === "win32" ? win32 : posix;
  const own = env["LANVID_CACHE"];
  if (own) {
    if (!isAbsolute(own)) {
      throw usageError(
        `environment LANVID_CACHE "${own}" is a relative path; it must be absolute`,
        "give the folder's full path, or unset LANVID_CACHE",
      );
    }
    return own;
  }
  switch (platform) {
    case "darwin":
      return join(home(), "Library", "Caches", "lanvid");
    case "win32":
      return join(env["LOCALAPPDATA"] || join(home(), "AppData", "Local"), "lanvid", "cache");
    default: {
      // The XDG specification: a relative path is to be ignored.
      const xdg = env["XDG_CACHE_HOME"] ?? "";
      return join(isAbsolute(xdg) ? xdg : join(home(), ".cache"), "lanvid");
    }
  }
}

/**
 * The folders that are tried, one after the other: the cache folder, and one beside it for this user alone. With `sudo` and
 * the home folder kept, as on macOS, the first may belong to somebody else.
 * @throws LanvidError (usage) as cacheFolder does
 */
export function cacheFolders(system: CacheSystem = THIS, uid = process.getuid?.()): readonly string[] {
  const folder = cacheFolder(system);
  return uid === undefined ? [folder] : [folder, `${folder}-${uid}`];
}
