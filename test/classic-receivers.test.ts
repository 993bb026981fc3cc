import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { decodePickle } from "../src/classic-pickle/decode.ts";
import { decodeMessage } from "../src/wire.ts";
import { becomesTrue, launchChromium } from "./support/chromium.ts";
import { Lanvid } from "./support/lanvid.ts";
import { childrenOf, commandOf } from "./support/processes.ts";
import { PythonPeer, type Shown } from "./support/python-peer.ts";
import { RawPeer } from "./support/raw-peer.ts";
import { standsAlone } from "./support/stands-alone.ts";
import { timed } from "./support/timed.ts";
import { DEADLINE_MS, waitFor } from "./support/wait.ts";
import { bytesOf } from "./vectors/read.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);
standsAlone();

/** Any free ports. */
const FREE = ["--port", "0", "--http", "0"];
/** The smallest test pattern: 1.57 Mbit a frame. */
const SMALL = ["--size", "512x128"];

interface Viewer {
  readonly kind: string;
  readonly dropped: number;
}

async function get(http: unknown, path: string): Promise<Response> {
  return await fetch(`http://127.0.0.1:${http}${path}`);
}

async function viewers(http: unknown): Promise<Viewer[]> {
  return ((await (await get(http, "/state")).json()) as { viewers: { list: Viewer[] } }).viewers.list;
}

/** ffmpegs of a lanvid that make pixels. */
function renditionsOf(pid: number): number[] {
  return childrenOf(pid, "ffmpeg").filter((child) => commandOf(child).includes("bgr24"));
}

function dialling(port: unknown, ...args: readonly string[]): PythonPeer {
  return new PythonPeer("receiver", ["dial", "--port", String(port), ...args]);
}

/** Pictures a second. */
function rateOf(shown: readonly Shown[]): number {
  const [first, last] = [shown[0] as Shown, shown.at(-1) as Shown];
  return (1000 * (shown.length - 1)) / (last.at - first.at);
}

/** The most ms that were between two pictures of these. */
function longestGapMs(shown: readonly Shown[]): number {
  return Math.max(0, ...shown.slice(1).map(({ at }, index) => at - (shown[index] as Shown).at));
}

test("two classic receivers and two browsers watch at once, and to kill any of them changes nothing for the others", async () => {
  await using server = new Lanvid(["serve", "test", "--size", "640x360", ...FREE]);
  const { port, http } = await server.event("ready");
  await using first = dialling(port);
  await using second = dialling(port);
  await Promise.all([first.shows(5), second.shows(5)]);
  const browsers = await Promise.all([launchChromium(), launchChromium()]);
  const pages = await Promise.all(browsers.map((browser) => openPage(browser, `http://127.0.0.1:${port}/`)));
  const kinds = async () => (await viewers(http)).map(({ kind }) => kind).sort();
  const everybody = [...[first, second].map(pythonWatcher), ...pages.map(pageWatcher)];

  await Promise.all(everybody.map((watcher) => watcher.sees(30)));
  expect(await kinds()).toEqual(["classic", "classic", "page", "page"]);
  expect(renditionsOf(server.child.pid)).toHaveLength(1);
  const end = [
    async () => first.kill("SIGKILL"),
    async () => await browsers[0]?.close(),
    async () => await browsers[1]?.close(),
  ];
  const [, py, one, two] = everybody as [Watcher, Watcher, Watcher, Watcher];
  const staying = [[py, one, two], [py, two], [py]];
  for (const [index, kill] of end.entries()) {
    await timed(async () => {
      const before = second.shown.length;
      // Idempotent: what is looked at again is that those who stay see on.
      await kill();
      await Promise.all((staying[index] as Watcher[]).map((watcher) => watcher.sees(30)));
      const seen = second.shown.slice(before);
      return [
        { what: "without a picture in Python", ms: longestGapMs(seen), atMost: 500 },
        { what: "the newest picture in Python", ms: seen.at(-1)?.age ?? Number.NaN, atMost: 500 },
      ];
    });
  }
  await waitFor("the others to be gone", () => server.stderr.split("viewer left").length === 4);
  expect(await kinds()).toEqual(["classic"]);
  expect(server.stderr).not.toContain("error");
  expect(second.stderr).toBe("");
});

