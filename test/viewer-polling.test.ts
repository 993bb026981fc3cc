import { expect, test } from "bun:test";
import { randomUUID } from "node:crypto";
import { Limits } from "../src/access/limits.ts";
import { forPeers } from "../src/errors.ts";
import type { ViewerOptions } from "../src/servers/web/options.ts";
import type { Viewer } from "../src/servers/web.ts";
import type { Message } from "../src/wire/messages.ts";
import {
  decodeMessage,
  encodeAck,
  encodeGoodbye,
  encodeHello,
  encodePing,
  splitMessages,
  withLength,
} from "../src/wire.ts";
import { cleanupsAfterEach } from "./support/cleanups.ts";
import { HandClock } from "./support/hand-clock.ts";
import { serveFrontDoor } from "./support/viewer.ts";
import { waitFor } from "./support/wait.ts";

/** The page's conversation by requests, where no WebSocket can be had. */

const cleanups = cleanupsAfterEach();

const setUp = (options: Partial<ViewerOptions> = {}) => serveFrontDoor(cleanups, options);

const HELLO = encodeHello({
  role: "receiver",
  name: "test",
  program: "test",
  codecs: ["mjpeg"],
  maxDelayMs: null,
  adapts: false,
});

/** One page: its requests, and what they are answered. */
class PageLink {
  readonly id = randomUUID();
  readonly #viewer: Viewer;

  constructor(viewer: Viewer) {
    this.#viewer = viewer;
  }

  post(body: Uint8Array, query = "", headers: Record<string, string> = {}): Promise<Response> {
    const url = `${this.#viewer.url}link?id=${this.id}${query}`;
    return fetch(url, { method: "POST", body: body as Uint8Array<ArrayBuffer>, headers });
  }

  async say(...payloads: readonly Uint8Array[]): Promise<number> {
    return (await this.post(Buffer.concat(payloads.map(withLength)))).status;
  }

  async take(...payloads: readonly Uint8Array[]): Promise<Message[]> {
    const response = await this.post(Buffer.concat(payloads.map(withLength)), "&take=1");
    expect(response.status).toBe(200);
    return splitMessages(await response.bytes()).map(decodeMessage);
  }

  /** Takes until a picture comes. */
  async takePicture(...payloads: readonly Uint8Array[]): Promise<number> {
    for (let messages = await this.take(...payloads); ; messages = await this.take()) {
      const pictures = messages.filter(({ kind }) => kind === "video");
      expect(pictures.length).toBeLessThanOrEqual(1);
      const [picture] = pictures;
      if (picture?.kind === "video") {
        return picture.video.sequence;
      }
    }
  }
}

const NOTHING = new Uint8Array();
/** How far the source's pictures are apart. */
const PICTURE_MS = 33;

test("a page has its session by requests: hello, pictures one by one, and it leaves with a goodbye", async () => {
  const { track, viewer } = setUp();
  const page = new PageLink(viewer);

  expect(await page.say(HELLO)).toBe(204);
  const first = await page.takePicture();
  const second = await page.takePicture(encodeAck(first, 1000));

  expect(second).toBeGreaterThan(first);
  expect(track.viewers()).toMatchObject([{ kind: "page-requests", address: "127.0.0.1" }]);
  expect(await page.say(encodeGoodbye({ code: "bye", message: forPeers`bye` }))).toBe(204);
  await waitFor("its seat to be free", () => track.viewers().length === 0);
  await waitFor("the end of the conversation", async () => (await page.post(NOTHING, "&take=1")).status === 410);
});

test("a page that takes nothing is given what is new when it does, not what it missed", async () => {
  const clock = new HandClock();
  const { track, viewer } = setUp({ clock });
  const page = new PageLink(viewer);
  await page.say(HELLO);
  clock.advance(PICTURE_MS);
  const first = await page.takePicture();
  await page.say(encodeAck(first, 1000));
  // No more than four may wait for it, whatever comes.
  const before = track.frameCount;
  await clock.pass(31 * PICTURE_MS);
  expect(track.frameCount).toBe(before + 31);

  const waiting: number[] = [];
  while (waiting.length < 6) {
    clock.advance(PICTURE_MS);
    const next = await page.takePicture();
    waiting.push(next);
    await page.say(encodeAck(next, 1000));
  }

  const old = waiting.filter((sequence) => sequence <= before + 5);
  expect(old.length).toBeLessThanOrEqual(4);
  expect(waiting.at(-1)).toBeGreaterThan(before + 25);
});

