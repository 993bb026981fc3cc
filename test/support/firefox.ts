// Parts: firefox
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Size } from "../../src/units.ts";

/** What keeps Firefox from asking anybody, or anything. */
const PREFERENCES: Readonly<Record<string, boolean | string>> = {
  "app.update.enabled": false,
  "browser.aboutwelcome.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "datareporting.policy.dataSubmissionPolicyBypassNotification": true,
  "datareporting.policy.dataSubmissionEnabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "extensions.update.enabled": false,
  "services.settings.server": "http://127.0.0.1:9/",
};

/** Opens a page in Firefox, in a window of this size without anything else, in the corner of an X screen. */
export function showInFirefox(display: string, url: string, { width, height }: Size): AsyncDisposable {
  const profile = mkdtempSync(join(tmpdir(), "lanvid-firefox-"));
  const lines = Object.entries(PREFERENCES).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`,
  );
  writeFileSync(join(profile, "user.js"), lines.join("\n"));
  const sized = ["--width", String(width), "--height", String(height)];
  const child = Bun.spawn(
    [process.env["FIREFOX"] ?? "/usr/bin/firefox-esr", "--no-remote", "--profile", profile, ...sized, "--kiosk", url],
    { env: { ...process.env, DISPLAY: display, HOME: profile }, stdin: "ignore", stdout: "ignore", stderr: "ignore" },
  );
  return {
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.exited;
      rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}
