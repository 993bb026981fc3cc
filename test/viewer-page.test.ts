import { afterAll, beforeAll, expect, spyOn, test } from "bun:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { forPeers, openFault } from "../src/errors.ts";
import { dial } from "../src/net.ts";
import { sendTo } from "../src/servers/tcp.ts";
import type { Viewer } from "../src/servers/web.ts";
import { Stream, Track } from "../src/stream.ts";
import { systemClock } from "../src/time.ts";
import { becomesTrue, launchChromium } from "./support/chromium.ts";
import { cleanupsAfterEach } from "./support/cleanups.ts";
import { Lanvid } from "./support/lanvid.ts";
import { decodePicture, letterbox, readStrip, StripSource, stripAgeMs, stripJpeg } from "./support/picture.ts";
import { standsAlone } from "./support/stands-alone.ts";
import { timed } from "./support/timed.ts";
import { serveViewer } from "./support/viewer.ts";
import { waitFor } from "./support/wait.ts";

standsAlone();

const DESKTOP = { width: 1280, height: 720 };
const PHONE = { width: 360, height: 640 };
const TIMEOUT_MS = 180_000;

let browser: Browser;
const cleanups = cleanupsAfterEach();

beforeAll(async () => {
  browser = await launchChromium();
}, TIMEOUT_MS);

afterAll(async () => {
  await browser.close();
});

function serve(track: Track, port = 0): Viewer {
  const viewer = serveViewer(new Stream(track), { ports: [port] });
  cleanups.push(() => viewer.close());
  return viewer;
}

function setUp(): { track: Track; source: StripSource; viewer: Viewer } {
  const track = new Track({ name: "Front door" });
  const source = new StripSource();
  track.attach(source);
  cleanups.push(() => track.close());
  return { track, source, viewer: serve(track) };
}

async function open(url: string, options: BrowserContextOptions = { viewport: DESKTOP }): Promise<Page> {
  const context = await browser.newContext(options);
  cleanups.push(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(40_000);
  await page.goto(url);
  return page;
}

async function stateIs(page: Page, state: string): Promise<void> {
  await page.waitForSelector(`html[data-state=${state}]`);
}

/**
 * Reads the strip of what is on the screen; the picture is letterboxed in the window. It is as old as it was when the
 * screenshot was asked for: to take and read one takes this machine's time, not the picture's.
 */
async function seen(page: Page, window = DESKTOP) {
  const askedAt = Date.now();
  const picture = await decodePicture(await page.screenshot());
  const strip = readStrip(picture, 640, letterbox(window, { width: 640, height: 360 }));
  return strip && { ...strip, ageMs: Math.max(0, stripAgeMs(strip, askedAt)) };
}

function youth(strip: { readonly ageMs: number } | null) {
  return { what: "the picture on the screen", ms: strip?.ageMs ?? Number.NaN, atMost: 500 };
}

async function showsYoung(page: Page, window = DESKTOP): Promise<void> {
  await timed(async () => {
    // What is judged was on its way while it was looked at what the machine gave.
    await seen(page, window);
    return [youth(await seen(page, window))];
  });
}

async function barIs(page: Page, state: "shown" | "hidden"): Promise<void> {
  await page.waitForSelector(`html[data-bar=${state}]`);
}

test(
  "the page shows pictures younger than half a second, and newer ones later",
  async () => {
    const { viewer } = setUp();
    const page = await open(viewer.url);
    await stateIs(page, "live");

    await timed(async () => {
      const first = await seen(page);
      const second = await seen(page);
      expect(second?.counter).toBeGreaterThan(first?.counter as number);
      return [youth(first), youth(second)];
    });
    expect(await page.title()).toBe("Front door");
  },
  TIMEOUT_MS,
);

test(
  "the page's figures tell the delay and the rate, in its attributes and on its bar",
  async () => {
    const { viewer, track } = setUp();
    const page = await open(viewer.url);

    await timed(async () => {
      const before = track.frameCount;
      await waitFor("a second", () => track.frameCount > before + 30);
      await becomesTrue(page, "Number(document.documentElement.dataset.fps) > 10");
      const { delayMs, frames, clockErrorMs } = (await page.evaluate(
        "({ ...document.documentElement.dataset })",
      )) as Record<string, string>;
      expect(Number(delayMs)).toBeGreaterThan(0);
      expect(Number(frames)).toBeGreaterThan(10);
      return [
        { what: "the delay that the page says", ms: Number(delayMs), atMost: 250 },
        { what: "the clock's error", ms: Number(clockErrorMs), atMost: 50 },
      ];
    });
    expect(await page.textContent("#delay")).toMatch(/^\d+ ms$/);
    expect(await page.textContent("#fps")).toMatch(/^\d+ fps$/);
    expect(track.viewers()).toMatchObject([{ kind: "page", delayMs: expect.any(Number) }]);
  },
  TIMEOUT_MS,
);

test(
  "the page asks for nothing but itself and its WebSocket",
  async () => {
    const { viewer } = setUp();
    const page = await open("about:blank");
    const requests: string[] = [];
    const complaints: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));

    await page.goto(viewer.url);
    await stateIs(page, "live");

    expect(requests).toEqual([viewer.url]);
    expect(complaints).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "when the source fails the page says why, and shows the picture again when it is back",
  async () => {
    const { viewer, source } = setUp();
    const page = await open(viewer.url);
    await stateIs(page, "live");

    source.fail("the camera was unplugged");
    await stateIs(page, "waiting");

    expect(await page.textContent("#message-text")).toBe("The camera was unplugged. Trying again …");
    expect(await page.textContent("#badge-text")).toBe("WAITING");
    expect(await page.title()).toBe("No picture · Front door");
    source.fail(null);
    await stateIs(page, "live");
    await showsYoung(page);
  },
  TIMEOUT_MS,
);

