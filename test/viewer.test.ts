// Parts: ffmpeg
import { expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { Limits } from "../src/access/limits.ts";
import { forPeers, openFault } from "../src/errors.ts";
import { silentLog } from "../src/log.ts";
import { jpegSize } from "../src/media.ts";
import { ReceiverSession } from "../src/receiver.ts";
import type { ViewerOptions } from "../src/servers/web/options.ts";
import type { Viewer } from "../src/servers/web.ts";
import { Stream, Track } from "../src/stream.ts";
import { systemClock } from "../src/time.ts";
import type { Message } from "../src/wire/messages.ts";
import { decodeMessage, encodeHello, type Transport } from "../src/wire.ts";
import { cleanupsAfterEach } from "./support/cleanups.ts";
import { HandClock } from "./support/hand-clock.ts";
import { decodePicture, readStrip, StripSource, stripAgeMs } from "./support/picture.ts";
import { serveViewer } from "./support/viewer.ts";
import { waitFor } from "./support/wait.ts";

interface Setup {
  readonly track: Track;
  readonly source: StripSource;
  readonly viewer: Viewer;
  readonly refused: string[];
}

const cleanups = cleanupsAfterEach();

function setUp(options: Partial<ViewerOptions> = {}): Setup {
  const { clock = systemClock } = options;
  const track = new Track({ name: "Front door", clock });
  const source = new StripSource(clock);
  track.attach(source);
  const refused: string[] = [];
  const viewer = serveViewer(new Stream(track), {
    onRefused: (address) => refused.push(address),
    allowedHosts: ["camera.example"],
    streamPort: () => 10050,
    ...options,
  });
  cleanups.push(
    () => track.close(),
    () => viewer.close(),
  );
  return { track, source, viewer, refused };
}

async function errorCode(response: Response): Promise<string> {
  const { error } = (await response.json()) as { error: { code: string; message: string; hint: string | null } };
  expect(error.message).not.toBe("");
  return error.code;
}

/** What a WebSocket peer hears, in order. */
async function openSocket(viewer: Viewer, headers: Record<string, string> = {}) {
  const socket = new WebSocket(`${viewer.url.replace("http", "ws")}ws`, { headers } as never);
  socket.binaryType = "arraybuffer";
  cleanups.push(() => socket.close());
  const messages: Message[] = [];
  let isClosed = false;
  socket.onmessage = ({ data }) => messages.push(decodeMessage(new Uint8Array(data as ArrayBuffer)));
  socket.onclose = () => {
    isClosed = true;
  };
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.onopen = () => resolve();
  socket.onerror = () => reject(new Error("the WebSocket was refused"));
  await promise;
  return { socket, messages, isClosed: () => isClosed };
}

/** Asks for `/stream` by hand, so that a test decides when it is read and when it breaks off. */
async function openStream(viewer: Viewer): Promise<Socket> {
  const socket = connect(viewer.port, "127.0.0.1");
  cleanups.push(() => socket.destroy());
  socket.on("error", () => {});
  socket.write("GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
  return socket;
}

test("the page is one text that asks for nothing but its WebSocket", async () => {
  const { viewer } = setUp();

  const response = await fetch(viewer.url);
  const html = await response.text();

  expect(response.status).toBe(200);
  expect(response.headers.get("Content-Type")).toStartWith("text/html");
  expect(html).toContain('<canvas id="picture"');
  expect(html).not.toMatch(/(?:src|href)="(?!data:)/);
  expect(html).not.toContain("devDependencies");
  expect(html.length).toBeLessThan(72_000);
});

test("the page's policy allows its own script and style by their hashes, and nothing else", async () => {
  const { viewer } = setUp();

  const response = await fetch(viewer.url);
  const html = await response.text();
  const policy = response.headers.get("Content-Security-Policy") ?? "";

  const script = /<script\b[^>]*>([\s\S]*?)<\/script>/.exec(html)?.[1] ?? "";
  const hash = new Bun.CryptoHasher("sha256").update(script).digest("base64");
  expect(script.length).toBeGreaterThan(1000);
  expect(policy).toContain(`script-src 'sha256-${hash}'`);
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain("unsafe");
  expect(response.headers.get("X-Content-Type-Options")).toBe("nosniff");
  expect(response.headers.get("Referrer-Policy")).toBe("same-origin");
});

test("a host name that is not ours is refused, and the answer names the option", async () => {
  const { viewer } = setUp();

  const response = await fetch(viewer.url, { headers: { Host: "evil.example" } });

  expect(response.status).toBe(403);
  expect(await response.text()).toContain("--allow-host");
});

test.each(["localhost:1", "192.168.1.7", "[::1]:8080", "camera.example"])("the host %s is served", async (host) => {
  const { viewer } = setUp();

  const response = await fetch(`${viewer.url}healthz`, { headers: { Host: host } });

  expect(response.status).toBe(200);
});

test("a program that says no host, as those that speak HTTP/1.0, is served; a host that is empty is not", async () => {
  const { viewer } = setUp();
  const ask = async (head: string) => {
    const socket = connect(viewer.port, "127.0.0.1");
    // Bun answers no half-closed connection.
    socket.write(`${head}\r\n\r\n`);
    return (await socket.setEncoding("latin1").toArray()).join("");
  };

  const snapshot = await ask("GET /snapshot HTTP/1.0");

  expect(snapshot).toStartWith("HTTP/1.1 200 OK\r\n");
  expect(snapshot).toContain("\r\nContent-Type: image/jpeg\r\n");
  expect(await ask("GET /?action=snapshot HTTP/1.0")).toStartWith("HTTP/1.1 200 OK\r\n");
  expect(await ask("GET /snapshot HTTP/1.0\r\nHost:")).toStartWith("HTTP/1.1 403 ");
});

test("a host whose port can't be is a bad request", async () => {
  const { viewer } = setUp();

  const response = await fetch(`${viewer.url}healthz`, { headers: { Host: "localhost:99999" } });

  expect(response.status).toBe(400);
  expect(await errorCode(response)).toBe("bad-request");
});

test("a peer from elsewhere is refused and reported", async () => {
  const { viewer, refused } = setUp({ admits: () => false });

  const response = await fetch(viewer.url);

  expect(response.status).toBe(403);
  expect(await errorCode(response)).toBe("not-local");
  expect(refused).toEqual(["127.0.0.1"]);
});

test("methods other than GET and HEAD are refused", async () => {
  const { viewer } = setUp();

  const response = await fetch(viewer.url, { method: "POST" });

  expect(response.status).toBe(405);
  expect(response.headers.get("Allow")).toBe("GET, HEAD");
});

test("HEAD has the headers of GET and no body", async () => {
  const { viewer, track } = setUp();

  const page = await fetch(viewer.url, { method: "HEAD" });
  const stream = await fetch(`${viewer.url}stream`, { method: "HEAD" });

  expect(page.headers.get("Content-Type")).toStartWith("text/html");
  expect(await page.text()).toBe("");
  expect(stream.headers.get("Content-Type")).toBe("multipart/x-mixed-replace;boundary=boundarydonotcross");
  expect(track.viewers()).toEqual([]);
});

test("an unknown path is 404 as JSON", async () => {
  const { viewer } = setUp();

  const response = await fetch(`${viewer.url}favicon.ico`);

  expect(response.status).toBe(404);
  expect(await errorCode(response)).toBe("not-found");
});

test("the next port is taken when the first is in use, and with none left it is an error of addresses", () => {
  const { viewer } = setUp();
  const busy = viewer.port;

  const second = setUp({ ports: [busy, 0] });

  expect(second.viewer.port).not.toBe(busy);
  expect(() => setUp({ ports: [busy] })).toThrow(
    expect.objectContaining({ kind: "address", message: expect.stringContaining(`port ${busy} is in use`) }) as never,
  );
});

test.each(["snapshot", "?action=snapshot"])("/%s starts the source and is a picture of now", async (path) => {
  const { viewer, source, track } = setUp();
  expect(source.isRunning).toBe(false);

  const response = await fetch(viewer.url + path);
  const jpeg = await response.bytes();
  const strip = readStrip(await decodePicture(jpeg));

  expect(response.headers.get("Content-Type")).toBe("image/jpeg");
  expect(response.headers.get("Cache-Control")).toBe("no-store");
  expect(Math.abs(Number(response.headers.get("X-Timestamp")) - Date.now() / 1000)).toBeLessThan(2);
  expect(jpegSize(jpeg)).toEqual({ width: 640, height: 360 });
  expect(strip === null ? null : stripAgeMs(strip)).toBeWithin(0, 1000);
  expect(track.viewers()).toEqual([]);
});

test("a snapshot counts as a viewer while it waits, and is 503 when no picture comes", async () => {
  const clock = new HandClock();
  const { viewer, track, source } = setUp({ clock });
  source.fail("the camera is busy");
  track.describe({ state: "failed", error: openFault(forPeers`the camera is busy`) });

  const asking = fetch(`${viewer.url}snapshot`);
  await waitFor("the snapshot's seat", () => track.viewers()[0]?.kind === "snapshot");
  await clock.pass(4999);
  expect(track.viewers()).toHaveLength(1);
  await clock.pass(1);
  const response = await asking;

  expect(response.status).toBe(503);
  expect(response.headers.get("Retry-After")).toBe("5");
  expect(await response.text()).toContain("no-picture");
  expect(track.viewers()).toEqual([]);
});

test("a snapshot whose asker leaves frees its seat at once", async () => {
  const { viewer, track, source } = setUp();
  source.fail("the camera is busy");
  const abort = new AbortController();
  const asking = fetch(`${viewer.url}snapshot`, { signal: abort.signal }).catch(() => "aborted");
  await waitFor("the viewer's seat", () => track.viewers().length === 1);

  abort.abort();
  await asking;

  await waitFor("the seat to be free", () => track.viewers().length === 0);
});

test("/state says what is streamed to whom, with addresses for this machine", async () => {
  const { viewer, track } = setUp();
  await openStream(viewer);
  await waitFor("a picture", () => track.description.state === "live");

  const state = await (await fetch(`${viewer.url}state`)).json();

  expect(state).toMatchObject({
    version: expect.any(String),
    name: "Front door",
    uptimeMs: expect.any(Number),
    maxDelayMs: 250,
    ports: { stream: 10050, http: viewer.port },
    source: { state: "live", codec: "mjpeg", width: 640, height: 360, error: null },
    viewers: { count: 1, list: [{ kind: "jpeg-stream", codec: "mjpeg", delayMs: null, address: "127.0.0.1" }] },
  });
});

test("/healthz is ok while idle, and not once the source has failed for 10 s", async () => {
  const { viewer, track } = setUp();
  const idle = await fetch(`${viewer.url}healthz`);
  Object.defineProperty(track, "failedMs", { value: 10_001 });
  track.describe({ state: "failed", error: openFault(forPeers`the camera was unplugged`) });

  const failed = await fetch(`${viewer.url}healthz`);

  expect([idle.status, await idle.text()]).toEqual([200, "ok\n"]);
  expect(failed.status).toBe(503);
  expect(await failed.text()).toContain("the camera was unplugged");
});

test("/metrics has Prometheus's format, and counters count once however often they are read", async () => {
  const { viewer, track } = setUp({
    refusals: { count() {}, foreignPage() {}, foreignHost() {}, counts: new Map([["not-local", 3]]) },
  });
  await openStream(viewer);
  await waitFor("frames", () => track.frameCount > 3);
  await (await fetch(`${viewer.url}metrics`)).text();

  const before = track.frameCount;
  const response = await fetch(`${viewer.url}metrics`);
  const text = await response.text();

  expect(response.headers.get("Content-Type")).toStartWith("text/plain; version=0.0.4");
  expect(text).toMatch(/^lanvid_build_info\{version="[^"]+"\} 1$/m);
  expect(text).toContain('lanvid_viewers{kind="jpeg-stream"} 1\n');
  expect(text).toContain('lanvid_refused_connections_total{reason="not-local"} 3\n');
  expect(Number(/^lanvid_frames_total (\d+)$/m.exec(text)?.[1])).toBeWithin(before, track.frameCount + 1);
  for (const [, name] of text.matchAll(/^# TYPE (\S+) counter$/gm)) {
    expect(name).toEndWith("_total");
  }
});

test.each(["stream", "?action=stream", "stream?advance_headers=1"])(
  "ffprobe reads frames from /%s",
  async (path) => {
    const { viewer, track } = setUp();

    const { stdout, exited } = Bun.spawn(
      [
        ...["ffprobe", "-v", "error", "-f", "mpjpeg", "-read_intervals", "%+#10", "-count_frames", "-of", "csv=p=0"],
        ...["-show_entries", "stream=codec_name,width,height,nb_read_frames", viewer.url + path],
      ],
      { stdin: "ignore", stderr: "inherit", timeout: 40_000 },
    );
    const text = await new Response(stdout).text();
    await exited;

    expect(text.trim()).toBe("mjpeg,640,360,10");
    await waitFor("the seat to be free", () => track.viewers().length === 0);
  },
  120_000,
);

test("programs get parts with their length and capture time", async () => {
  const { viewer } = setUp();
  const stream = await openStream(viewer);
  let text = "";
  stream.on("data", (bytes) => {
    text += bytes.toString("latin1");
  });

  await waitFor("four parts", () => (text.match(/--boundarydonotcross/g)?.length ?? 0) >= 4);

  const lengths = [...text.matchAll(/Content-Length: (\d+)\r\nX-Timestamp: \d+\.\d{6}\r\n\r\n\xff\xd8/g)];
  expect(lengths.length).toBeGreaterThanOrEqual(3);
});

test("browsers get the next part's headers right after each frame", async () => {
  const { viewer, source, track } = setUp();
  const response = await fetch(`${viewer.url}stream`, {
    headers: {
      "User-Agent": "Mozilla/5.0 (X11; Linux)",
      "Sec-Fetch-Site": "none",
    },
  });
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  cleanups.push(() => reader.cancel());
  await waitFor("frames", () => track.frameCount > 2);
  source.fail("no more pictures: what is sent by now is all there is");

  let text = "";
  const ends = /\xff\xd9\r\n--boundarydonotcross\r\nContent-Type: image\/jpeg\r\n\r\n$/;
  while (!ends.test(text)) {
    const { value, done } = await reader.read();
    expect(done).toBe(false);
    text += Buffer.from(value as Uint8Array).toString("latin1");
  }

  expect(text).not.toContain("Content-Length");
}, 120_000);

test("a stream's viewer that vanishes frees its seat", async () => {
  const { viewer, track } = setUp();
  const stream = await openStream(viewer);
  await waitFor("a viewer with frames", () => track.viewers().length === 1 && track.frameCount > 2);

  stream.destroy();

  await waitFor("the seat to be free", () => track.viewers().length === 0);
});

test("a stream's viewer that vanishes while there are no pictures frees its seat", async () => {
  const { viewer, track, source } = setUp();
  const stream = await openStream(viewer);
  await waitFor("the viewer's seat", () => track.viewers().length === 1);
  source.fail("unplugged");

  stream.destroy();

  await waitFor("the seat to be free", () => track.viewers().length === 0);
});

test("a stream's viewer that reads nothing misses frames, and the others miss none", async () => {
  const clock = new HandClock();
  const { viewer, track, source } = setUp({ clock });
  const slow = await openStream(viewer);
  slow.pause();
  await waitFor("its seat", () => track.viewers().length === 1);
  const fast = await openStream(viewer);
  let fastBytes = 0;
  fast.on("data", ({ length }: Buffer) => {
    fastBytes += length;
  });
  await waitFor("both seats", () => track.viewers().length === 2);
  clock.advance(33);
  await waitFor("the first picture", () => track.newest !== null && fastBytes > track.newest.bytes.length);
  const large = new Uint8Array(1_000_000);
  for (let given = 1; given <= 40; given++) {
    source.give(large);
    await waitFor("the other to have it", () => fastBytes > given * large.length);
  }
  expect(track.viewers()[1]?.dropped).toBe(0);

  slow.resume();

  await waitFor("the count of missed frames", () => (track.viewers()[0]?.dropped ?? 0) > 20);
  await waitFor("frames for the slow viewer", () => {
    clock.advance(33);
    return (track.viewers()[0]?.fps ?? 0) > 10;
  });
});

test("a WebSocket is a link: hello, stream, frames, and the delay in /state", async () => {
  const { viewer, track } = setUp();
  const socket = new WebSocket(`${viewer.url.replace("http", "ws")}ws`);
  socket.binaryType = "arraybuffer";
  cleanups.push(() => socket.close());
  const transport: Transport = {
    send: (payload) => void socket.send(payload as Uint8Array<ArrayBuffer>),
    sendVideo() {},
    waitingBytes: 0,
    close: () => socket.close(),
  };
  const names: string[] = [];
  const sequences: number[] = [];
  const session = new ReceiverSession(transport, {
    name: "test",
    program: "test",
    codecs: ["mjpeg"],
    maxDelayMs: null,
    onStream: ({ name }) => names.push(name),
    onFrame: ({ video, capturedAt }, settle) => {
      sequences.push(video.sequence);
      settle(capturedAt);
    },
    onEnd() {},
  });
  cleanups.push(() => session.end("ended", forPeers`the test is over`));
  socket.onmessage = ({ data }) => session.receive(new Uint8Array(data as ArrayBuffer));
  socket.onopen = () => session.start();

  await waitFor("ten frames", () => sequences.length >= 10);

  expect(names).toContain("Front door");
  expect(track.viewers()).toMatchObject([{ kind: "page", address: "127.0.0.1", delayMs: 0 }]);
});

test("garbage on a WebSocket ends that connection with the reason, and no other", async () => {
  const { viewer, track } = setUp();
  const good = await openStream(viewer);
  good.resume();
  const bad = await openSocket(viewer);

  bad.socket.send(Uint8Array.of(0x04, 0, 0, 0));
  await waitFor("the connection to end", bad.isClosed);

  expect(bad.messages).toMatchObject([{ kind: "error", notice: { code: "bad-ack" } }]);
  const before = track.frameCount;
  await waitFor("frames", () => track.frameCount > before + 2);
  expect(track.viewers()).toMatchObject([{ kind: "jpeg-stream" }]);
});

test("text on a WebSocket ends it with the reason", async () => {
  const { viewer } = setUp();
  const { socket, messages, isClosed } = await openSocket(viewer);

  socket.send("hello");
  await waitFor("the connection to end", isClosed);

  expect(messages).toMatchObject([{ kind: "error", notice: { code: "text-message" } }]);
});

test("a message beyond 4 KiB ends a WebSocket", async () => {
  const { viewer } = setUp();
  const { socket, isClosed } = await openSocket(viewer);

  socket.send(new Uint8Array(4097));

  await waitFor("the connection to end", isClosed);
});

test("a WebSocket that says nothing is closed after 10 s", async () => {
  const clock = new HandClock();
  const said: string[] = [];
  const log = { ...silentLog, debug: (text: string) => said.push(text) };
  const { viewer } = setUp({ clock, log });
  const { messages, isClosed } = await openSocket(viewer);

  clock.advance(9999);
  expect(said).toEqual([]);
  clock.advance(1002);
  expect(said).toEqual(["browser 127.0.0.1 left: the viewer said nothing for 10 s (silent, by us)"]);
  await waitFor("the connection to end", isClosed);

  expect(messages).toMatchObject([{ kind: "error", notice: { code: "silent" } }]);
});

test("another page's WebSocket is refused; ours and those of programs are not", async () => {
  const { viewer } = setUp();
  const host = `127.0.0.1:${viewer.port}`;

  for (const origin of ["http://evil.example", "http://127.0.0.1:1", "file://", "null"]) {
    await expect(openSocket(viewer, { Origin: origin })).rejects.toThrow("refused");
  }
  await openSocket(viewer, { Origin: `http://${host}` });
  await openSocket(viewer);
});

test("/ws without an upgrade is told that it speaks WebSocket", async () => {
  const { viewer } = setUp();

  const response = await fetch(`${viewer.url}ws`);

  expect(response.status).toBe(426);
});

test("closing says goodbye to WebSockets, ends streams, and frees the port", async () => {
  const { viewer, track } = setUp();
  const stream = await openStream(viewer);
  let isEnded = false;
  stream.on("close", () => {
    isEnded = true;
  });
  stream.resume();
  const { socket, messages, isClosed } = await openSocket(viewer);
  socket.send(
    encodeHello({
      role: "receiver",
      name: "test",
      program: "test",
      codecs: ["mjpeg"],
      maxDelayMs: null,
      adapts: true,
    }) as never,
  );
  await waitFor("both seats", () => track.viewers().length === 2);

  await viewer.close();

  await waitFor("both connections to end", () => isEnded && isClosed());
  expect(messages.at(-1)).toMatchObject({ kind: "goodbye", notice: { code: "shutdown" } });
  expect(setUp({ ports: [viewer.port] }).viewer.port).toBe(viewer.port);
});

test("a stream that is over gives its place free, and its connection ends", async () => {
  const limits = new Limits({ maxConnections: 1, maxPerAddress: 1, maxHandshakes: 100 }, () => undefined);
  const { track, viewer } = setUp({ limits });
  const first = await openStream(viewer);
  first.resume();
  let isOver = false;
  first.on("close", () => {
    isOver = true;
  });
  await waitFor("the stream", () => track.viewers().length === 1);

  // Another codec ends it.
  track.describe({ codec: "h264" });
  await waitFor("its end", () => isOver);
  track.describe({ codec: "mjpeg" });
  const again = await openStream(viewer);
  let answer = "";
  again.on("data", (chunk: Buffer) => {
    answer += chunk.toString("latin1");
  });
  await waitFor("an answer", () => answer.includes("\r\n\r\n"));

  expect(answer.split("\r\n")[0]).toBe("HTTP/1.1 200 OK");
});
