import { afterAll, beforeAll } from "bun:test";
import type { Browser } from "playwright-core";
import { launchChromium } from "./chromium.ts";

/** One Chromium for all tests of a file. To be called once, where the file begins; the browser is there in its tests. */
export function chromiumOfFile(): { readonly browser: Browser } {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
  });
  return {
    get browser() {
      return browser;
    },
  };
}