test(
  "when lanvid is restarted the page says that it reconnects, and does",
  async () => {
    const { viewer, track } = setUp();
    const page = await open(viewer.url);
    await becomesTrue(page, "document.documentElement.dataset.frames > 60");

    await viewer.close();
    await stateIs(page, "reconnecting");

    expect(await page.textContent("#message-title")).toBe("No connection");
    // The numbers of a new process begin anew: the page must not take its pictures for old ones.
    const again = new Track({ name: "Back door" });
    again.attach(new StripSource());
    cleanups.push(() => again.close());
    await track.close();
    serve(again, viewer.port);
    await stateIs(page, "live");
    expect(again.frameCount).toBeLessThan(50);
    await showsYoung(page);
    expect(await page.title()).toBe("Back door");
  },
  TIMEOUT_MS,
);

test(
  "when the stream is over the page says so",
  async () => {
    const { viewer, track, source } = setUp();
    const joins = spyOn(track, "subscribe");
    const page = await open(viewer.url);
    await stateIs(page, "live");

    await source.stop();
    track.ended(openFault(forPeers`the file has ended`));
    await becomesTrue(page, 'document.title === "The stream has ended · Front door"');

    expect(await page.textContent("#message-text")).toBe(
      "The file has ended. This page continues by itself when the stream is back.",
    );
    // It tries again, at a server that is still there, and is told the same.
    await page.evaluate(`globalThis.titles = []; new MutationObserver(() => titles.push(document.title))
      .observe(document.querySelector("title"), { childList: true })`);
    const before = joins.mock.calls.length;
    await waitFor("it to try again, twice", () => joins.mock.calls.length >= before + 2);
    await waitFor("it to be told", () => track.viewers().length === 0);
    const titles = await page.evaluate<string[]>("[...titles, document.title]");
    expect(new Set(titles)).toEqual(new Set(["The stream has ended · Front door"]));
    expect(await page.getAttribute("html", "data-state")).toBe("ended");
  },
  TIMEOUT_MS,
);

