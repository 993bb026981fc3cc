import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Lanvid, runLanvid } from "./support/lanvid.ts";
import { decodePicture } from "./support/picture.ts";
import { decode, probe } from "./support/probe.ts";
import { PYTHON, runPython } from "./support/python.ts";
import { PythonPeer } from "./support/python-peer.ts";
import { bgrOf, jpegsOf, sha256 } from "./support/python-pictures.ts";
import { RawPeer } from "./support/raw-peer.ts";
import { waitFor } from "./support/wait.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

const FREE = ["--port", "0", "--http", "0"];
const SMALL = ["--size", "512x128"];

const folder = mkdtempSync(join(tmpdir(), "lanvid-classic-"));
let files = 0;

afterAll(() => rmSync(folder, { recursive: true }));

function newFile(suffix: string): string {
  files += 1;
  return join(folder, `${files}.${suffix}`);
}

/** Watches a Python sender for one picture; is it one of those that were sent? */
async function isExact(...args: readonly string[]): Promise<boolean> {
  const file = newFile("png");
  await using sender = new PythonPeer("sender", ["listen", ...SMALL, "--hash", ...args]);
  const { code, stderr } = await runLanvid(["watch", `127.0.0.1:${await sender.port()}`, "--snapshot", file]);
  await sender.child.exited;
  if (code !== 0) {
    throw new Error(stderr);
  }
  const hash = sha256(bgrOf(await decodePicture(await Bun.file(file).bytes())));
  return sender.sent.some((sent) => sent.sha256 === hash);
}

