import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Lanvid } from "./support/lanvid.ts";
import { decodePicture } from "./support/picture.ts";
import { PythonPeer } from "./support/python-peer.ts";
import { bgrOf, jpegsOf, pixelsOf, sha256, stripOfBgr } from "./support/python-pictures.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

/** Any free ports. */
const FREE = ["--port", "0", "--http", "0"];
const SIZE = { width: 640, height: 480 };
const SIZED = ["--size", "640x480"];
const MODES = ["raw", "jpeg"] as const;
type Mode = (typeof MODES)[number];

const folder = mkdtempSync(join(tmpdir(), "lanvid-classic-"));
let files = 0;

afterAll(() => rmSync(folder, { recursive: true }));

function newFile(suffix: string): string {
  files += 1;
  return join(folder, `${files}.${suffix}`);
}

/** So many JPEGs of a serve's stream, as a lanvid viewer gets them. */
async function watched(port: unknown, frames: number): Promise<Uint8Array[]> {
  const file = newFile("mjpeg");
  await using viewer = new Lanvid(["watch", `127.0.0.1:${port}`, "--output", file, "--frames", String(frames)]);
  expect(await viewer.exited()).toBe(0);
  return jpegsOf(await Bun.file(file).bytes());
}

/** What a classic receiver must have got of these JPEGs, by the strip's counter. */
async function expectedOf(jpegs: readonly Uint8Array[], mode: Mode): Promise<Map<number, string>> {
  const pixels = await pixelsOf(jpegs);
  return new Map(
    jpegs.map((jpeg, index) => {
      const bgr = pixels[index] as Uint8Array;
      return [stripOfBgr(bgr, SIZE.width)?.counter ?? -1, sha256(mode === "raw" ? bgr : jpeg)];
    }),
  );
}

/** Every picture that both saw is the same, byte for byte; `jpegs` are what lanvid encoded. */
async function expectSame(receiver: PythonPeer, jpegs: readonly Uint8Array[], mode: Mode): Promise<void> {
  const expected = await expectedOf(jpegs, mode);
  const both = receiver.shown.filter(({ counter }) => expected.has(counter));
  const shape = mode === "raw" ? [480, 640, 3] : [expect.any(Number), 1];

  expect(both.length).toBeGreaterThan(10);
  expect(both.map(({ counter, sha256 }) => [counter, sha256])).toEqual(
    both.map(({ counter }) => [counter, expected.get(counter)]),
  );
  expect(receiver.shown.map((one) => [one.shape, one["dtype"]])).toEqual(receiver.shown.map(() => [shape, "uint8"]));
  expect(receiver.stderr).toBe("");
}

describe.each(MODES)("lanvid in the place of one of two classic programs, %s:", (mode) => {
  test("serve, for a receiver that dials: Python gets the pixels of the frames that lanvid encoded", async () => {
    await using server = new Lanvid(["serve", "test", ...SIZED, "--codec", "mjpeg", "--classic", mode, ...FREE]);
    const { port } = await server.event("ready");
    await using receiver = new PythonPeer("receiver", ["dial", "--port", String(port), "--hash"]);
    await receiver.shows(5);

    const jpegs = await watched(port, 40);
    await receiver.shows(5);

    await expectSame(receiver, jpegs, mode);
  });

  test("push, for a receiver that listens: Python gets the pixels of the frames that lanvid encoded", async () => {
    await using origin = new Lanvid(["serve", "test", ...SIZED, "--codec", "mjpeg", ...FREE]);
    const { port } = await origin.event("ready");
    await using receiver = new PythonPeer("receiver", ["listen", "--hash"]);
    const address = `127.0.0.1:${await receiver.port()}`;
    await using _sender = new Lanvid(["push", address, `lanvid://127.0.0.1:${port}`, "--classic", mode]);
    await receiver.shows(5);

    const jpegs = await watched(port, 40);
    await receiver.shows(5);

    await expectSame(receiver, jpegs, mode);
  });

  const flags = mode === "jpeg" ? ["--jpeg"] : [];
  test.each(["watch", "receive"])("%s, for a sender: lanvid gets what Python sent, byte for byte", async (command) => {
    const file = newFile(mode === "raw" ? "png" : "mjpeg");
    const output = mode === "raw" ? ["--snapshot", file] : ["--output", file, "--frames", "20"];

    const { sender, receiver } = await sendTo(command, output, [...SIZED, "--hash", ...flags]);
    await using _sender = sender;
    await using viewer = receiver;
    const code = await viewer.exited();
    await sender.child.exited;

    const sent = new Map(sender.sent.map(({ counter, sha256 }) => [sha256, counter]));
    const received = await hashesOf(file, mode);
    const counters = received.map((hash) => sent.get(hash));
    expect(code).toBe(0);
    expect(viewer.events.at(-1)).toMatchObject({ codec: mode === "raw" ? "bgr24" : "mjpeg", ...SIZE, noPictures: 0 });
    expect(counters).toEqual(received.map((_, index) => Number(counters[0]) + index));
    expect(received).toHaveLength(mode === "raw" ? 1 : 20);
  });

  test("serve lanvid://…, for a sender: viewers, browsers and files see an ordinary stream", async () => {
    await using sender = new PythonPeer("sender", ["listen", ...SIZED, "--hash", ...flags]);
    await using relay = new Lanvid(["serve", `lanvid://127.0.0.1:${await sender.port()}`, ...FREE]);
    const { port, http } = await relay.event("ready");

    const [jpegs, snapshot] = await Promise.all([
      watched(port, 20),
      fetch(`http://127.0.0.1:${http}/snapshot`).then((response) => response.bytes()),
    ]);

    const counters = (await pixelsOf(jpegs)).map((bgr) => stripOfBgr(bgr, SIZE.width)?.counter ?? -1);
    const sent = new Map(sender.sent.map(({ counter, sha256 }) => [counter, sha256]));
    expect(counters).toEqual([...counters].sort((a, b) => a - b));
    expect(counters.every((counter) => sent.has(counter))).toBe(true);
    expect(await decodePicture(snapshot)).toMatchObject(SIZE);
    if (mode === "jpeg") {
      expect(jpegs.map(sha256)).toEqual(counters.map((counter) => sent.get(counter) as string));
    }
  });
});

/** Hashes of the arrays in what lanvid wrote: the pixels of a PNG, or JPEGs. */
async function hashesOf(file: string, mode: Mode): Promise<string[]> {
  const bytes = await Bun.file(file).bytes();
  return mode === "raw" ? [sha256(bgrOf(await decodePicture(bytes)))] : jpegsOf(bytes).map(sha256);
}

/** A Python sender and a lanvid that receives from it: `watch` dials it, `receive` is dialled. */
async function sendTo(command: string, output: readonly string[], args: readonly string[]) {
  if (command === "watch") {
    const sender = new PythonPeer("sender", ["listen", ...args]);
    return { sender, receiver: new Lanvid(["watch", `127.0.0.1:${await sender.port()}`, ...output]) };
  }
  const receiver = new Lanvid(["receive", "--port", "0", ...output]);
  const { port } = await receiver.event("ready");
  return { sender: new PythonPeer("sender", ["dial", "--port", String(port), ...args]), receiver };
}
