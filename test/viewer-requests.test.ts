import { expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import type { ViewerOptions } from "../src/servers/web/options.ts";
import type { Viewer } from "../src/servers/web.ts";
import { Stream, Track } from "../src/stream.ts";
import { connectionsOn } from "../src/sys.ts";
import { hello, socketFrame, UPGRADE } from "./hostile/peer.ts";
import { cleanupsAfterEach } from "./support/cleanups.ts";
import { HandClock } from "./support/hand-clock.ts";
import { serveFrontDoor, serveViewer } from "./support/viewer.ts";
import { waitFor } from "./support/wait.ts";

/** What a connection to the page's port may ask for, and when it ends. */

const cleanups = cleanupsAfterEach();

const setUp = (options: Partial<ViewerOptions> = {}) => serveFrontDoor(cleanups, options);

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

test("what a client sends right behind its upgrade to a WebSocket is heard", async () => {
  const { viewer, track } = setUp();
  const early = dial(viewer);

  early.socket.write(Buffer.concat([Buffer.from(`${UPGRADE}\r\n`), socketFrame(0x82, hello().subarray(8))]));

  await waitFor("a viewer", () => track.viewers().length === 1);
});

test("HEAD says the length that GET has, and none of what is endless; it takes no seat for that", async () => {
  const { track, viewer } = setUp();
  const page = await (await fetch(viewer.url)).bytes();

  const heads = await Promise.all(
    ["", "stream", "stream.mp4", "healthz"].map(async (path) => {
      const head = dial(viewer);
      head.socket.write(`HEAD /${path} HTTP/1.1\r\n${HOST}\r\n`);
      await waitFor("its end", () => head.isEnded);
      const [fields = "", body] = head.text.split("\r\n\r\n");
      return { length: /^content-length: (\d+)\r?$/im.exec(fields)?.[1], body };
    }),
  );

  expect(heads).toEqual([
    { length: String(page.length), body: "" },
    { length: undefined, body: "" },
    { length: undefined, body: "" },
    { length: "3", body: "" },
  ]);
  expect(track.viewers()).toEqual([]);
});

test("an endless answer that is over lets go of a client that takes nothing, in seconds", async () => {
  const { track, viewer } = setUp();
  const slow = dial(viewer);
  slow.socket.pause();
  slow.socket.write(`GET /stream HTTP/1.1\r\n${HOST}\r\n`);
  await waitFor("the viewer's seat", () => track.viewers().length === 1);
  const large = { capturedAt: 0, isKey: true, bytes: new Uint8Array(4_000_000) };
  await waitFor("pictures that it takes", () => {
    track.frame(large);
    return (track.viewers()[0]?.fps ?? 0) > 0;
  });
  await waitFor("a second in which it takes none", () => {
    track.frame(large);
    return track.viewers()[0]?.fps === 0;
  });

  // Another codec ends the answer.
  track.describe({ codec: "h264" });
  await waitFor("its seat to be free", () => track.viewers().length === 0);

  await waitFor("the connection to be let go", () => connectionsOn(viewer.port)?.length === 0);
}, 120_000);

test("a client that takes nothing for 30 s has no seat any more", async () => {
  const clock = new HandClock();
  const track = new Track({ name: "Still", clock });
  track.describe({ state: "live", codec: "mjpeg", width: 640, height: 360 });
  const viewer = serveViewer(new Stream(track), { clock });
  cleanups.push(() => viewer.close());
  const before = clock.waiting;
  const slow = dial(viewer);
  slow.socket.pause();
  slow.socket.write(`GET /stream HTTP/1.1\r\n${HOST}\r\n`);
  await waitFor("the viewer's seat", () => track.viewers().length === 1);
  const large = { capturedAt: clock.micros(), isKey: true, bytes: new Uint8Array(4_000_000) };
  await waitFor("pictures that it does not take", () => {
    track.frame(large);
    return track.frameCount > 100 && clock.waiting > before;
  });

  clock.advance(29_999);
  expect(track.viewers()).toHaveLength(1);
  clock.advance(1);

  expect(track.viewers()).toEqual([]);
});

test("/stream.mp4 of what is no H.264 is 503, and the end of the connection", async () => {
  const { viewer } = setUp();
  const asker = dial(viewer);

  asker.socket.write(`GET /stream.mp4 HTTP/1.1\r\n${HOST}\r\n`);
  await waitFor("the end", () => asker.isEnded);

  expect(asker.text).toStartWith("HTTP/1.1 503 ");
});
