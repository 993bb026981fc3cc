// Parts: chromium
import { expect, test } from "bun:test";
import { becomesTrue } from "./support/chromium.ts";
import { chromiumOfFile } from "./support/chromium-of-file.ts";
import { cleanupsAfterEach } from "./support/cleanups.ts";
import { serveFrontDoor } from "./support/viewer.ts";

const chromium = chromiumOfFile();
const cleanups = cleanupsAfterEach();

/** A file of the page, with what it imports, as a module. */
async function moduleOf(name: string): Promise<string> {
  const entrypoints = [`${import.meta.dir}/../src/page/${name}.ts`];
  const { outputs } = await Bun.build({ entrypoints, target: "browser" });
  return (await outputs[0]?.text()) as string;
}

test("a page may have several views of streams, which know nothing of each other", async () => {
  const { viewer } = serveFrontDoor(cleanups);
  // What this test adds to the page is not what the page's policy allows.
  const page = await chromium.browser.newPage({ bypassCSP: true });
  cleanups.push(() => page.close());

  await page.goto(`${viewer.url}?mode=jpeg`);
  await page.evaluate(`(async () => {
      const load = (code) => import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
      const { StreamView } = await load(${JSON.stringify(await moduleOf("stream-view"))});
      const { elementsIn } = await load(${JSON.stringify(await moduleOf("elements"))});
      const html = document.querySelector("main").outerHTML + document.querySelector("header").outerHTML;
      globalThis.views = ["jpeg", "no-such-mode"].map((mode) => {
        const root = document.body.appendChild(document.createElement("div"));
        const scope = root.attachShadow({ mode: "open" });
        scope.innerHTML = html;
        const elements = elementsIn(scope, root);
        return { root, elements, view: new StreamView({ address: location.href, elements, mode, onStatus() {} }) };
      });
    })()`);
  await becomesTrue(page, "views.every(({ root: { dataset } }) => dataset.state === 'live' && dataset.frames > 3)");
  await page.evaluate("views[0].view.toggleFreeze()");
  await page.evaluate("views[1].view.toggleInfo()");

  expect(await page.evaluate("views.map(({ root }) => 'frozen' in root.dataset)")).toEqual([true, false]);
  expect(await page.evaluate("views.map(({ elements }) => elements.info.hidden)")).toEqual([true, false]);
  expect(await page.evaluate("views.map(({ elements }) => elements.notice.textContent !== '')")).toEqual([false, true]);
  expect(await page.evaluate("'frozen' in document.documentElement.dataset")).toBe(false);
  expect(await page.evaluate("document.documentElement.dataset.state")).toBe("live");
}, 60_000);
