// Parts: chromium
/** A real Chromium, for tests of what a person would see. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { DEADLINE_MS } from "./wait.ts";

const EXECUTABLE = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

/**
 * Starts a Chromium that talks to nobody but the page it is given. The caller closes it.
 * @param within words before the command, such as `ip netns exec NAME`: playwright talks to it over a pipe
 */
export async function launchChromium(more: readonly string[] = [], within: readonly string[] = []): Promise<Browser> {
  const folder = await mkdtemp(join(tmpdir(), "lanvid-chromium-"));
  await using _removed = { [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
  const wrapper = join(folder, "chromium");
  await writeFile(wrapper, `#!/bin/sh\nexec ${[...within, EXECUTABLE].join(" ")} "$@"\n`, { mode: 0o755 });
  return await chromium.launch({
    executablePath: wrapper,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...more,
    ],
  });
}

/**
 * Settles when a JavaScript expression is true in the page. Unlike `page.waitForFunction`, it needs no `eval`, which
 * the page's Content-Security-Policy forbids.
 * @throws Error that names the expression when it isn't true within `deadlineMs`
 */
export async function becomesTrue(
  page: Pick<Page, "evaluate">,
  expression: string,
  deadlineMs = DEADLINE_MS,
): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!(await page.evaluate(`Boolean(${expression})`))) {
    if (performance.now() > deadline) {
      throw new Error(`waited ${deadlineMs} ms for ${expression}`);
    }
    await Bun.sleep(20);
  }
}
