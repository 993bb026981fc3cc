import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { becomesTrue, launchChromium } from "./support/chromium.ts";
import { cleanupsAfterEach } from "./support/cleanups.ts";
import { type ForeignPage, foreignPage, OUTCOMES } from "./support/foreign-page.ts";
import { Lanvid } from "./support/lanvid.ts";
import { childrenOf } from "./support/processes.ts";
import { waitFor } from "./support/wait.ts";

/** Pages of other sites, in a real browser, that want to show the stream, or to have its camera started. */

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

/** To a browser, an address of the network's: it tells less of who asks than to 127.0.0.1. */
const LAN_NAME = "camera.example";
const FOREIGN_NAME = "evil.example";
const OTHER_NAME = "other.example";
let browser: Browser;
let foreign: ForeignPage;
const cleanups = cleanupsAfterEach();

beforeAll(async () => {
  const names = [LAN_NAME, FOREIGN_NAME, OTHER_NAME].map((name) => `MAP ${name} 127.0.0.1`).join(",");
  browser = await launchChromium([`--host-resolver-rules=${names}`, "--autoplay-policy=no-user-gesture-required"]);
  foreign = foreignPage();
});

afterAll(async () => {
  await browser.close();
  await foreign[Symbol.asyncDispose]();
});

interface Served {
  readonly lanvid: Lanvid;
  readonly port: number;
}

async function serve(args: readonly string[] = []): Promise<Served> {
  const lanvid = new Lanvid(
    "serve test --codec h264 --size 640x360 --port 0 --http 0 --allow-host".split(" ").concat([LAN_NAME, ...args]),
  );
  cleanups.push(() => lanvid[Symbol.asyncDispose]());
  return { lanvid, port: Number((await lanvid.event("ready"))["http"]) };
}

async function newPage(): Promise<Page> {
  const context = await browser.newContext();
  cleanups.push(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(40_000);
  return page;
}

/** Opens the foreign page of a host, which asks for everything of a target. */
async function visit(host: string, target: string, hides = false): Promise<Page> {
  const page = await newPage();
  const query = `target=${encodeURIComponent(target)}${hides ? "&hides" : ""}`;
  await page.goto(`http://${host}:${foreign.port}/?${query}`, { waitUntil: "domcontentloaded" });
  return page;
}

/** Settles when an expression is true in the document, or in one that takes its place. */
async function shows(page: Page, expression: string): Promise<void> {
  await waitFor(expression, () => page.evaluate(`Boolean(${expression})`).catch(() => false));
}

/** How many frames the source ever gave, and whether it runs. */
async function activity({ lanvid, port }: Served) {
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const state = (await (await fetch(`http://127.0.0.1:${port}/state`)).json()) as {
    source: { state: string };
    viewers: { count: number };
  };
  return {
    frames: Number(/^lanvid_frames_total (\d+)$/m.exec(metrics)?.[1]),
    state: state.source.state,
    viewers: state.viewers.count,
    encoders: childrenOf(lanvid.child.pid, "ffmpeg").length,
  };
}

const NOTHING = { frames: 0, state: "idle", viewers: 0, encoders: 0 };

describe.each([
  ["this machine", "127.0.0.1"],
  ["an address of the network", LAN_NAME],
])("at %s, a foreign page shows nothing and starts nothing", (_where, name) => {
  test.each([
    ["of another program of this machine", name, false],
    ["of another site", FOREIGN_NAME, false],
    ["that does not say where it is from", FOREIGN_NAME, true],
  ])("%s", async (_what, host, hides) => {
    const served = await serve();

    const page = await visit(host, `http://${name}:${served.port}`, hides);
    await becomesTrue(page, `Object.keys(outcomes).length === ${OUTCOMES}`);
    // Frames say nothing when they are refused: their documents' ends do.
    await page.waitForLoadState("load");

    expect(Object.entries((await page.evaluate("outcomes")) as object).filter(([, what]) => what !== "kept")).toEqual(
      [],
    );
    for (const frame of page.frames().slice(1)) {
      expect(frame.url()).toStartWith("chrome-error:");
    }
    expect(await activity(served)).toEqual(NOTHING);
    expect(served.lanvid.stderr.match(/refused the stream to a page from/g)).toHaveLength(1);
    expect(served.lanvid.stderr).toContain("--allow-embed");
  });

  test("while a person who opens an address sees it, by a link of another page, too", async () => {
    const { port } = await serve();
    const target = `http://${name}:${port}`;
    const page = await newPage();

    await page.goto(`${target}/stream`, { waitUntil: "commit" });
    await shows(page, "document.images[0]?.naturalWidth === 640");
    await page.goto(`${target}/stream.mp4`, { waitUntil: "commit" });
    await shows(page, "document.querySelector('video')?.videoWidth === 640");
    await page.goto(`http://${FOREIGN_NAME}:${foreign.port}/?target=`, { waitUntil: "domcontentloaded" });
    await page.evaluate(`location.href = ${JSON.stringify(`${target}/snapshot`)}`);
    await waitFor("the picture's address", () => page.url().startsWith(`${target}/snapshot`));
    await shows(page, "document.images[0]?.naturalWidth === 640");
  });

  test("unless its origin is allowed", async () => {
    const embedder = `http://${FOREIGN_NAME}:${foreign.port}`;
    const served = await serve(["--allow-embed", embedder]);
    const target = `http://${name}:${served.port}`;

    const page = await visit(FOREIGN_NAME, target);
    await becomesTrue(page, `Object.keys(outcomes).length === ${OUTCOMES}`);
    const stranger = await visit(OTHER_NAME, target);
    await becomesTrue(stranger, `Object.keys(outcomes).length === ${OUTCOMES}`);

    // What a script could read stays ours: the WebSocket, and answers without a CORS header.
    const scripts = { cors: "kept", corssnapshot: "kept", corsstream: "kept", socket: "kept" };
    const shown = { snapshot: "shown", stream: "shown", action: "shown", film: "shown" };
    expect(await page.evaluate("outcomes")).toEqual({
      ...shown,
      ...scripts,
      "no-corssnapshot": "shown",
      "no-corsstream": "shown",
    });
    const live = async () => {
      const frame = page.frames().find((one) => one.url() === `${target}/`);
      return frame !== undefined && (await frame.evaluate("document.querySelector('[data-state=live]') !== null"));
    };
    await waitFor("the framed page to be live", live);
    expect((await activity(served)).frames).toBeGreaterThan(0);
    const others = Object.values((await stranger.evaluate("outcomes")) as object);
    expect(new Set(others)).toEqual(new Set(["kept"]));
  });
});