/** One who sends these bytes to whoever connects, then nothing. */
async function serveBytes(bytes: Uint8Array): Promise<{ port: number } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.write(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as { port: number }).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) {
        socket.destroy();
      }
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("a classic sender", () => {
  test.each([
    ["8 bytes, as on Linux and macOS", "L"],
    ["4 bytes, little-endian, as on Windows", "<L"],
    ["4 bytes, big-endian", ">L"],
  ])("may write its lengths as %s", async (_, prefix) => {
    expect(await isExact("--prefix", prefix)).toBe(true);
  });

  test.each(["0", "1", "2", "3", "4", "5"])("may pickle by protocol %s", async (protocol) => {
    expect(await isExact("--protocol", protocol)).toBe(true);
  });

  test("that pickles None is waited for: each is counted, a hundred in a row are reported", async () => {
    const flags = [...SMALL, "--fps", "10", "--none", "120"];
    await using sender = new PythonPeer("sender", ["listen", ...flags]);
    await using relay = new Lanvid(["serve", `lanvid://127.0.0.1:${await sender.port()}`, "--always-on", ...FREE]);
    await using another = new PythonPeer("sender", ["listen", ...flags]);
    await using viewer = new Lanvid(["watch", `127.0.0.1:${await another.port()}`, "--view", "none"]);

    const stats = await viewer.eventWhere(({ state }) => state === "live");
    await relay.eventWhere(({ source }) => (source as { state?: string } | undefined)?.state === "live");

    const warning = "lanvid: warning: the sender has no picture: its camera gives nothing\n";
    expect(stats).toMatchObject({ noPictures: 120, codec: "bgr24", width: 512, height: 128 });
    expect(viewer.stderr).toContain(warning);
    expect(relay.stderr.split(warning)).toHaveLength(2);
  });

  test("that dies in the middle of a picture is back when it is started again; half a picture is never seen", async () => {
    const file = newFile("mjpeg");
    const flags = [...SMALL, "--jpeg", "--hash"];
    await using first = new PythonPeer("sender", ["listen", ...flags, "--die-in", "8"]);
    const port = await first.port();
    await using viewer = new Lanvid(["watch", `127.0.0.1:${port}`, "--output", file, "--frames", "20"]);
    await first.child.exited;

    await using second = new PythonPeer("sender", ["listen", "--port", String(port), ...flags]);
    const end = await viewer.event("end");
    await second.child.exited;

    expect(await viewer.event("ready")).toMatchObject({ source: { kind: "classic" } });
    const sent = new Set([...first.sent, ...second.sent].map(({ sha256 }) => sha256));
    const received = jpegsOf(await Bun.file(file).bytes()).map(sha256);
    expect(end).toMatchObject({ code: 0, frames: 20, reconnects: 1 });
    expect(first.sent).toHaveLength(7);
    expect(received.length + Number(end["dropped"])).toBe(20);
    expect(received.every((hash) => sent.has(hash))).toBe(true);
  });

  test.each(["mp4", "mkv"])("is recorded as .%s: its pictures are made H.264", async (suffix) => {
    const file = newFile(suffix);
    await using sender = new PythonPeer("sender", ["listen", "--size", "640x360"]);

    const { code, stderr } = await runLanvid([
      "watch",
      `127.0.0.1:${await sender.port()}`,
      "--output",
      file,
      "--frames",
      "90",
    ]);

    const { complaints, frames } = decode(file);
    expect({ code, complaints }, stderr).toEqual({ code: 0, complaints: "" });
    expect(probe(file)).toMatchObject({ codec: "h264", width: 640, height: 360, complaints: "" });
    expect(frames).toBeWithin(45, 91);
  });

  test("that gives pictures faster than they are written loses whole pictures at most", async () => {
    const pickles = await runPython(`
import pickle, struct, sys
import numpy as np, cv2
for index in range(40):
    jpeg = cv2.imencode(".jpg", np.full((64, 64, 3), index * 6, np.uint8))[1]
    a = pickle.dumps(jpeg)
    sys.stdout.buffer.write(struct.pack("Q", len(a)) + a)
`);
    const file = newFile("mjpeg");
    await using sender = await serveBytes(pickles);
    await using viewer = new Lanvid(["watch", `127.0.0.1:${sender.port}`, "--output", file]);
    await viewer.eventWhere(({ frames }) => frames === 40);

    viewer.kill("SIGINT");
    await viewer.exited();

    const jpegs = jpegsOf(await Bun.file(file).bytes());
    const last = await decodePicture(jpegs.at(-1) as Uint8Array);
    const { dropped } = viewer.events.at(-1) as unknown as { dropped: number };
    expect(jpegs.length + dropped).toBe(40);
    expect(jpegs.length).toBeGreaterThan(1);
    // The last one that came is the last one seen.
    expect(Math.abs((last.rgba[0] as number) - 39 * 6)).toBeLessThan(3);
  });

  test("that is hostile is refused for good with the reason, and nothing of its pickle is run", async () => {
    const canary = newFile("canary");
    const hostile = await runPython(`
import os, pickle, struct, sys
class Attack:
    def __reduce__(self):
        return os.system, ("touch ${canary}",)
a = pickle.dumps(Attack())
sys.stdout.buffer.write(struct.pack("Q", len(a)) + a)
`);
    await using sender = await serveBytes(hostile);
    await using receiver = new Lanvid(["receive", "--port", "0", "--view", "none"]);
    const { port } = await receiver.event("ready");

    const { code, stderr } = await runLanvid(["watch", `127.0.0.1:${sender.port}`, "--view", "none"]);
    const attacker = new RawPeer(port as number);
    attacker.write(hostile);
    await waitFor("the attacker to be turned out", () => attacker.isClosed);
    await using good = new PythonPeer("sender", ["dial", "--port", String(port), ...SMALL]);
    const live = await receiver.eventWhere(({ state }) => state === "live");

    expect(code).toBe(7);
    expect(stderr).toContain("posix");
    expect(stderr).toContain("system");
    expect(existsSync(canary)).toBe(false);
    expect(live).toMatchObject({ width: 512, height: 128 });
    expect(good.stderr).toBe("");
    // The canary sings where pickle.loads is used: else this test could not fail.
    await Bun.spawn([PYTHON, "-c", "import pickle, sys; pickle.loads(sys.stdin.buffer.read()[8:])"], {
      stdin: new Blob([hostile as Uint8Array<ArrayBuffer>]),
    }).exited;
    expect(existsSync(canary)).toBe(true);
  });

  test("that dials while another is being shown is turned away, and the other goes on", async () => {
    await using receiver = new Lanvid(["receive", "--port", "0", "--view", "none"]);
    const { port } = await receiver.event("ready");
    await using first = new PythonPeer("sender", ["dial", "--port", String(port), ...SMALL, "--hash"]);
    await receiver.eventWhere(({ state }) => state === "live");

    await using second = new PythonPeer("sender", ["dial", "--port", String(port), "--size", "640x480"]);
    await second.child.exited;
    const before = first.sent.length;
    await waitFor("more pictures", () => first.sent.length > before + 30);

    expect(second.stderr).toMatch(/BrokenPipeError|ConnectionResetError/);
    expect(receiver.events.at(-1)).toMatchObject({ state: "live", width: 512, reconnects: 0 });
  });

  test("that dials serve is turned away, which is said and counted", async () => {
    await using server = new Lanvid(["serve", "test", ...SMALL, "--verbose", ...FREE]);
    const { port, http } = await server.event("ready");
    await using sender = new PythonPeer("sender", ["dial", "--port", String(port), ...SMALL]);

    await sender.child.exited;
    const metrics = await (await fetch(`http://127.0.0.1:${http}/metrics`)).text();

    expect(sender.stderr).toMatch(/BrokenPipeError|ConnectionResetError/);
    await waitFor("the reason", () => server.stderr.includes('run "lanvid receive" here'));
    expect(metrics).toContain('lanvid_refused_connections_total{reason="classic-sender"} 1\n');
  });

  test("whose pixels a relay without ffmpeg can't turn into pictures does not end the relay", async () => {
    await using sender = new PythonPeer("sender", ["listen", ...SMALL]);
    const address = `lanvid://127.0.0.1:${await sender.port()}`;
    await using relay = new Lanvid(["serve", address, "--always-on", "--ffmpeg", join(folder, "no-ffmpeg"), ...FREE]);

    await waitFor("the reason", () => relay.stderr.includes("no-ffmpeg"));
    await relay.eventWhere(({ source }) => (source as { state?: string } | undefined)?.state === "failed");
    relay.kill("SIGINT");

    expect(await relay.exited()).toBe(0);
  });
});

test("push finds its listening Python receiver again when that is started again", async () => {
  await using first = new PythonPeer("receiver", ["listen"]);
  const port = await first.port();
  await using sender = new Lanvid(["push", `127.0.0.1:${port}`, "test", ...SMALL]);
  await sender.event("ready");
  await first.shows(5);

  first.kill("SIGKILL");
  await waitFor("the loss", () => sender.stderr.includes(`lost 127.0.0.1:${port}`));
  await using second = new PythonPeer("receiver", ["listen", "--port", String(port)]);
  await second.shows(5);

  expect(second.stderr).toBe("");
  await waitFor("the word", () => sender.stderr.includes(`connected to 127.0.0.1:${port} again`));
});
