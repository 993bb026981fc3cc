// Parts: chromium, xrandr
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Size } from "../../src/units.ts";
import { DEADLINE_MS } from "./wait.ts";
import { startXvfb } from "./xvfb.ts";

/** An X screen of a test's own, in memory. */
export interface XDisplay extends AsyncDisposable {
  /** For DISPLAY: ":57". */
  readonly name: string;
  /** Opens a page in a browser window that fills the screen. */
  show(url: string): AsyncDisposable;
  /** Settles when `condition` gives true. */
  shows(condition: () => Promise<boolean>): Promise<void>;
}

export async function xDisplay(size: Size): Promise<XDisplay> {
  const { width, height } = size;
  const server = await startXvfb(size);
  const { name } = server;
  return {
    name,
    show(url) {
      const profile = mkdtempSync(join(tmpdir(), "lanvid-chromium-"));
      const child = Bun.spawn(
        [
          process.env["CHROMIUM"] ?? "/usr/bin/chromium",
          "--no-sandbox",
          "--disable-gpu",
          "--no-first-run",
          "--disable-background-networking",
          "--disable-component-update",
          "--disable-sync",
          "--window-position=0,0",
          `--window-size=${width},${height}`,
          `--user-data-dir=${profile}`,
          "--kiosk",
          `--app=${url}`,
        ],
        { env: { ...process.env, DISPLAY: name }, stdin: "ignore", stdout: "ignore", stderr: "ignore" },
      );
      return {
        async [Symbol.asyncDispose]() {
          child.kill("SIGTERM");
          await child.exited;
          rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
        },
      };
    },
    async shows(condition) {
      const deadline = performance.now() + DEADLINE_MS;
      while (!(await condition())) {
        if (performance.now() > deadline) {
          throw new Error("the screen does not show what it should");
        }
      }
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
