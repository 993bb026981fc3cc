import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { atExit } from "./cleanup.ts";

const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
];

/**
 * A headless Chromium, in a network namespace where `within` says so: playwright talks to it over a pipe, which needs
 * no network. Ended by `await using`.
 */
export class BenchBrowser implements AsyncDisposable {
  readonly #browser: Browser;
  readonly #folder: string;
  readonly #forget: () => void;

  private constructor(browser: Browser, folder: string) {
    this.#browser = browser;
    this.#folder = folder;
    this.#forget = atExit(() => rmSync(folder, { recursive: true, force: true }));
  }

  /**
   * @param within words before the command, such as `ip netns exec NAME`
   * @param trusted an origin that is treated like localhost and https: WebCodecs need it
   */
  static async launch(within: readonly string[] = [], trusted?: string): Promise<BenchBrowser> {
    const folder = mkdtempSync(join(tmpdir(), "lanvid-bench-"));
    const wrapper = join(folder, "chromium");
    writeFileSync(wrapper, `#!/bin/sh\nexec ${[...within, CHROMIUM].join(" ")} "$@" 2>/dev/null\n`);
    chmodSync(wrapper, 0o755);
    const browser = await chromium.launch({
      executablePath: wrapper,
      args: trusted === undefined ? ARGUMENTS : [...ARGUMENTS, `--unsafely-treat-insecure-origin-as-secure=${trusted}`],
    });
    return new BenchBrowser(browser, folder);
  }

  /** A page of its own context, 1280×720, with `script` run before its own. */
  async open(url: string, script: string): Promise<Page> {
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 720 } });
    const page = await context.newPage();
    await page.addInitScript(script);
    await page.goto(url);
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    rmSync(this.#folder, { recursive: true, force: true });
    this.#forget();
  }
}
