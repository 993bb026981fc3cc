import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { encodeHello, withLength } from "../src/wire.ts";
import { type Event, Lanvid, viewerCount } from "./support/lanvid.ts";
import { RawPeer } from "./support/raw-peer.ts";
import { Folder } from "./support/stand-in.ts";
import { waitFor } from "./support/wait.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

/** What no peer may ever get, nor the operator's terminal and log. */
const SECRETS = ["p@ss:w0rt", "w0rt", "p%40ss", "hunter22", "pwd=", "fragm3nt"];
const PROGRAMS = dirname(Bun.which("ffmpeg") as string);
/** What no peer may ever get: this machine's person may. */
const PRIVATE = [...SECRETS, "anna", "geheim", "127.0.0.1:1/", "/tmp/", "/dev/shm", "ffconcat", PROGRAMS];
const HELLO = encodeHello({
  role: "receiver",
  name: "curious",
  program: "test",
  codecs: ["h264", "mjpeg"],
  maxDelayMs: null,
  adapts: true,
});

const folder = new Folder();
/** A name under /dev is taken for a camera's. */
const CAMERA = `/dev/shm/geheim-camera-${process.pid}`;
writeFileSync(CAMERA, "");
/** A server of a camera that answers everything by this. */
const refusing = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch: ({ url }) => new Response("no", { status: url.includes("404") ? 404 : 401 }),
});
const talking = folder.standIn(
  "talking-ffmpeg",
  [
    "echo '[rtsp @ 0x1] method SETUP of rtsp://anna:p@ss:w0rt@geheim.example/live?pwd=hunter22#fragm3nt failed' >&2",
    "echo 'Authorization: Basic hunter22' >&2",
    'echo "I was asked for $*" >&2',
    "echo 'user anna, password p@ss:w0rt, in /home/geheim' >&2",
    "exit 1",
  ].join("\n"),
);

afterAll(async () => {
  rmSync(CAMERA);
  await refusing.stop(true);
  folder[Symbol.dispose]();
});

/** Sources that fail while they are watched. */
function sources(): [name: string, args: string[], env?: Record<string, string>][] {
  const query = "?user=anna&pwd=hunter22#fragm3nt";
  const secretFolder = `${folder.path}/geheim`;
  mkdirSync(secretFolder, { recursive: true });
  const playlist = folder.write("geheim/x.ffconcat", "ffconcat version 1.0\nfile /etc/passwd\n");
  const broken = folder.write("geheim/broken.mp4", "no film");
  return [
    ["an address that does not answer", [`http://127.0.0.1:1/user=anna&password=hunter22&geheim${query}`]],
    ["an address with a user and a password", ["rtsp://anna:p@ss:w0rt@127.0.0.1:1/geheim"]],
    ["the same, escaped", ["rtsp://anna:p%40ss%3Aw0rt@127.0.0.1:1/geheim"]],
    ["an address that wants another password", [`http://anna:w0rt@127.0.0.1:${refusing.port}/geheim${query}`]],
    ["an address where nothing is", [`http://anna:w0rt@127.0.0.1:${refusing.port}/404/geheim${query}`]],
    ["an ffmpeg that tells all", [`rtsp://anna:p@ss:w0rt@geheim.example/live${query}`, "--ffmpeg", talking]],
    ["a file that is refused", [playlist]],
    ["a file that is none", [broken]],
    ["a camera that is none", [`camera:${CAMERA}`]],
    [
      "a screen that is not there",
      ["screen"],
      { DISPLAY: "geheim.example:7", WAYLAND_DISPLAY: "", XDG_SESSION_TYPE: "x11" },
    ],
    ["another lanvid", ["lanvid://127.0.0.1:1"]],
  ];
}

/** All that anybody can get of a lanvid by asking. */
async function everythingOf(stream: number, http: number): Promise<string> {
  const page = `http://127.0.0.1:${http}`;
  const paths = ["/", "/state", "/healthz", "/metrics", "/snapshot", "/nothing", "/?action=snapshot"];
  // A program, and a person.
  const asks = paths.flatMap((path) => ["*/*", "text/html"].map((accept) => ({ path, accept })));
  const answers = await Promise.all(
    asks.map(async ({ path, accept }) => {
      const headers = { Accept: accept };
      const response = await fetch(`${page}${path}`, { headers, signal: AbortSignal.timeout(20_000) });
      return `${path} ${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`;
    }),
  );
  // These are endless, and begin with the first picture.
  const endless = ["/stream", "/stream.mp4"].map((path) => {
    const asking = new RawPeer(http);
    asking.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
    return asking;
  });
  const heard: string[] = [];
  const socket = new WebSocket(`ws://127.0.0.1:${http}/ws`);
  socket.binaryType = "arraybuffer";
  socket.addEventListener("open", () => socket.send(HELLO));
  socket.addEventListener("message", ({ data }) => heard.push(Buffer.from(data as ArrayBuffer).toString("latin1")));
  const peer = new RawPeer(stream);
  peer.write(withLength(HELLO));
  await waitFor("what peers are told", () => heard.length >= 2 && peer.received.includes('"state"'));
  const raw = peer.received.toString("latin1");
  const begun = endless.map((asking) => asking.received.toString("latin1"));
  for (const one of [peer, ...endless]) {
    one.close();
  }
  socket.close();
  return [...answers, ...begun, ...heard, raw].join("\n");
}

