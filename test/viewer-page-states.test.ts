// Parts: chromium
import { expect, setDefaultTimeout, test } from "bun:test";
import type { BrowserContextOptions, Page } from "playwright-core";
import { forPeers, openFault } from "../src/errors.ts";
import type { Viewer } from "../src/servers/web.ts";
import { Stream, Track } from "../src/stream.ts";
import { becomesTrue } from "./support/chromium.ts";
import { chromiumOfFile } from "./support/chromium-of-file.ts";
import { cleanupsAfterEach } from "./support/cleanups.ts";
import { Lanvid } from "./support/lanvid.ts";
import { axeFindings, LISTEN, readable } from "./support/page-reader.ts";
import { StripSource, stripJpeg } from "./support/picture.ts";
import { standsAlone } from "./support/stands-alone.ts";
import { timed } from "./support/timed.ts";
import { serveViewer } from "./support/viewer.ts";
import { waitFor } from "./support/wait.ts";

/** What the page says of a stream that is not live, and what a screen reader has of it. */

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);
standsAlone();

const DATA = "document.documentElement.dataset";
const MAX_DELAY_MS = 250;
const CONTROLS = ["button Details", "button Save the picture", "button Full screen"];
/** A bar that nobody touches is gone. */
const BAR_IS_GONE = `${DATA}.bar === "hidden" && getComputedStyle(document.querySelector("#bar")).opacity === "0"`;
const BAR_IS_SEEN = `${DATA}.bar === "shown" && getComputedStyle(document.querySelector("#bar")).opacity === "1"`;

const chromium = chromiumOfFile();
const cleanups = cleanupsAfterEach();

interface Served {
  readonly track: Track;
  readonly source: StripSource;
  readonly viewer: Viewer;
}

function setUp(): Served {
  const track = new Track({ name: "Front door" });
  const source = new StripSource();
  track.attach(source);
  cleanups.push(() => track.close());
  return { track, source, viewer: serve(track) };
}

function serve(track: Track, port = 0, admits = () => true): Viewer {
  const viewer = serveViewer(new Stream(track), { ports: [port], admits });
  cleanups.push(() => viewer.close());
  return viewer;
}