interface Watcher {
  /** Settles when it has shown so many more pictures. */
  readonly sees: (count: number) => Promise<void>;
}

function pythonWatcher(peer: PythonPeer): Watcher {
  return {
    sees: (count) => peer.shows(count),
  };
}

function pageWatcher(page: Page): Watcher {
  return {
    async sees(count) {
      const frames = Number(await page.evaluate("document.documentElement.dataset.frames ?? 0"));
      await becomesTrue(page, `Number(document.documentElement.dataset.frames) >= ${frames + count}`);
    },
  };
}

async function openPage(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(url);
  await becomesTrue(page, `document.documentElement.dataset.state === "live"`);
  return page;
}

// What is waited for is mostly time itself.
describe.concurrent("classic receivers", () => {
  test("share the rate they are allowed: the frame rate gives way, and what is left out is counted", async () => {
    await using server = new Lanvid(["serve", "test", ...SMALL, "--classic-rate", "20", ...FREE]);
    const { port, http } = await server.event("ready");
    await using first = dialling(port);
    await first.shows(5);
    // 20 Mbit/s are 12.7 frames of 1.573 Mbit.
    await timed(async () => {
      const before = first.shown.length;
      await first.shows(20);
      const alone = rateOf(first.shown.slice(before));
      expect(alone).toBeLessThan(13.5);
      return [{ what: "pictures of one", perSecond: alone, atLeast: 11, inTimeMs: 80 }];
    });

    await using second = dialling(port);
    await second.shows(2);
    await timed(async () => {
      const [one, two] = [first.shown.length, second.shown.length];
      await Promise.all([first.shows(15), second.shows(15)]);
      return [first.shown.slice(one), second.shown.slice(two)].map((shown) => {
        expect(rateOf(shown)).toBeLessThan(7);
        return { what: "pictures of each of two", perSecond: rateOf(shown), atLeast: 5.5, inTimeMs: 160 };
      });
    });
    expect((await viewers(http)).every(({ dropped }) => dropped > 10)).toBe(true);
  });

  test("are eight at most: the ninth is closed without a byte, and counted", async () => {
    await using server = new Lanvid(["serve", "test", ...SMALL, "--classic-rate", "10", ...FREE]);
    const { port, http } = await server.event("ready");
    const peers = Array.from({ length: 8 }, () => new RawPeer(port as number));
    await waitFor("eight pictures", () => peers.every(({ receivedByteCount }) => receivedByteCount > 0));

    const ninth = new RawPeer(port as number);
    await waitFor("the ninth to be closed", () => ninth.isClosed);

    const metrics = async () => (await get(http, "/metrics")).text();
    const said = await metrics();
    expect(ninth.receivedByteCount).toBe(0);
    expect(said).toContain('lanvid_refused_connections_total{reason="classic-full"} 1\n');
    expect(said).toContain('lanvid_viewers{kind="classic"} 8\n');
    peers[0]?.close();
    await waitFor("a place", async () => (await metrics()).includes('lanvid_viewers{kind="classic"} 7\n'));
    const tenth = new RawPeer(port as number);
    await waitFor("its picture", () => tenth.receivedByteCount > 0);
    for (const peer of [...peers, tenth]) {
      peer.close();
    }
  });

  test("are no browsers: a browser's spare connection, opened before its request, gets no pictures", async () => {
    await using server = new Lanvid(["serve", "test", ...SMALL, ...FREE]);
    const { port } = await server.event("ready");
    const spare = new RawPeer(port as number);
    const connectedAt = performance.now();

    await fetch(`http://127.0.0.1:${port}/`, { redirect: "manual" });
    await waitFor("three times the silence", () => performance.now() - connectedAt > 1500);
    const pictureBytes = spare.receivedByteCount;
    spare.write("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    await waitFor("the answer", () => spare.isClosed);

    expect(pictureBytes).toBe(0);
    expect(spare.received.toString()).toStartWith("HTTP/1.1 307 ");
  });

  test("get nothing with --classic off", async () => {
    await using server = new Lanvid(["serve", "test", ...SMALL, "--classic", "off", ...FREE]);
    const { port } = await server.event("ready");
    const silent = new RawPeer(port as number);
    const connectedAt = performance.now();

    await waitFor("three times the silence", () => performance.now() - connectedAt > 1500);

    expect(silent.receivedByteCount).toBe(0);
    silent.close();
  });

  test("that say hello after all are lanvid's viewers from the next picture on", async () => {
    await using server = new Lanvid(["serve", "test", "--size", "1280x720", ...FREE]);
    const { port, http } = await server.event("ready");
    const peer = new RawPeer(port as number);
    await waitFor("the first pickle", () => peer.receivedByteCount > 100_000);
    // It stops in the middle of a picture: 720p is more than the kernels hold.
    peer.socket.pause();
    await heldInAPicture(port as number);
    peer.write(bytesOf("hello of a receiver"));

    await waitFor("the hello to be on its way", () => peer.socket.writableLength === 0);
    peer.socket.resume();
    const messages = () => split(peer.received);
    await waitFor("video", () => messages().filter(({ isPickle }) => !isPickle).length >= 3);

    const all = messages();
    const late = all.findIndex(({ isPickle }) => !isPickle);
    const pictures = all.slice(0, late).map(({ payload }) => decodePickle(payload));
    expect(late).toBeGreaterThan(0);
    expect(all.slice(late).some(({ isPickle }) => isPickle)).toBe(false);
    expect(pictures.every((picture) => picture.kind === "pixels" && picture.width === 1280)).toBe(true);
    const kinds = all.slice(late).map(({ payload }) => decodeMessage(payload).kind);
    expect(kinds.slice(0, 2)).toEqual(["hello", "stream"]);
    expect(kinds).toContain("video");
    expect((await viewers(http)).map(({ kind }) => kind)).toEqual(["lanvid"]);
    await waitFor("the rendition to be gone", () => renditionsOf(server.child.pid).length === 0);
    peer.close();
  });

  test("that say hello and go on before they were answered are gone, and nothing is kept of what they say", async () => {
    await using server = new Lanvid(["serve", "test", "--size", "1280x720", ...FREE, "--verbose"]);
    const { port } = await server.event("ready");
    const peer = new RawPeer(port as number);
    await waitFor("the first pickle", () => peer.receivedByteCount > 100_000);
    peer.socket.pause();
    await heldInAPicture(port as number);

    peer.write(bytesOf("hello of a receiver"), new Uint8Array(100_000));

    await waitFor("the end", () => server.stderr.includes("before it was answered"));
    peer.close();
  });

  test("that take nothing for 10 s are gone, and with the last the ffmpeg that made the pixels", async () => {
    await using server = new Lanvid(["serve", "test", ...SMALL, "--always-on", ...FREE]);
    const { port, http } = await server.event("ready");
    let gone = 0;
    await timed(async () => {
      await using receiver = dialling(port);
      await receiver.shows(5);
      expect(renditionsOf(server.child.pid)).toHaveLength(1);

      receiver.kill("SIGSTOP");
      const stoppedAt = performance.now();
      await waitFor("it to be gone", () => server.stderr.split("viewer left").length > gone + 1);
      gone += 1;
      const ms = performance.now() - stoppedAt;
      await waitFor("the rendition to be gone", () => renditionsOf(server.child.pid).length === 0);

      console.log(`a stopped receiver: gone after ${(ms / 1000).toFixed(1)} s`);
      expect(ms).toBeGreaterThan(9500);
      return [{ what: "until it was gone", ms, atMost: 14_000, isWork: true }];
    });
    expect(await viewers(http)).toEqual([]);
    await waitFor(
      () => `one ffmpeg, ${JSON.stringify(childrenOf(server.child.pid, "ffmpeg").map(commandOf))}; ${server.stderr}`,
      () => childrenOf(server.child.pid, "ffmpeg").length === 1,
    );
  });

  test("that are slow drop whole pictures, and are never further behind than the promised delay and one picture", async () => {
    const bytesPerSecond = 5e6;
    const frameBytes = 640 * 360 * 3;
    await using server = new Lanvid(["serve", "test", "--size", "640x360", "--classic-rate", "0", ...FREE]);
    const { port } = await server.event("ready");
    await using receiver = dialling(port, "--bytes-per-second", String(bytesPerSecond));
    await receiver.shows(10);

    const frameMs = (frameBytes / bytesPerSecond) * 1000;
    await timed(async () => {
      const held: { readonly receiver: number; readonly sender: number }[] = [];
      const before = receiver.shown.length;
      await waitFor("30 more pictures", () => {
        held.push(kernelHolds(port as number));
        return receiver.shown.length >= before + 30;
      });

      const seen = receiver.shown.slice(before);
      const worst = Math.max(...seen.map(({ age }) => age));
      const most = (side: "receiver" | "sender") => Math.max(...held.map((one) => one[side])) / 1e6;
      console.log(
        `a receiver that reads 5 MB/s of ${(frameBytes / 1e6).toFixed(2)} MB pictures: at most ${worst.toFixed(0)} ms ` +
          `behind; its kernel held ${most("receiver").toFixed(2)} MB at most, the sender's ${most("sender").toFixed(2)} MB`,
      );
      expect(rateOf(seen)).toBeLessThan(9);
      return [
        { what: "pictures", perSecond: rateOf(seen), atLeast: 5, inTimeMs: frameMs },
        { what: "behind", ms: worst, atMost: 250 + frameMs },
      ];
    });
    expect(receiver.shown.every(({ shape }) => shape.join() === "360,640,3")).toBe(true);
  });
});

interface Split {
  readonly isPickle: boolean;
  readonly payload: Uint8Array;
}

/** The whole messages in bytes that came over TCP. */
function split(bytes: Uint8Array): Split[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const messages: Split[] = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    const length = Number(view.getBigUint64(at, true));
    const payload = bytes.subarray(at + 8, at + 8 + length);
    if (payload.length < length) {
      break;
    }
    messages.push({ isPickle: payload[0] === 0x80, payload });
    at += 8 + length;
  }
  return messages;
}

