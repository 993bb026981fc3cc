import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { connect } from "node:net";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { forPeers, openFault } from "../src/errors.ts";
import type { Viewer } from "../src/servers/web.ts";
import { Stream, Track } from "../src/stream.ts";
import { systemClock } from "../src/time.ts";
import { becomesTrue, launchChromium } from "./support/chromium.ts";
import { cleanupsAfterEach } from "./support/cleanups.ts";
import { encodeH264, frameOf } from "./support/h264.ts";
import { Lanvid } from "./support/lanvid.ts";
import { StripSource } from "./support/picture.ts";
import { decode, probe } from "./support/probe.ts";
import { Folder } from "./support/stand-in.ts";
import { STRIP_WATCH, seenOn } from "./support/strip-watch.ts";
import { serveViewer } from "./support/viewer.ts";
import { waitFor } from "./support/wait.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

const SIZE = { width: 640, height: 360 };
const folder = new Folder();
const cleanups = cleanupsAfterEach();
let browser: Browser;
let units: Uint8Array[];

beforeAll(async () => {
  browser = await launchChromium();
  units = encodeH264({ ...SIZE, count: 60, keyEvery: 15 });
});

afterAll(async () => {
  await browser.close();
  folder[Symbol.dispose]();
});

function serve(track: Track): Viewer {
  const viewer = serveViewer(new Stream(track));
  cleanups.push(() => viewer.close());
  return viewer;
}

/** Gives these access units, 30 a second and over and over; the first at once. */
function play(track: Track, bytes: readonly Uint8Array[], first = 0): void {
  track.describe({ state: "live", codec: "h264", ...SIZE });
  let given = first;
  const give = () => {
    track.frame(frameOf(bytes[given % bytes.length] as Uint8Array, systemClock.micros()));
    given += 1;
  };
  give();
  const timer = setInterval(give, 33);
  cleanups.push(() => clearInterval(timer));
}

/** Takes what comes until `isEnough`, and writes it to a file. */
async function taken(url: string, name: string, isEnough: (bytes: number) => boolean): Promise<string> {
  const response = await fetch(`${url}stream.mp4`);
  expect(response.headers.get("Content-Type")).toBe("video/mp4");
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const chunk of response.body as ReadableStream<Uint8Array<ArrayBuffer>>) {
    chunks.push(chunk);
    size += chunk.length;
    if (isEnough(size)) {
      break;
    }
  }
  const path = join(folder.path, name);
  await Bun.write(path, new Blob(chunks));
  return path;
}

test("/stream.mp4 begins with a key frame, and plays with the times of capture", async () => {
  const track = new Track({ name: "Film" });
  const { url } = serve(track);
  play(track, units, 7);
  await waitFor("half a second of frames", () => track.frameCount > 20);
  const before = track.frameCount;
  const beganAt = performance.now();

  const path = await taken(url, "begin.mp4", () => track.frameCount > before + 60);
  const lasted = (performance.now() - beganAt) / 1000;
  const given = track.frameCount - before;

  const { codec, width, height, times, complaints } = probe(path);
  const seconds = times.at(-1) as number;
  expect({ codec, width, height, complaints }).toEqual({ codec: "h264", ...SIZE, complaints: "" });
  expect(times.length).toBeWithin(given - 6, given + 20);
  // What came before the newest frame when it joined takes no time.
  expect(seconds).toBeWithin(lasted - 0.4, lasted + 0.5);
  const { frames, complaints: ofFrames } = decode(path);
  expect(ofFrames).toBe("");
  expect(frames).toBeGreaterThanOrEqual(times.length - 1);
});

test("a client counts as a viewer until it is gone", async () => {
  const track = new Track({ name: "Film" });
  const { url } = serve(track);
  play(track, units);
  const gone = new AbortController();

  const response = await fetch(`${url}stream.mp4`, { signal: gone.signal });
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  await reader.read();

  expect(track.viewers()).toMatchObject([{ kind: "mp4-stream", codec: "h264" }]);
  gone.abort();
  await waitFor("it to be gone", () => track.viewers().length === 0);
});

test("it ends when the stream does, and when the picture's size changes", async () => {
  for (const end of ["stream", "size"] as const) {
    const track = new Track({ name: "Film" });
    const { url } = serve(track);
    play(track, units);
    const other = encodeH264({ width: 320, height: 180, count: 1 });

    const path = await taken(url, `${end}.mp4`, (size) => {
      if (size > 100_000 && end === "stream") {
        track.ended(openFault(forPeers`the file has ended`));
      } else if (size > 100_000) {
        track.frame(frameOf(other[0] as Uint8Array, systemClock.micros()));
      }
      return false;
    });

    expect(decode(path).complaints).toBe("");
    expect(track.viewers()).toEqual([]);
    for (const cleanup of cleanups.splice(0).reverse()) {
      await cleanup();
    }
  }
});

