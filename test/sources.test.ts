import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { jpegSize } from "../src/media.ts";
import { becomesTrue, launchChromium } from "./support/chromium.ts";
import { FrameTap } from "./support/frame-tap.ts";
import { type Event, Lanvid } from "./support/lanvid.ts";
import { decodePicture, readStrip } from "./support/picture.ts";
import { standsAlone } from "./support/stands-alone.ts";
import { FORGET_SEEN, STRIP_WATCH, seenOn } from "./support/strip-watch.ts";
import { timed } from "./support/timed.ts";
import { waitFor } from "./support/wait.ts";
import { xDisplay } from "./support/x-display.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);
standsAlone();

/** Any free ports. */
const FREE = ["--port", "0", "--http", "0"];
/** A viewer shall not be shown anything older, ms. */
const FRESH_MS = 500;
/** Small, so that two browsers and five encoders fit on a small machine. */
const SIZE = { width: 640, height: 360 };

const folder = mkdtempSync(join(tmpdir(), "lanvid-sources-"));
let browser: Browser;
/** The test pattern: where the pictures with the strip come from. */
let origin: Lanvid;
let originPort: unknown;
let originHttp: unknown;

beforeAll(async () => {
  origin = new Lanvid(["serve", "test", "--size", "640x360", ...FREE]);
  ({ port: originPort, http: originHttp } = await origin.event("ready"));
  browser = await launchChromium();
});

afterAll(async () => {
  await browser.close();
  await origin[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

interface Shown {
  /** A number for what the upper half shows, where the page has no controls. */
  readonly key: unknown;
}

/** The upper half of a server's page, in the first screenshot that can be read, and in the next one that shows another. */
async function twoShots(http: unknown): Promise<[Shown, Shown]> {
  const context = await browser.newContext({ viewport: SIZE });
  await using _closing = { [Symbol.asyncDispose]: () => context.close() };
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${http}/`);
  await becomesTrue(page, `document.documentElement.dataset.state === "live"`);
  const deadline = performance.now() + 40_000;
  const seen: Shown[] = [];
  while (seen.length < 2) {
    const shot = await upperHalf(await page.screenshot());
    if (shot !== null && shot.key !== seen[0]?.key) {
      seen.push(shot);
    }
    if (performance.now() > deadline) {
      throw new Error(`the page shows no picture that can be read and changes: ${JSON.stringify(seen)}`);
    }
  }
  return seen as [Shown, Shown];
}

/** Null until the page has brightened up. */
async function upperHalf(png: Buffer): Promise<Shown | null> {
  const { rgba } = await decodePicture(png);
  const half = rgba.subarray(0, rgba.length / 2);
  const isBright = half.some((value, index) => index % 4 !== 3 && value >= 250);
  return isBright ? { key: Bun.hash(half) } : null;
}

/**
 * Both viewers see the strip of the origin's test pattern, young and moving; one after the other. The page itself looks
 * at what it shows: a screenshot holds it up.
 */
async function expectFresh(server: Lanvid): Promise<void> {
  const { port, http } = await server.event("ready");
  {
    await using viewer = new FrameTap(port);
    await viewer.more(30);
    await timed(async () => {
      const first = await viewer.strip();
      const second = await waitFor("another picture", async () => {
        const strip = await viewer.strip();
        return strip.counter !== first.counter && strip;
      });
      expect(second.counter).toBeGreaterThan(first.counter);
      return [first, second].map(({ ageMs }) => ({ what: "watch's picture", ms: ageMs, atMost: FRESH_MS }));
    });
  }
  const context = await browser.newContext({ viewport: SIZE });
  await using _closing = { [Symbol.asyncDispose]: () => context.close() };
  const page = await context.newPage();
  await page.addInitScript(STRIP_WATCH);
  await page.goto(`http://127.0.0.1:${http}/`);
  await becomesTrue(page, "stripSeen.counters.length > 15");
  await timed(async () => {
    await page.evaluate(FORGET_SEEN);
    await becomesTrue(page, "stripSeen.counters.length >= 5");
    const { ages, counters } = await seenOn(page);
    expect(counters).toEqual([...new Set(counters)].sort((one, other) => one - other));
    return ages.map((ms) => ({ what: "the page's picture", ms, atMost: FRESH_MS }));
  });
}

async function makeFile(name: string, codec: string): Promise<string> {
  const path = join(folder, name);
  const input = ["-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25:duration=4"];
  const made = Bun.spawn(["ffmpeg", "-v", "error", ...input, "-c:v", codec, "-pix_fmt", "yuv420p", path], {
    stdin: "ignore",
    stderr: "inherit",
  });
  expect(await made.exited).toBe(0);
  return path;
}

test.each([
  ["an H.264 file", "film.mp4", "libx264"],
  ["an MPEG-4 file", "film.avi", "mpeg4"],
])("%s is played at its own speed and size, to the viewer and on the page", async (_what, name, codec) => {
  await using server = new Lanvid(["serve", await makeFile(name, codec), ...FREE]);
  const { port, http } = await server.event("ready");

  await timed(async () => {
    await using viewer = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "none", "--frames", "60"]);
    const end = await viewer.event("end");

    expect(end).toMatchObject({ frames: 60, width: 640, height: 360, code: 0 });
    expect(end["fps"]).toBeLessThan(27);
    return [{ what: "pictures", perSecond: Number(end["fps"]), atLeast: 23 }];
  });
  const [first, second] = await twoShots(http);
  expect(second.key).not.toBe(first.key);
});

test("a file begins again when it is over", async () => {
  await using server = new Lanvid(["serve", await makeFile("short.mp4", "libx264"), ...FREE]);
  const { port } = await server.event("ready");

  await using viewer = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "none", "--frames", "150"]);
  const end = await viewer.event("end");

  expect(end).toMatchObject({ frames: 150, code: 0 });
  const { source } = (await server.event("stats")) as unknown as { source: object };
  expect(source).toMatchObject({ restarts: 0 });
});

