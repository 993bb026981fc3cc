import { existsSync } from "node:fs";

/**
 * Has the system noted that a program came from the internet? Then it asks before each start, or refuses: macOS by
 * quarantine, Windows by SmartScreen. False elsewhere.
 */
export function isMarkedAsDownloaded(path: string, platform: NodeJS.Platform = process.platform): boolean {
  switch (platform) {
    case "darwin":
      return Bun.spawnSync(["xattr", "-p", "com.apple.quarantine", path], { stdout: "ignore", stderr: "ignore" })
        .success;
    case "win32":
      // A stream beside the file's own, on NTFS.
      return existsSync(`${path}:Zone.Identifier`);
    default:
      return false;
  }
}
