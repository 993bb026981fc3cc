/**
 * The least that can bring the test pattern to a browser: the same ffmpeg line fed by the same pattern, one WebSocket,
 * createImageBitmap, canvas. No hub, no protocol, no acknowledgement. A program of its own, run by bench/latency.ts.
 */

import type { FileSink, ServerWebSocket } from "bun";
import { captureArguments, TestPattern } from "../../src/capture.ts";
import { MultipartReader } from "../../src/ffmpeg.ts";
import { diesWithParent } from "../../src/sys.ts";
import { report } from "./child.ts";

const SIZE = { width: 1280, height: 720 };
const FPS = 30;
const QUALITY = 90;

const PAGE = `<!doctype html><style>html,body{margin:0;height:100%;background:#000}canvas{width:100%;height:100%;object-fit:contain}</style>
<canvas width="${SIZE.width}" height="${SIZE.height}"></canvas>
<script type="module">
const context = document.querySelector("canvas").getContext("2d", { alpha: false, desynchronized: true });
const socket = new WebSocket("ws://" + location.host + "/ws");
socket.binaryType = "blob";
socket.onmessage = async ({ data }) => {
  const bitmap = await createImageBitmap(data);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
};
</script>`;

const viewers = new Set<ServerWebSocket<undefined>>();
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request, self) {
    if (new URL(request.url).pathname === "/ws" && self.upgrade(request)) {
      return undefined;
    }
    return new Response(PAGE, { headers: { "Content-Type": "text/html; charset=utf-8" } });
  },
  websocket: {
    perMessageDeflate: false,
    open: (socket) => void viewers.add(socket),
    close: (socket) => void viewers.delete(socket),
    message() {},
  },
});

const input = {
  options: [
    ...["-f", "rawvideo", "-pixel_format", "yuvj420p"],
    ...["-video_size", `${SIZE.width}x${SIZE.height}`, "-framerate", String(FPS)],
  ],
  url: "pipe:0",
  codec: null,
  hasSettings: true,
  isBt601: true,
  hasUnixTime: false,
};
const settings = {
  size: null,
  fps: null,
  codec: "mjpeg",
  quality: QUALITY,
  bitrate: null,
  encoder: null,
  rotate: 0,
  mirror: false,
  extra: [],
} as const;
const ffmpeg = Bun.spawn(diesWithParent(["ffmpeg", ...captureArguments(input, settings, { kind: "mjpeg" }, true)]), {
  stdin: "pipe",
  stdout: "pipe",
  stderr: "inherit",
});

async function feed(stdin: FileSink): Promise<void> {
  const pattern = new TestPattern(SIZE);
  const startedAt = performance.now();
  for (let counter = 1; ; counter++) {
    stdin.write(pattern.draw(Date.now(), counter));
    await stdin.flush();
    const due = startedAt + (counter * 1000) / FPS;
    await Bun.sleep(Math.max(0, due - performance.now()));
  }
}

async function send(stdout: ReadableStream<Uint8Array>): Promise<void> {
  const reader = new MultipartReader((jpeg) => {
    for (const viewer of viewers) {
      viewer.sendBinary(jpeg as Uint8Array<ArrayBuffer>);
    }
  });
  for await (const chunk of stdout) {
    reader.push(chunk);
  }
}

report({ event: "ready", port: server.port as number });
await Promise.all([feed(ffmpeg.stdin), send(ffmpeg.stdout)]);