test(
  "a damaged JPEG is counted, and the pictures go on",
  async () => {
    const { viewer, source } = setUp();
    const page = await open(viewer.url);
    await stateIs(page, "live");

    // Again and again: a picture that is followed by another before it can be sent is dropped, whatever it is.
    const damaging = setInterval(() => {
      source.give(new TextEncoder().encode("no JPEG at all"));
      source.give(Uint8Array.of(0xff, 0xd8, 0xff, 0xc0, 0, 4, 0, 0, 0xff, 0xd9));
    }, 50);
    try {
      await becomesTrue(page, "Number(document.documentElement.dataset.corrupt) >= 1");
    } finally {
      clearInterval(damaging);
    }

    const before = Number(await page.getAttribute("html", "data-frames"));
    await becomesTrue(page, `Number(document.documentElement.dataset.frames) > ${before + 5}`);
    await showsYoung(page);
  },
  TIMEOUT_MS,
);

test(
  "a JPEG of a few bytes that says it has 268 million pixels is not decoded, and the pictures go on",
  async () => {
    const { viewer, source } = setUp();
    const page = await open(viewer.url);
    await stateIs(page, "live");
    const bomb = stripJpeg(512, 32, 0, 0).slice();
    const size = bomb.findIndex((byte, at) => byte === 0xff && bomb[at + 1] === 0xc0) + 5;
    bomb.set([0x40, 0, 0x40, 0], size);

    const bombing = setInterval(() => source.give(bomb), 50);
    try {
      await becomesTrue(page, "Number(document.documentElement.dataset.corrupt) >= 1");
    } finally {
      clearInterval(bombing);
    }

    const before = Number(await page.getAttribute("html", "data-frames"));
    await becomesTrue(page, `Number(document.documentElement.dataset.frames) > ${before + 5}`);
    expect(await page.evaluate("document.querySelector('canvas').width")).toBe(640);
  },
  TIMEOUT_MS,
);

test(
  "the bar hides itself and comes back at a movement, a touch or a key",
  async () => {
    const { viewer } = setUp();
    const page = await open(viewer.url, { viewport: DESKTOP, hasTouch: true });

    await barIs(page, "shown");
    expect(await page.isVisible("#bar")).toBe(true);
    await barIs(page, "hidden");
    await becomesTrue(page, `getComputedStyle(document.querySelector("#bar")).opacity === "0"`);
    await page.mouse.move(300, 200);
    await barIs(page, "shown");
    await barIs(page, "hidden");
    await page.keyboard.press("Shift");
    await barIs(page, "shown");
    await barIs(page, "hidden");
    await page.touchscreen.tap(200, 200);
    await barIs(page, "shown");
  },
  TIMEOUT_MS + 10_000,
);

test(
  "?bare=1 shows the picture and nothing else",
  async () => {
    const { viewer } = setUp();
    const page = await open(`${viewer.url}?bare=1`);
    await stateIs(page, "live");

    await page.mouse.move(300, 200);
    await page.keyboard.press("i");

    expect(await page.isVisible("#bar")).toBe(false);
    expect(await page.isVisible("#message")).toBe(false);
    expect(await page.isVisible("#info")).toBe(false);
    await showsYoung(page);
  },
  TIMEOUT_MS,
);

test(
  "the s key saves the JPEG as it was received",
  async () => {
    const { viewer } = setUp();
    const page = await open(viewer.url);
    await stateIs(page, "live");

    await timed(async () => {
      const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("s")]);

      expect(download.suggestedFilename()).toMatch(/^Front door \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\.jpg$/);
      const strip = readStrip(await decodePicture(await Bun.file(await download.path()).bytes()));
      return [{ what: "the saved picture", ms: strip === null ? Number.NaN : stripAgeMs(strip), atMost: 2000 }];
    });
  },
  TIMEOUT_MS,
);

test(
  "the i key shows and hides the details, the f key fills the screen",
  async () => {
    const { viewer } = setUp();
    const page = await open(viewer.url);
    await stateIs(page, "live");

    await page.keyboard.press("i");
    expect(await page.textContent("#info")).toContain("640×360, JPEG");
    expect(await page.getAttribute("#info-button", "aria-pressed")).toBe("true");
    await page.keyboard.press("i");
    expect(await page.isVisible("#info")).toBe(false);
    await page.keyboard.press("f");
    await becomesTrue(page, "document.fullscreenElement !== null");
    await page.keyboard.press("f");
    await becomesTrue(page, "document.fullscreenElement === null");
  },
  TIMEOUT_MS,
);

