import { afterEach, expect, test } from "bun:test";
import { Hub, Stream } from "../src/hub.ts";
import type { Context } from "../src/viewer/options.ts";
import { stateResponse } from "../src/viewer/state.ts";
import type { Viewer } from "../src/viewer.ts";
import { encodeHello } from "../src/wire.ts";
import { StripSource } from "./support/picture.ts";
import { serveViewer, viewerOptions } from "./support/viewer.ts";
import { waitFor } from "./support/wait.ts";

/** What programs are told of a stream and its viewers. */

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) {
    await cleanup();
  }
});

function setUp(): { readonly hub: Hub; readonly stream: Stream; readonly viewer: Viewer } {
  const hub = new Hub({ name: "Front door" });
  hub.attach(new StripSource());
  const stream = new Stream(hub);
  const viewer = serveViewer(stream);
  cleanups.push(
    () => hub.close(),
    () => viewer.close(),
  );
  return { hub, stream, viewer };
}

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
  const { hub, stream, viewer } = setUp();
  await join(viewer, said);
  await waitFor("the viewer", () => hub.viewers().length === 1);

  const here = await (await fetch(`${viewer.url}state`)).json();
  const context: Context = { options: viewerOptions(stream), port: viewer.port, startedAt: 0 };
  const elsewhere = await stateResponse(context, "10.0.0.9").json();

  expect(nameOf(here)).toBe(name);
  expect(elsewhere).toMatchObject({ viewers: { count: 1, list: [{ kind: "page", address: null, name: null }] } });
});