async function open(url: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await chromium.browser.newContext({ viewport: { width: 800, height: 500 }, ...options });
  cleanups.push(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(40_000);
  await page.goto(url);
  return page;
}

const stateIs = (page: Page, state: string) => becomesTrue(page, `${DATA}.state === "${state}"`);
const textOf = async (page: Page, selector: string) => (await page.textContent(selector)) ?? "";

/** Nothing of lanvid's own takes a moment that the program had: a real one, which can be stopped. */
async function realServer(codec = "mjpeg"): Promise<{ readonly server: Lanvid; readonly url: string }> {
  const args = `serve test --codec ${codec} --size 640x360 --port 0 --http 0 --name`.split(" ");
  const server = new Lanvid([...args, "Front door"]);
  cleanups.push(() => server[Symbol.asyncDispose]());
  const { http } = await server.event("ready");
  return { server, url: `http://127.0.0.1:${http}/` };
}

test("when the server stands still the page says by itself that there is no new picture, in full screen too", async () => {
  const { server, url } = await realServer();
  const page = await open(url);
  await stateIs(page, "live");
  await page.keyboard.press("f");
  await becomesTrue(page, "document.fullscreenElement !== null");
  await becomesTrue(page, BAR_IS_GONE);

  await timed(async () => {
    await stateIs(page, "live");
    const stoppedAt = performance.now();
    server.kill("SIGSTOP");
    await stateIs(page, "stale");
    const ms = performance.now() - stoppedAt;
    const badges = new Set<string>();
    await becomesTrue(page, BAR_IS_SEEN);
    await waitFor("it to count", async () => badges.add(await textOf(page, "#badge-text")).size > 1);
    const picture = await page.isVisible("#picture");
    const title = await page.title();
    server.kill("SIGCONT");
    await stateIs(page, "live");

    console.log(`page, server stopped: "no new picture" after ${Math.round(ms)} ms`);
    for (const badge of badges) {
      expect(badge).toMatch(/^no new picture for \d s$/);
    }
    expect(picture).toBe(true);
    expect(title).toBe("No new picture · Front door");
    return [{ what: "until the page says so", ms, atMost: MAX_DELAY_MS + 1000 + 500 }];
  });
});

test("a source that gives no more pictures is no live one; the next picture is", async () => {
  const { source, viewer } = setUp();
  const page = await open(viewer.url);
  await stateIs(page, "live");

  await source.stop();
  await stateIs(page, "stale");

  expect(await textOf(page, "#badge-text")).toMatch(/^no new picture for \d s$/);
  const [, lastAt] = /^Last picture: (\d\d:\d\d:\d\d)$/.exec(await textOf(page, "#message-times")) ?? [];
  expect(lastAt).toBeDefined();
  expect(await page.isVisible("#picture")).toBe(true);
  expect(await axeFindings(page)).toEqual([]);
  // Frozen now, it is no newer.
  await page.keyboard.press(" ");
  expect(await textOf(page, "#frozen-note")).toBe(`frozen at ${lastAt} · space goes on`);
  await page.keyboard.press(" ");
  source.give(stripJpeg(640, 360, Date.now(), 1));
  await stateIs(page, "live");
  expect(await textOf(page, "#badge-text")).toBe("LIVE");
});

test("a page whose server was ended keeps the reason, says what to check, and tries at once when it is told to", async () => {
  const { server, url } = await realServer();
  const page = await open("about:blank");
  await page.clock.install();
  await page.addInitScript(`
    globalThis.tries = 0;
    globalThis.WebSocket = class extends WebSocket {
      constructor(url) {
        super(url);
        tries += 1;
      }
    };
  `);
  await page.goto(url);
  await stateIs(page, "live");
  const port = Number(new URL(url).port);

  server.kill("SIGINT");
  await stateIs(page, "reconnecting");
  await becomesTrue(page, "tries >= 4");

  expect(await textOf(page, "#message-name")).toBe("Front door");
  expect(await textOf(page, "#message-title")).toBe("No connection");
  expect(await textOf(page, "#message-text")).toMatch(
    /^Front door was stopped at \d\d:\d\d:\d\d\. This page continues by itself when the stream is back\.$/,
  );
  expect(await textOf(page, "#message-times")).toMatch(/^Last picture: \d\d:\d\d:\d\d$/);
  expect(await textOf(page, "#badge-text")).toBe("NO CONNECTION");
  expect(await page.isVisible("#message-checks")).toBe(false);
  await page.clock.fastForward(16_000);
  await becomesTrue(
    page,
    "document.querySelector('#message-checks').innerText.includes('Has lanvid been started there again?')",
  );
  await becomesTrue(page, BAR_IS_SEEN);
  expect(await axeFindings(page)).toEqual([]);

  expect(await page.getByRole("button", { name: "Try now" }).isVisible()).toBe(true);
  // At once, unless it tries at this very moment.
  const tryNow = `(() => {
    const before = tries;
    document.querySelector("#try-button").click();
    return tries - before;
  })()`;
  await waitFor("a try that follows at once", async () => (await page.evaluate(tryNow)) === 1);
  const again = new Track({ name: "Front door" });
  again.attach(new StripSource());
  cleanups.push(() => again.close());
  await server.exited();
  serve(again, port);
  await stateIs(page, "live");
});

test("a page that gets no answer says since when, and when the last picture was", async () => {
  const { server, url } = await realServer();
  const page = await open(url);
  await stateIs(page, "live");

  server.kill("SIGKILL");
  await stateIs(page, "reconnecting");

  expect(await textOf(page, "#message-text")).toBe("Front door does not answer. Trying again …");
  await becomesTrue(
    page,
    `/^Since \\d\\d:\\d\\d:\\d\\d · Last picture: \\d\\d:\\d\\d:\\d\\d$/.test(document.querySelector("#message-times").textContent)`,
  );
  expect(await page.title()).toBe("No connection · Front door");
});

test("a page that is turned away says why, and goes on when it is let in", async () => {
  const { track, viewer } = setUp();
  const page = await open(viewer.url);
  await stateIs(page, "live");

  await viewer.close();
  const closed = serve(track, viewer.port, () => false);
  await stateIs(page, "refused");

  expect(await textOf(page, "#message-title")).toBe("Turned away");
  expect(await textOf(page, "#message-text")).toMatch(/ --public\. Trying again …$/);
  expect(await textOf(page, "#badge-text")).toBe("REFUSED");
  await becomesTrue(page, BAR_IS_SEEN);
  expect(await axeFindings(page)).toEqual([]);
  await closed.close();
  serve(track, viewer.port);
  await stateIs(page, "live");
});

test("a source that has failed, a stream that is over: the page says so on its card", async () => {
  const { track, source, viewer } = setUp();
  const page = await open(viewer.url);
  await stateIs(page, "live");

  source.fail("the camera was unplugged");
  await stateIs(page, "waiting");
  expect(await textOf(page, "#message-text")).toBe("The camera was unplugged. Trying again …");
  await becomesTrue(page, `/^Since .*Last picture: /.test(document.querySelector("#message-times").textContent)`);
  expect(await axeFindings(page)).toEqual([]);

  await source.stop();
  track.ended(openFault(forPeers`the file has ended`));
  await stateIs(page, "ended");
  expect(await page.getByRole("button", { name: "Try now" }).isVisible()).toBe(true);
  expect(await axeFindings(page)).toEqual([]);
});

test("before there is a connection nothing is in a screen reader's way", async () => {
  const { viewer } = setUp();
  const page = await open("about:blank");
  await page.addInitScript("globalThis.WebSocket = class { close() {} };");

  await page.goto(viewer.url);

  expect(await page.getAttribute("html", "data-state")).toBe("connecting");
  expect(await axeFindings(page)).toEqual([]);
});

test.each([["jpeg"], ["mse"]])(
  "a screen reader has all controls, whether the bar is seen or not, and is told little (%s)",
  async (mode) => {
    const { url } = await realServer("h264");
    const page = await open(`${url}?mode=${mode}`);
    await stateIs(page, "live");
    const said = page.evaluate<number>(LISTEN);
    const shown = await readable(page);
    expect(await axeFindings(page)).toEqual([]);

    await becomesTrue(page, BAR_IS_GONE);
    const hidden = await readable(page);

    expect(shown).toEqual(expect.arrayContaining([...CONTROLS, "heading Front door", "StaticText LIVE"]));
    expect(hidden).toEqual(expect.arrayContaining([...CONTROLS, "heading Front door", "StaticText LIVE"]));
    expect(hidden.join()).not.toContain("Unable to play");
    expect(hidden.filter((node) => /picture of/.test(node))).toHaveLength(1);
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press("Tab");
    await becomesTrue(page, BAR_IS_SEEN);
    expect(await page.evaluate<string>("document.activeElement.id")).toBe("info-button");

    expect(await said).toBe(1);
    const heard = await page.evaluate<[string, number][]>("heard");
    for (const [index, [, atMs]] of heard.entries()) {
      expect(atMs - (heard[index - 1]?.[1] ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(4990);
    }
  },
);

test("what happens often is told a screen reader once in five seconds, and of a state only the last", async () => {
  const { source, viewer } = setUp();
  const page = await open(viewer.url);
  await stateIs(page, "live");
  await becomesTrue(page, `document.querySelector("#announcer").textContent === "live"`);
  await page.evaluate(LISTEN);

  for (const why of ["the camera was unplugged", "the camera is busy"]) {
    source.fail(why);
    await stateIs(page, "waiting");
    source.fail(null);
    await stateIs(page, "live");
  }
  source.fail("the camera is gone");
  await becomesTrue(page, "heard.length > 0");

  expect(await page.evaluate<unknown>("heard.map(([text]) => text)")).toEqual([
    "No picture: The camera is gone. Trying again …",
  ]);
});

test("space freezes the picture, which says so always, and goes on", async () => {
  const { viewer } = setUp();
  const page = await open(viewer.url);
  await stateIs(page, "live");
  await page.keyboard.press("f");
  await becomesTrue(page, "document.fullscreenElement !== null");

  await page.keyboard.press(" ");
  const note = await textOf(page, "#frozen-note");
  const look = () => page.screenshot({ clip: { x: 50, y: 100, width: 700, height: 200 } });
  const one = await look();
  await becomesTrue(page, `Number(${DATA}.frames) > 0`);
  const frames = Number(await page.evaluate(`${DATA}.frames`));
  await becomesTrue(page, `Number(${DATA}.frames) > ${frames + 10}`);
  const other = await look();
  const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("s")]);

  expect(note).toMatch(/^frozen at \d\d:\d\d:\d\d · space goes on$/);
  expect(Bun.hash(other)).toBe(Bun.hash(one));
  const time = /\d\d:\d\d:\d\d/.exec(note)?.[0].replaceAll(":", ".");
  expect(download.suggestedFilename()).toContain(`Front door ${new Date().getFullYear()}`);
  expect(download.suggestedFilename()).toEndWith(` ${time}.jpg`);
  expect(await textOf(page, "#notice")).toBe("Saved");
  expect(await axeFindings(page)).toEqual([]);
  await page.keyboard.press(" ");
  expect(await page.isVisible("#frozen")).toBe(false);
  expect(await page.isVisible("#frozen-note")).toBe(false);
});

test("the keys are listed, Esc goes back one step at a time, and space on a button presses that", async () => {
  const { viewer } = setUp();
  const page = await open(viewer.url);
  await stateIs(page, "live");
  const isFull = () => page.evaluate<boolean>("document.fullscreenElement !== null");
  const opened = async () => [await page.isVisible("#help"), await page.isVisible("#info"), await isFull()];

  for (const key of ["?", "h", "F1"]) {
    await page.keyboard.press(key);
    expect(await textOf(page, "#help")).toContain("freeze the picture, and go on");
    await page.keyboard.press(key);
    expect(await page.isVisible("#help")).toBe(false);
  }
  await page.keyboard.press("F11");
  await page.waitForSelector("#leave-icon", { state: "visible" });
  expect(await isFull()).toBe(true);
  expect(await page.isVisible("#enter-icon")).toBe(false);
  await page.keyboard.press("i");
  await page.keyboard.press("?");
  expect(await axeFindings(page)).toEqual([]);
  expect(await page.locator("#info h2").allInnerTexts()).toEqual(["Picture", "Delay", "Connection"]);
  expect(await page.textContent("#info")).toContain("Qualityoriginal");

  const steps = [await opened()];
  for (let step = 0; step < 3; step++) {
    const before = String(steps.at(-1));
    await page.keyboard.press("Escape");
    await waitFor("a step back", async () => String(await opened()) !== before);
    steps.push(await opened());
  }
  expect(steps).toEqual([
    [true, true, true],
    [false, true, true],
    [false, false, true],
    [false, false, false],
  ]);
  await page.focus("#info-button");
  await page.keyboard.press(" ");
  expect(await page.isVisible("#info")).toBe(true);
  expect(await page.isVisible("#frozen-note")).toBe(false);
});

test("on a phone the bar has state, name and delay, in a card's frame icons and the name", async () => {
  const { viewer } = setUp();
  const page = await open(viewer.url, { viewport: { width: 320, height: 568 }, isMobile: true, hasTouch: true });
  await stateIs(page, "live");
  await becomesTrue(page, "document.querySelector('#delay').textContent !== ''");
  const seen = async () => {
    const parts = ["badge-text", "name", "delay", "form", "fps", "info-button", "full-screen-button"];
    const widths = await Promise.all(parts.map(async (id) => (await page.locator(`#${id}`).boundingBox())?.width ?? 0));
    return parts.filter((_, index) => (widths[index] as number) > 20);
  };

  const phone = await seen();
  await page.setViewportSize({ width: 240, height: 135 });
  const frame = await seen();

  expect(phone).toEqual(["badge-text", "name", "delay", "info-button", "full-screen-button"]);
  expect(frame).toEqual(["name", "info-button", "full-screen-button"]);
  const last = await page.locator("#full-screen-button").boundingBox();
  expect((last?.x ?? 0) + (last?.width ?? 999)).toBeLessThanOrEqual(230);
});

test("a tap that brings the bar up presses no button", async () => {
  const { viewer } = setUp();
  const page = await open(viewer.url, { hasTouch: true });
  await stateIs(page, "live");
  const { x = 0, y = 0 } = (await page.locator("#info-button").boundingBox()) ?? {};
  await becomesTrue(page, BAR_IS_GONE);

  await page.touchscreen.tap(x + 20, y + 20);
  await becomesTrue(page, BAR_IS_SEEN);
  expect(await page.isVisible("#info")).toBe(false);

  await page.touchscreen.tap(x + 20, y + 20);
  expect(await page.isVisible("#info")).toBe(true);
});