test(
  "on a phone the picture keeps its shape and the bar fits",
  async () => {
    const { viewer } = setUp();
    const page = await open(viewer.url, { viewport: PHONE, isMobile: true, hasTouch: true });
    await stateIs(page, "live");
    await becomesTrue(page, "document.querySelector('#delay').textContent !== ''");

    const bar = await page.locator("#bar").boundingBox();

    await showsYoung(page, PHONE);
    expect(bar?.x).toBeGreaterThanOrEqual(0);
    expect((bar?.x ?? 0) + (bar?.width ?? 999)).toBeLessThanOrEqual(PHONE.width);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(PHONE.width);
    for (const button of await page.locator("#bar button").all()) {
      expect(await button.boundingBox()).toMatchObject({ width: expect.any(Number), height: 44 });
    }
  },
  TIMEOUT_MS,
);

test("the page of receive shows what is as old as the sender allows", async () => {
  await using listener = new Lanvid(["receive", "--port", "0", "--http", "0", "--view", "browser"], {
    env: { DISPLAY: undefined, WAYLAND_DISPLAY: undefined },
  });
  const { port, http } = await listener.event("ready");
  const track = new Track({ name: "far away" });
  track.describe({ codec: "mjpeg", state: "live", width: 640, height: 360 });
  const stream = new Stream(track);
  const connection = await dial({ host: "127.0.0.1", port: Number(port) }, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const sender = sendTo(connection, { stream, maxDelayMs: 1000, http: null, onEnd() {} });
  let count = 0;
  const source = setInterval(() => {
    count += 1;
    const capturedAt = systemClock.micros() - 600_000;
    track.frame({ capturedAt, isKey: true, bytes: stripJpeg(640, 360, capturedAt / 1000, count) });
  }, 50);
  cleanups.push(() => {
    clearInterval(source);
    sender.end("ended", forPeers`the test is over`);
  });

  const page = await open(`http://127.0.0.1:${http}/?mode=jpeg`);
  await timed(async () => {
    const before = Number(await page.evaluate("document.documentElement.dataset.frames")) || 0;
    await becomesTrue(page, `document.documentElement.dataset.frames > ${before + 10}`);
    const ms = Number(await page.evaluate("document.documentElement.dataset.delayMs"));
    expect(ms).toBeGreaterThan(590);
    return [{ what: "the delay that the page says", ms, atMost: 900 }];
  });
});

test(
  "a hidden page keeps acknowledging and draws nothing, and is live at once when it is seen again",
  async () => {
    const { viewer, track } = setUp();
    const page = await open(viewer.url);
    await stateIs(page, "live");
    const hide = (isHidden: boolean) =>
      page.evaluate(`Object.defineProperty(document, "hidden", { value: ${isHidden}, configurable: true })`);

    await hide(true);
    const shown = Number(await page.getAttribute("html", "data-frames"));
    const given = track.frameCount;
    await waitFor("30 frames", () => track.frameCount > given + 30);

    expect(Number(await page.getAttribute("html", "data-frames"))).toBeLessThan(shown + 15);
    expect(track.viewers()[0]?.fps).toBeGreaterThan(10);
    await hide(false);
    await waitFor("a picture", () => (track.viewers()[0]?.delayMs ?? null) !== null);
    await showsYoung(page);
  },
  TIMEOUT_MS,
);

test(
  "an <img> of /stream shows pictures younger than half a second",
  async () => {
    const { viewer } = setUp();
    const page = await open(`${viewer.url}healthz`);

    await page.setContent(`<body style="margin:0"><img src="/stream" style="width:1280px;height:720px">`);
    await becomesTrue(page, "document.images[0].naturalWidth === 640");
    await timed(async () => {
      const first = await seen(page);
      const second = await seen(page);
      expect(second?.counter).toBeGreaterThan(first?.counter as number);
      return [youth(first), youth(second)];
    });
  },
  TIMEOUT_MS,
);