test("a request that waits is answered as soon as another one comes, and says nothing twice", async () => {
  const clock = new HandClock();
  const { track, viewer } = setUp({ clock });
  const page = new PageLink(viewer);
  await page.say(HELLO);
  clock.advance(PICTURE_MS);
  const sequence = await page.takePicture();
  const before = clock.waiting;
  const unanswered = page.take();
  await waitFor("it to wait", () => clock.waiting > before);

  const later = page.takePicture(encodeAck(sequence, 1000));

  expect(await unanswered).toEqual([]);
  clock.advance(PICTURE_MS);
  expect(await later).toBeGreaterThan(sequence);
  expect(track.viewers()).toHaveLength(1);
});

test.each([
  ["bytes that are no message", new Uint8Array([1, 2, 3]), 400],
  ["a message that ends too early", withLength(HELLO).subarray(0, -1), 400],
  ["a length beyond all numbers", new Uint8Array(8).fill(0xff), 400],
  ["what does not begin with a hello", withLength(encodePing(1)), 410],
  ["nothing, of a conversation that never began", NOTHING, 410],
  ["more than a request may have", new Uint8Array(2000), 413],
])("%s is refused", async (_, body, status) => {
  const { track, viewer } = setUp();

  expect((await new PageLink(viewer).post(body)).status).toBe(status);
  expect(track.viewers()).toEqual([]);
});

test("an id that is none is refused; a page without one asks whether it would be served", async () => {
  const { viewer } = setUp();
  const post = (query: string, headers: Record<string, string> = {}) =>
    fetch(`${viewer.url}link${query}`, { method: "POST", headers });

  expect((await post("?id=1")).status).toBe(400);
  expect((await post("")).status).toBe(204);
  expect((await post("", { Origin: "http://evil.example" })).status).toBe(403);
});

test("only lanvid's own page has a conversation, not even one that may show the stream", async () => {
  const { viewer, track } = setUp({ allowedEmbedders: ["http://dash.example"] });
  const page = new PageLink(viewer);
  const hello = withLength(HELLO);

  for (const origin of ["http://evil.example", "http://dash.example", "null", viewer.url]) {
    expect((await page.post(hello, "", { Origin: origin })).status).toBe(403);
  }
  expect((await fetch(`${viewer.url}link?id=${page.id}`)).status).toBe(405);
  expect(track.viewers()).toEqual([]);
  expect((await page.post(hello, "", { Origin: new URL(viewer.url).origin })).status).toBe(204);
});

test("what a page should not say ends its conversation with the reason; another one goes on", async () => {
  const { viewer } = setUp();
  const [good, bad] = [new PageLink(viewer), new PageLink(viewer)];
  await good.say(HELLO);
  const first = await good.takePicture();

  await bad.say(HELLO, encodeAck(99, 0));
  const told = await bad.take();

  expect(told).toContainEqual({ kind: "error", notice: expect.objectContaining({ code: "ack-not-sent" }) });
  expect(await good.takePicture(encodeAck(first, 0))).toBeGreaterThan(first);
});

test("a page that floods us is told so, and its conversation ends", async () => {
  const { viewer } = setUp({ clock: new HandClock() });
  const page = new PageLink(viewer);
  await page.say(HELLO);

  const pings = Array.from({ length: 40 }, () => encodePing(1));
  for (let requests = 0; requests < 20; requests++) {
    expect(await page.say(...pings)).toBe(204);
  }

  expect(await page.take()).toContainEqual({ kind: "error", notice: expect.objectContaining({ code: "flood" }) });
  expect(await page.say(...pings)).toBe(410);
});

test("a conversation takes a place, gives it back when the page leaves, and there is none beyond the limit", async () => {
  const limits = new Limits({ maxConnections: 1, maxPerAddress: 1, maxHandshakes: 1 }, () => {});
  const clock = new HandClock();
  const { viewer, track } = setUp({ limits, clock });
  const [one, other] = [new PageLink(viewer), new PageLink(viewer)];

  expect(await one.say(HELLO)).toBe(204);
  expect(await other.say(HELLO)).toBe(503);
  expect(limits.connections).toBeGreaterThanOrEqual(1);

  await one.say(encodeGoodbye({ code: "bye", message: forPeers`bye` }));
  // What it was told and has not taken is kept for it.
  clock.advance(999);
  expect(await other.say(HELLO)).toBe(503);
  clock.advance(1);
  expect(await other.say(HELLO)).toBe(204);
  expect(track.viewers()).toHaveLength(1);
});
