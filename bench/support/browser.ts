import type { Browser, Page } from "playwright-core";
import { launchChromium } from "../../test/support/chromium.ts";

/**
 * A headless Chromium, in a network namespace where `within` says so: playwright talks to it over a pipe, which needs
 * no network. Ended by `await using`.
 */
export class BenchBrowser implements AsyncDisposable {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  /**
   * @param within words before the command, such as `ip netns exec NAME`
   * @param trusted an origin that is treated like localhost and https: WebCodecs need it
   */
  static async launch(within: readonly string[] = [], trusted?: string): Promise<BenchBrowser> {
    const more = trusted === undefined ? [] : [`--unsafely-treat-insecure-origin-as-secure=${trusted}`];
    return new BenchBrowser(await launchChromium(more, within));
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
  }
}