test("a client that takes nothing for a while goes on at a key frame, with what is new then", async () => {
  const track = new Track({ name: "Film" });
  const { port } = serve(track);
  play(track, encodeH264({ width: 1280, height: 720, count: 30, keyEvery: 10, more: ["-qp", "4"] }));
  const socket = connect(port, "127.0.0.1");
  cleanups.push(() => socket.destroy());
  const bytes: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => bytes.push(chunk));
  socket.pause();
  socket.write("GET /stream.mp4 HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await waitFor("it to take frames", () => (track.viewers()[0]?.fps ?? 0) > 0);
  await waitFor("it to take nothing", () => track.viewers()[0]?.fps === 0);
  const stoppedAt = track.frameCount;
  await waitFor("frames that it does not take", () => track.frameCount > stoppedAt + 30);

  socket.resume();

  await waitFor("the count of those", () => (track.viewers()[0]?.dropped ?? 0) > 30);
  await waitFor("it to go on", () => (track.viewers()[0]?.fps ?? 0) > 10);
  const path = join(folder.path, "slow.mp4");
  const size = bytes.reduce((sum, { length }) => sum + length, 0);
  await waitFor("more", () => bytes.reduce((sum, { length }) => sum + length, 0) > size + 1_000_000);
  await Bun.write(path, wholeBoxes(unchunked(Buffer.concat(bytes))));
  const { times } = probe(path);
  const gap = times.findIndex((time, index) => time - (times[index - 1] ?? 0) > 0.9);
  expect(gap).toBeGreaterThan(0);
  // Those that build on a frame that is missing would be complained about.
  expect(decode(path).complaints).toBe("");
});

test("without H.264 it says so, and what to do", async () => {
  const track = new Track({ name: "Camera" });
  track.attach(new StripSource());
  cleanups.push(() => track.close());
  const { url } = serve(track);

  const response = await fetch(`${url}stream.mp4`);

  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ error: { code: "no-h264", hint: expect.stringContaining("/stream") } });
  expect(track.viewers()).toEqual([]);
});

test("HEAD has the headers and no body", async () => {
  const track = new Track({ name: "Film" });

  const response = await fetch(`${serve(track).url}stream.mp4`, { method: "HEAD" });

  expect([response.status, response.headers.get("Content-Type")]).toEqual([200, "video/mp4"]);
  expect(track.viewers()).toEqual([]);
});

test("a source of JPEG is given as H.264, and Chromium plays that", async () => {
  await using lanvid = new Lanvid("serve test --codec mjpeg --size 640x360 --port 0 --http 0".split(" "));
  const url = `http://127.0.0.1:${(await lanvid.event("ready"))["http"]}/`;
  const page = await browser.newPage();
  cleanups.push(() => page.close());

  await page.goto(`${url}healthz`);
  await page.setContent(
    `<html data-state="live" data-surface="video"><video id="film" muted autoplay src="/stream.mp4">`,
  );
  await page.evaluate(STRIP_WATCH);
  await becomesTrue(page, "stripSeen.counters.length > 30");

  const { counters } = await seenOn(page);
  expect(counters).toEqual(counters.toSorted((one, other) => one - other));
  expect(await page.evaluate("document.querySelector('#film').videoWidth")).toBe(640);
});

/** The body of a chunked response, as far as it is whole. */
function unchunked(response: Buffer): Buffer {
  const parts: Buffer[] = [];
  let at = response.indexOf("\r\n\r\n") + 4;
  for (;;) {
    const end = response.indexOf("\r\n", at);
    const length = Number.parseInt(response.subarray(at, end).toString(), 16);
    if (end < 0 || Number.isNaN(length) || end + 2 + length > response.length) {
      return Buffer.concat(parts);
    }
    parts.push(response.subarray(end + 2, end + 2 + length));
    at = end + 2 + length + 2;
  }
}

/** A film without the box that was cut off. */
function wholeBoxes(film: Buffer): Buffer {
  let at = 0;
  for (;;) {
    const next = at + 8 <= film.length ? at + film.readUInt32BE(at) : Number.POSITIVE_INFINITY;
    if (next > film.length) {
      return film.subarray(0, at);
    }
    at = next;
  }
}