function found(text: string, words: readonly string[]): string[] {
  return words.filter((word) => text.toLowerCase().includes(word.toLowerCase()));
}

const failed = ({ event, source }: Event) =>
  event === "stats" && (source as { readonly error: string | null }).error !== null;

function allPrinted({ events, stderr }: Lanvid): string {
  return `${stderr}\n${JSON.stringify(events)}`;
}

test.each(sources())(
  "of %s, peers get what kind of fault it is, and nobody a password",
  async (_name, args, env = {}) => {
    const common = ["--port", "0", "--http", "0", "--verbose", "--always-on"];
    await using origin = new Lanvid(["serve", ...args, ...common], { env });
    const { port, http } = (await origin.event("ready")) as unknown as { readonly port: number; readonly http: number };
    await using relay = new Lanvid(["serve", `lanvid://127.0.0.1:${port}`, ...common]);
    const relayed = (await relay.event("ready")) as unknown as { readonly port: number; readonly http: number };
    await using viewer = new Lanvid(["watch", `127.0.0.1:${relayed.port}`, "--view", "none", "--verbose"]);
    await origin.eventWhere(failed);
    await relay.eventWhere(failed);
    await viewer.eventWhere(({ event, state }) => event === "stats" && state === "waiting");

    const [here, there] = await Promise.all([everythingOf(port, http), everythingOf(relayed.port, relayed.http)]);

    expect(here).toMatch(/"state": ?"(failed|starting)"/);
    expect(found(here, PRIVATE)).toEqual([]);
    expect(found(there, PRIVATE)).toEqual([]);
    expect(found(allPrinted(relay).replaceAll(`127.0.0.1:${port}`, ""), PRIVATE.filter(isNoPath))).toEqual([]);
    expect(found(allPrinted(viewer), PRIVATE.filter(isNoPath))).toEqual([]);
    expect(found(allPrinted(origin), SECRETS)).toEqual([]);
    origin.kill("SIGTERM");
    await origin.exited();
    expect(found(allPrinted(origin), SECRETS)).toEqual([]);
  },
);

/** What a lanvid says with --verbose of its own ffmpeg, and of the files that it has open. */
function isNoPath(word: string): boolean {
  return !word.startsWith("/");
}

test("/healthz says no more of a source that has long failed", async () => {
  const address = "http://anna:w0rt@127.0.0.1:1/geheim?pwd=hunter22";
  await using origin = new Lanvid(["serve", address, "--port", "0", "--http", "0", "--always-on"]);
  const { http } = await origin.event("ready");
  const text = await waitFor("an unhealthy source", async () => {
    const response = await fetch(`http://127.0.0.1:${http}/healthz`);
    return response.ok ? null : await response.text();
  });

  expect(text).toContain("the source's address does not answer");
  expect(found(text, PRIVATE)).toEqual([]);
});

test("those who need another form hear nothing of why it can't be made", async () => {
  const halfTalking = folder.standIn(
    "half-talking-ffmpeg",
    `if [[ "$*" == *mpjpeg* ]]; then exec ${talking} "$@"; fi\nexec "$REAL" "$@"`,
  );
  const args = ["serve", "test", "--codec", "h264", "--ffmpeg", halfTalking, "--port", "0", "--http", "0"];
  await using origin = new Lanvid([...args, "--always-on", "--verbose"]);
  const { http } = await origin.event("ready");
  await origin.eventWhere((event) => event.event === "stats" && viewerCount(event) === 0);

  const response = await fetch(`http://127.0.0.1:${http}/snapshot`);
  const text = await response.text();

  expect(response.status).toBe(503);
  expect(text).toContain("the picture can't be read: ffmpeg ended");
  expect(found(text, PRIVATE)).toEqual([]);
});

test("whoever watches what is piped hears that it is over, not why", async () => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const args = [
    "serve",
    "-",
    "--port",
    "0",
    "--http",
    "0",
    "--ffmpeg",
    folder.standIn("slow", `cat > /dev/null; exec ${talking} "$@"`),
  ];
  await using origin = new Lanvid(args, { stdin: readable });
  const { port } = await origin.event("ready");
  const peer = new RawPeer(port as number);
  peer.write(withLength(HELLO));
  await waitFor("the stream's description", () => peer.received.includes('"state"'));

  await writer.close();

  expect(await origin.exited()).toBe(3);
  await waitFor("the end", () => peer.isClosed);
  const said = peer.received.toString("latin1");
  expect(said).toContain("standard input can't be read: ffmpeg ended");
  expect(found(said, PRIVATE)).toEqual([]);
});
