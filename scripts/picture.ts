/** npm run picture: makes docs/page.png, the README's picture: the page in Chromium, showing the test pattern. */
import { join } from "node:path";
import { becomesTrue, launchChromium } from "../test/support/chromium.ts";
import { Lanvid } from "../test/support/lanvid.ts";

await using server = new Lanvid(["serve", "test", "--port", "0", "--http", "0", "--name", "studio"]);
const { http } = await server.event("ready");
const browser = await launchChromium();
try {
  const page = await browser.newPage({ viewport: { width: 1200, height: 675 } });
  await page.goto(`http://127.0.0.1:${http}/`);
  await becomesTrue(page, "Number(document.documentElement.dataset.frames) > 60");
  await page.mouse.move(600, 300);
  await becomesTrue(page, 'document.documentElement.dataset.bar === "shown"');
  await page.screenshot({ path: join(import.meta.dir, "../docs/page.png") });
} finally {
  await browser.close();
}
