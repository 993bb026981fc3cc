import { expect, test } from "bun:test";
import type { Context } from "../src/servers/web/options.ts";
import { stateResponse } from "../src/servers/web/state.ts";
import type { Viewer } from "../src/servers/web.ts";
import { systemClock } from "../src/time.ts";
import { encodeHello } from "../src/wire.ts";
import { cleanupsAfterEach } from "./support/cleanups.ts";
import { serveFrontDoor, viewerOptions } from "./support/viewer.ts";
import { waitFor } from "./support/wait.ts";

/** What programs are told of a stream and its viewers. */

const cleanups = cleanupsAfterEach();

const setUp = () => serveFrontDoor(cleanups);

/** Joins as a page does, and calls itself so. */
async function join({ port }: Viewer, name: string): Promise<void> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`);
  cleanups.push(() => socket.close());
  socket.onopen = () =>
    socket.send(
      encodeHello({ role: "receiver", name, program: "test", codecs: ["mjpeg"], maxDelayMs: null, adapts: false }),
    );
}

const nameOf = (state: unknown) => (state as { viewers: { list: { name: string | null }[] } }).viewers.list[0]?.name;

test.each([
  ["Anna's laptop", "Anna's laptop"],
  ["", null],
  [" \n", null],
  ["a\u001b[31m\u202eb\nc", "a [31m b c"],
])("a viewer that calls itself %j is %j in /state of this machine, and nobody to others", async (said, name) => {
  const { track, stream, viewer } = setUp();
  await join(viewer, said);
  await waitFor("the viewer", () => track.viewers().length === 1);

  const here = await (await fetch(`${viewer.url}state`)).json();
  const context: Context = { options: viewerOptions(stream), port: viewer.port, clock: systemClock, startedAt: 0 };
  const elsewhere = await stateResponse(context, "10.0.0.9").json();

  expect(nameOf(here)).toBe(name);
  expect(elsewhere).toMatchObject({ viewers: { count: 1, list: [{ kind: "page", address: null, name: null }] } });
});

test("/metrics has each kind of viewer and each state of the source, also those that are not", async () => {
  const { track, viewer } = setUp();
  const samples = async () => {
    const text = await (await fetch(`${viewer.url}metrics`)).text();
    const found = text.matchAll(/^lanvid_(?:viewers|source_state)\{\w+="([^"]+)"\} (\d+)$/gm);
    return Object.fromEntries([...found].map(([, label = "", value]) => [label, Number(value)]));
  };
  const none = { lanvid: 0, page: 0, "page-requests": 0, "jpeg-stream": 0, "mp4-stream": 0, snapshot: 0, classic: 0 };

  expect(await samples()).toEqual({ ...none, idle: 1, starting: 0, live: 0, failed: 0 });
  await join(viewer, "");
  await waitFor("a picture", () => track.description.state === "live");
  expect(await samples()).toEqual({ ...none, page: 1, idle: 0, starting: 0, live: 1, failed: 0 });
});

test("/state has the addresses of all that there is, relative to its own", async () => {
  const { viewer } = setUp();
  const state = (await (await fetch(`${viewer.url}state`)).json()) as { readonly urls: Record<string, string> };

  const types = await Promise.all(
    Object.entries(state.urls).map(async ([what, url]) => {
      const { headers, ok } = await fetch(new URL(url, `${viewer.url}state`), { method: "HEAD" });
      return [what, ok ? headers.get("Content-Type")?.split(";")[0] : null];
    }),
  );

  expect(Object.fromEntries(types)).toEqual({
    page: "text/html",
    stream: "multipart/x-mixed-replace",
    streamMp4: "video/mp4",
    snapshot: "image/jpeg",
    healthz: "text/plain",
    metrics: "text/plain",
  });
  // Behind a proxy that has it in a folder of its own, and without a word of where this machine is.
  expect(Object.values(state.urls).filter((url) => /:|^\//.test(url))).toEqual([]);
});

test.each([
  ["stream.mjpg", "multipart/x-mixed-replace;boundary=boundarydonotcross"],
  ["stream.mjpeg", "multipart/x-mixed-replace;boundary=boundarydonotcross"],
  ["snapshot.jpg", "image/jpeg"],
])("/%s is there for tools that go by the ending, and for foreign pages as little", async (path, type) => {
  const { viewer } = setUp();

  const response = await fetch(viewer.url + path);
  const { value } = (await response.body?.getReader().read()) ?? {};

  expect(response.headers.get("Content-Type")).toBe(type);
  expect(value?.length).toBeGreaterThan(0);
  // As from an <img> of another site, of which browsers say no more to http.
  const foreign = await fetch(viewer.url + path, { headers: { Host: "192.168.1.7", "User-Agent": "Mozilla/5.0" } });
  expect(foreign.status).toBe(403);
});
