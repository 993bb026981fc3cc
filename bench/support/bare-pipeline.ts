/**
 * The least that can bring the test pattern to a browser: the same ffmpeg line fed by the same pattern, one WebSocket, and
 * a page that decodes and draws (bare-pages.ts). No hub, no protocol, no acknowledgement. Who joins gets what is needed
 * to show the newest picture. A program of its own: `bare-pipeline.ts MODE HEIGHT`.
 */

import type { FileSink, ServerWebSocket } from "bun";
import { TestPattern } from "../../src/capture/test-pattern.ts";
import { MultipartReader, NutReader } from "../../src/ffmpeg.ts";
import { Fmp4Muxer, h264Parameters } from "../../src/media.ts";
import { diesWithParent } from "../../src/sys.ts";
import { say } from "../runner/child.ts";
import { barePage } from "./bare-pages.ts";
import { patternCommand } from "./encoder-lines.ts";
import { codecOf, FPS, FULL_HD, HD, PAGE_MODES } from "./page-modes.ts";

const mode = PAGE_MODES.find((name) => name === process.argv[2]) ?? "jpeg";
const size = Number(process.argv[3]) === FULL_HD.height ? FULL_HD : HD;

/** What a page is told before the first picture, and all since the last key frame. */
let codec = "";
let pictures: Uint8Array<ArrayBuffer>[] = [];
const viewers = new Set<ServerWebSocket<undefined>>();
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request, self) {
    if (new URL(request.url).pathname === "/ws" && self.upgrade(request)) {
      return undefined;
    }
    return new Response(barePage(mode, size), { headers: { "Content-Type": "text/html; charset=utf-8" } });
  },
  websocket: {
    perMessageDeflate: false,
    open(socket) {
      viewers.add(socket);
      if (codec !== "") {
        socket.sendText(codec);
      }
      for (const picture of pictures) {
        socket.sendBinary(picture);
      }
    },
    close: (socket) => void viewers.delete(socket),
    message() {},
  },
});

const ffmpeg = Bun.spawn(diesWithParent(patternCommand(codecOf(mode), size)), {
  stdin: "pipe",
  stdout: "pipe",
  // It complains of its torn last picture when this ends.
  stderr: "ignore",
});

async function feed(stdin: FileSink): Promise<void> {
  const pattern = new TestPattern(size);
  const startedAt = performance.now();
  for (let counter = 1; ; counter++) {
    stdin.write(pattern.draw(Date.now(), counter));
    await stdin.flush();
    const due = startedAt + (counter * 1000) / FPS;
    await Bun.sleep(Math.max(0, due - performance.now()));
  }
}

const muxer = new Fmp4Muxer();

/** One reader for each way in which ffmpeg writes, as lanvid has them. */
function readerOf(): { push(chunk: Uint8Array): void } {
  if (mode === "jpeg") {
    return new MultipartReader((jpeg) => give(jpeg, true));
  }
  return new NutReader(({ bytes, isKey, ptsMicros }) => {
    const parameters = isKey ? h264Parameters(bytes) : undefined;
    begin(parameters?.codec);
    if (mode === "webcodecs") {
      give(bytes, isKey);
      return;
    }
    if (parameters !== undefined) {
      give(muxer.init(parameters), true);
    }
    give(muxer.fragment([{ bytes, isKey, timeMicros: ptsMicros }], 1e6 / FPS), false);
  });
}

function begin(named: string | undefined): void {
  if (codec !== "" || named === undefined) {
    return;
  }
  codec = named;
  for (const viewer of viewers) {
    viewer.sendText(codec);
  }
}

function give(piece: Uint8Array, isFirst: boolean): void {
  const bytes = piece as Uint8Array<ArrayBuffer>;
  pictures = isFirst ? [bytes] : [...pictures, bytes];
  for (const viewer of viewers) {
    viewer.sendBinary(bytes);
  }
}

async function send(stdout: ReadableStream<Uint8Array>): Promise<void> {
  const reader = readerOf();
  for await (const chunk of stdout) {
    reader.push(chunk);
  }
}

say({ event: "ready", port: server.port as number });
await Promise.all([feed(ffmpeg.stdin), send(ffmpeg.stdout)]);