/** Settles when the server can't go on with a picture: for a moment its kernel holds some of any that is on its way. */
async function heldInAPicture(port: number): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  for (let before = 0; ; ) {
    const { sender } = kernelHolds(port);
    if (sender > 0 && sender === before) {
      return;
    }
    if (performance.now() > deadline) {
      throw new Error(`the server is not held in a picture: its kernel holds ${sender} bytes, ${before} before`);
    }
    before = sender;
    await Bun.sleep(200);
  }
}

/** Bytes in the kernel on the way from a server's port: not yet read by the receiver, and not yet taken from the sender. */
function kernelHolds(port: number): { readonly receiver: number; readonly sender: number } {
  // proc_net_tcp(5): sl local_address rem_address st tx_queue:rx_queue …
  const rows = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) =>
    readFileSync(file, "utf8")
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/)),
  );
  const portOf = (address = "") => Number.parseInt(address.split(":").at(-1) ?? "", 16);
  const established = rows.filter((row) => row[3] === "01");
  const sum = (column: 1 | 2, half: 0 | 1) =>
    established
      .filter((row) => portOf(row[column]) === port)
      .reduce((total, row) => total + Number.parseInt((row[4] ?? "0:0").split(":")[half] as string, 16), 0);
  return { receiver: sum(2, 1), sender: sum(1, 0) };
}
