// Parts: chromium
/** The page as a screen reader has it. */

import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";

const AXE = readFileSync(Bun.resolveSync("axe-core/axe.min.js", import.meta.dir), "utf8");

/** What is wrong with a page for those who read or use it in another way, a line each: rule and elements. */
export async function axeFindings(page: Page): Promise<string[]> {
  await page.evaluate(`${AXE}; 0`);
  return await page.evaluate<string[]>(
    `axe.run().then(({ violations }) => violations.map(({ id, nodes }) =>
      id + ": " + nodes.map(({ target }) => target.join(" ")).join(", ")))`,
  );
}

/** What of the page's accessibility tree is not ignored: "button Details". */
export async function readable(page: Page): Promise<string[]> {
  const devTools = await page.context().newCDPSession(page);
  const { nodes } = await devTools.send("Accessibility.getFullAXTree");
  await devTools.detach();
  return nodes
    .filter(({ ignored }) => !ignored)
    .map(({ role, name }) => `${role?.value ?? ""} ${name?.value ?? ""}`.trim());
}

/** Counts what live regions say from now on, as `[text, atMs]` in `heard` of the page's window. */
export const LISTEN = `
  globalThis.heard = [];
  const regions = [...document.querySelectorAll("[aria-live], [role=status], [role=alert], [role=log], output")];
  for (const region of regions) {
    new MutationObserver(() => heard.push([region.textContent, performance.now()]))
      .observe(region, { childList: true, characterData: true, subtree: true });
  }
  regions.length;
`;