test("a file can be scaled, slowed and turned", async () => {
  const path = await makeFile("turned.mp4", "libx264");
  await using server = new Lanvid(["serve", path, "--size", "320x180", "--fps", "10", "--rotate", "270", ...FREE]);
  const { port } = await server.event("ready");

  await timed(async () => {
    await using viewer = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "none", "--frames", "20"]);
    const end = await viewer.event("end");

    expect(end).toMatchObject({ width: 180, height: 320, frames: 20 });
    expect(end["fps"]).toBeLessThan(11);
    return [{ what: "pictures", perSecond: Number(end["fps"]), atLeast: 9 }];
  });
});

test("the mirror swaps left and right", async () => {
  await using server = new Lanvid(["serve", "test", "--size", "640x360", "--mirror", ...FREE]);
  const { port } = await server.event("ready");
  await using viewer = new FrameTap(port);

  const picture = await decodePicture(await viewer.next());
  const turned = Uint8ClampedArray.from(picture.rgba, (_, index) => {
    const pixel = index >> 2;
    const column = picture.width - 1 - (pixel % picture.width);
    return picture.rgba[(pixel - (pixel % picture.width) + column) * 4 + (index & 3)] as number;
  });

  expect(readStrip(picture)).toBeNull();
  expect(readStrip({ ...picture, rgba: turned })).not.toBeNull();
});

test("an X screen is seen by the viewer and on the page, young and moving", async () => {
  await using display = await xDisplay(SIZE);
  await using _shown = display.show(`http://127.0.0.1:${originHttp}/`);
  await using server = new Lanvid(["serve", "screen", ...FREE], {
    env: { DISPLAY: display.name, WAYLAND_DISPLAY: undefined, XDG_SESSION_TYPE: undefined },
  });
  const { port } = await server.event("ready");
  await using viewer = new FrameTap(port);
  await display.shows(async () => readStrip(await decodePicture(await viewer.next())) !== null);

  await expectFresh(server);

  expect(jpegSize(await viewer.next())).toEqual(SIZE);
});

test("a screen grabbed every 2.5 s is live from the first picture on, and not taken for stalled", async () => {
  await using display = await xDisplay(SIZE);
  const sourceOf = (event: Event) => event["source"] as { state?: string; restarts?: number } | undefined;
  await timed(async () => {
    const startedAt = Date.now();
    await using server = new Lanvid(["serve", "screen", "--fps", "0.4", "--always-on", ...FREE], {
      env: { DISPLAY: display.name, WAYLAND_DISPLAY: undefined, XDG_SESSION_TYPE: undefined },
    });
    const live = await server.eventWhere((event) => sourceOf(event)?.state === "live");
    const later = await server.eventWhere(({ time }) => time > live.time + 3500);
    expect(sourceOf(later)).toMatchObject({ state: "live", restarts: 0 });
    return [{ what: "until it was live", ms: live.time - startedAt, atMost: 4000, isWork: true }];
  });
});

test("another lanvid is relayed, young and moving", async () => {
  await using server = new Lanvid(["serve", `lanvid://127.0.0.1:${originPort}`, ...FREE]);

  await expectFresh(server);
});

test("a URL is opened, young and moving", async () => {
  await using server = new Lanvid(["serve", `http://127.0.0.1:${originHttp}/stream`, ...FREE]);

  await expectFresh(server);
});

test("standard input is read, young and moving", async () => {
  const feeder = Bun.spawn(
    [
      "ffmpeg",
      "-v",
      "error",
      "-f",
      "mpjpeg",
      "-i",
      `http://127.0.0.1:${originHttp}/stream`,
      "-c:v",
      "libx264",
      "-preset",
      "ultrafast",
      "-tune",
      "zerolatency",
      "-g",
      "30",
      "-f",
      "nut",
      "-flush_packets",
      "1",
      "-",
    ],
    { stdin: "ignore", stdout: "pipe", stderr: "inherit" },
  );
  await using server = new Lanvid(["serve", "-", ...FREE], { stdin: feeder.stdout });

  await expectFresh(server);

  feeder.kill("SIGKILL");
  await feeder.exited;
});
