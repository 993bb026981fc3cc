import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { jpegSize } from "../src/media.ts";
import { becomesTrue, launchChromium } from "./support/chromium.ts";
import { FrameTap, type SeenStrip } from "./support/frame-tap.ts";
import { type Event, Lanvid } from "./support/lanvid.ts";
import { decodePicture, readStrip, stripAgeMs } from "./support/picture.ts";
import { xDisplay } from "./support/x-display.ts";

// The preload's reaches the first file of a run only.
setDefaultTimeout(60_000);

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

interface Shot {
  readonly png: Buffer;
  /** Unix time when the screenshot was asked for, ms: to take one takes this machine's time, not the picture's. */
  readonly at: number;
}

/**
 * What is read from two screenshots of a server's page: from the first one that can be read, and from the next one that
 * shows another picture.
 */
async function twoShots<T extends { readonly key: unknown }>(
  http: unknown,
  read: (shot: Shot) => Promise<T | null>,
): Promise<[T, T]> {
  const context = await browser.newContext({ viewport: SIZE });
  await using _closing = { [Symbol.asyncDispose]: () => context.close() };
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${http}/`);
  await becomesTrue(page, `document.documentElement.dataset.state === "live"`, 20_000);
  const deadline = performance.now() + 10_000;
  const seen: T[] = [];
  while (seen.length < 2) {
    const at = Date.now();
    const shot = await read({ png: await page.screenshot(), at });
    if (shot !== null && shot.key !== seen[0]?.key) {
      seen.push(shot);
    }
    if (performance.now() > deadline) {
      throw new Error(`the page shows no picture that can be read and changes: ${JSON.stringify(seen)}`);
    }
  }
  return seen as [T, T];
}

/** Null while it can't be read: the picture is dark until the page has brightened up. */
async function stripOf({ png, at }: Shot): Promise<(SeenStrip & { readonly key: number }) | null> {
  const strip = readStrip(await decodePicture(png));
  return strip === null ? null : { ...strip, key: strip.counter, ageMs: stripAgeMs(strip, at) };
}

/** A number for what the upper half shows, where the page has no controls; null until the page has brightened up. */
async function upperHalf({ png }: Shot): Promise<{ readonly key: unknown } | null> {
  const { rgba } = await decodePicture(png);
  const half = rgba.subarray(0, rgba.length / 2);
  const isBright = half.some((value, index) => index % 4 !== 3 && value >= 250);
  return isBright ? { key: Bun.hash(half) } : null;
}

/** Both viewers see the strip of the origin's test pattern, young and moving. */
async function expectFresh(server: Lanvid): Promise<void> {
  const { port, http } = await server.event("ready");
  await using viewer = new FrameTap(port);
  await viewer.more(30);

  const first = await viewer.strip();
  await viewer.more(5);
  const second = await viewer.strip();
  const [shot, next] = await twoShots(http, stripOf);

  expect(first.ageMs).toBeLessThan(FRESH_MS);
  expect(second.ageMs).toBeLessThan(FRESH_MS);
  expect(second.counter).toBeGreaterThan(first.counter);
  expect(shot.ageMs).toBeLessThan(FRESH_MS);
  expect(next.ageMs).toBeLessThan(FRESH_MS);
  expect(next.counter).toBeGreaterThan(shot.counter);
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

  await using viewer = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "none", "--frames", "60"]);
  const end = await viewer.event("end");
  const [first, second] = await twoShots(http, upperHalf);

  expect(end).toMatchObject({ frames: 60, width: 640, height: 360, code: 0 });
  expect(end["fps"]).toBeGreaterThan(23);
  expect(end["fps"]).toBeLessThan(27);
  expect(second.key).not.toBe(first.key);
});

test("a file begins again when it is over", async () => {
  await using server = new Lanvid(["serve", await makeFile("short.mp4", "libx264"), ...FREE]);
  const { port } = await server.event("ready");

  await using viewer = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "none", "--frames", "150"]);
  const end = await viewer.event("end", 20_000);

  expect(end).toMatchObject({ frames: 150, code: 0 });
  const { source } = (await server.event("stats")) as unknown as { source: object };
  expect(source).toMatchObject({ restarts: 0 });
});

test("a file can be scaled, slowed and turned", async () => {
  const path = await makeFile("turned.mp4", "libx264");
  await using server = new Lanvid(["serve", path, "--size", "320x180", "--fps", "10", "--rotate", "270", ...FREE]);
  const { port } = await server.event("ready");

  await using viewer = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "none", "--frames", "20"]);
  const end = await viewer.event("end");

  expect(end).toMatchObject({ width: 180, height: 320, frames: 20 });
  expect(end["fps"]).toBeGreaterThan(9);
  expect(end["fps"]).toBeLessThan(11);
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
  await using server = new Lanvid(["serve", "screen", "--fps", "0.4", "--always-on", ...FREE], {
    env: { DISPLAY: display.name, WAYLAND_DISPLAY: undefined, XDG_SESSION_TYPE: undefined },
  });
  const sourceOf = (event: Event) => event["source"] as { state?: string; restarts?: number } | undefined;

  const live = await server.eventWhere((event) => sourceOf(event)?.state === "live", 4000);
  const later = await server.eventWhere(({ time }) => time > live.time + 3500);

  expect(sourceOf(later)).toMatchObject({ state: "live", restarts: 0 });
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
