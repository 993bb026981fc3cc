import { afterEach, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { Hub, Stream } from "../src/hub.ts";
import type { Viewer, ViewerOptions } from "../src/viewer.ts";
import { UPGRADE } from "./hostile/peer.ts";
import { StripSource } from "./support/picture.ts";
import { serveViewer } from "./support/viewer.ts";
import { waitFor } from "./support/wait.ts";

/** What a connection to the page's port may ask for, and when it ends. */

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) {
    await cleanup();
  }
});

function setUp(options: Partial<ViewerOptions> = {}) {
  const hub = new Hub({ name: "Front door" });
  hub.attach(new StripSource());
  const viewer = serveViewer(new Stream(hub), options);
  cleanups.push(
    () => hub.close(),
    () => viewer.close(),
  );
  return { hub, viewer };
}

/** A connection to a viewer's port, what came on it, and whether the other side has ended it. */
function dial({ port }: Viewer): { readonly socket: Socket; text: string; isEnded: boolean } {
  const socket = connect(port, "127.0.0.1");
  const dialled = { socket, text: "", isEnded: false };
  cleanups.push(() => socket.destroy());
  socket.on("error", () => {});
  socket.on("data", (bytes) => {
    dialled.text += bytes.toString("latin1");
  });
  socket.on("close", () => {
    dialled.isEnded = true;
  });
  return dialled;
}

const HOST = "Host: 127.0.0.1\r\n";

test.each([
  ["the page", `GET / HTTP/1.1\r\n${HOST}\r\n`],
  ["the page's headers", `HEAD / HTTP/1.1\r\n${HOST}\r\n`],
  ["a picture", `GET /snapshot HTTP/1.1\r\n${HOST}\r\n`],
  ["the state", `GET /state HTTP/1.1\r\n${HOST}\r\n`],
  ["health", `GET /healthz HTTP/1.1\r\n${HOST}\r\n`],
  ["figures", `GET /metrics HTTP/1.1\r\n${HOST}\r\n`],
  ["what is not there", `GET /nothing HTTP/1.1\r\n${HOST}\r\n`],
  ["a stranger's name", "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"],
  ["another method, with a body", `POST / HTTP/1.1\r\n${HOST}Content-Length: 5\r\n\r\n12345`],
  ["a body in chunks", `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n`],
  ["a WebSocket that may not be", `${UPGRADE}Origin: http://evil.example\r\n\r\n`],
  ["a WebSocket without its key", `GET /ws HTTP/1.1\r\n${HOST}\r\n`],
])("a connection has one request: %s, a thousand times in one write, is answered once at most", async (_, request) => {
  const { viewer } = setUp();
  const alone = dial(viewer);
  const together = dial(viewer);

  alone.socket.write(request);
  together.socket.write(request.repeat(1000));
  await waitFor("the ends of both", () => alone.isEnded && together.isEnded);

  expect(alone.text.match(/HTTP\/1\.1 /g)).toHaveLength(1);
  expect(alone.text).toMatch(/^connection: close\r$/im);
  expect(together.text.match(/HTTP\/1\.1 /g)?.length ?? 0).toBeLessThanOrEqual(1);
});
