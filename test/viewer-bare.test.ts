// Parts: chromium
import { expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { becomesTrue } from "./support/chromium.ts";
import { chromiumOfFile } from "./support/chromium-of-file.ts";
import { cleanupsAfterEach } from "./support/cleanups.ts";
import { decodePicture } from "./support/picture.ts";
import { serveFrontDoor } from "./support/viewer.ts";
import { waitFor } from "./support/wait.ts";

/** `?bare=1` in front of something else, as in OBS: what is seen of that. */

const chromium = chromiumOfFile();
const cleanups = cleanupsAfterEach();

/** How opaque the middle of the page is, 0 to 255. */
async function opacity(page: Page): Promise<number> {
  const { width, height, rgba } = await decodePicture(await page.screenshot({ omitBackground: true }));
  return rgba[((height >> 1) * width + (width >> 1)) * 4 + 3] as number;
}

test.each([
  ["?bare=1", 255],
  ["?bare=1&idle=transparent", 0],
])(
  "/%s of a stream whose server is gone has an opacity of %p, and of one that is live, 255",
  async (query, gone) => {
    const { viewer } = serveFrontDoor(cleanups);
    const page = await chromium.browser.newPage({ viewport: { width: 640, height: 360 } });
    cleanups.push(() => page.close());

    await page.goto(`${viewer.url}${query}`);
    await becomesTrue(page, 'document.documentElement.dataset.state === "live"');
    await waitFor("an opaque picture", async () => (await opacity(page)) === 255);
    expect(await page.isVisible("#bar")).toBe(false);
    await viewer.close();
    await becomesTrue(page, 'document.documentElement.dataset.state !== "live"');

    await waitFor(`an opacity of ${gone}`, async () => (await opacity(page)) === gone);
  },
  120_000,
);
