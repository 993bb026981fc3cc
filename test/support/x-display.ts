// Parts: chromium, xrandr, xvfb
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Size } from "../../src/units.ts";
import { DEADLINE_MS, waitFor } from "./wait.ts";

/** An X screen of a test's own, in memory. */
export interface XDisplay extends AsyncDisposable {
  /** For DISPLAY: ":57". */
  readonly name: string;
  /** Opens a page in a browser window that fills the screen. */
  show(url: string): AsyncDisposable;
  /** Settles when `condition` gives true. */
  shows(condition: () => Promise<boolean>): Promise<void>;
}

/** Starts an Xvfb with a screen of this size. */
export async function xDisplay({ width, height }: Size): Promise<XDisplay> {
  // It finds a free number by itself, and writes it to the file descriptor named.
  const server = Bun.spawn(["Xvfb", "-displayfd", "1", "-screen", "0", `${width}x${height}x24`, "-nolisten", "tcp"], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
  });
  const { value } = await server.stdout.getReader().read();
  const number = new TextDecoder().decode(value).trim();
  await waitFor(`X display ${number}`, () => existsSync(`/tmp/.X11-unix/X${number}`));
  const name = `:${number}`;
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
    async [Symbol.asyncDispose]() {
      server.kill("SIGTERM");
      await server.exited;
    },
  };
}
