import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Lanvid, runLanvid } from "./support/lanvid.ts";
import { decodePicture } from "./support/picture.ts";
import { PythonPeer } from "./support/python-peer.ts";
import { RawPeer } from "./support/raw-peer.ts";
import { waitFor } from "./support/wait.ts";

// The preload's own counts for the first file of a run only.
setDefaultTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), "lanvid-dialects-"));
let files = 0;

afterAll(() => rmSync(folder, { recursive: true }));

/** The colour that test/python/dialects.py paints, where its number is not. */
const COLOUR = [220, 160, 40] as const;

/** Watches a listening sender of this dialect for one picture: is it the size and the colour that was sent? */
async function isShown(...args: readonly string[]): Promise<void> {
  files += 1;
  const file = join(folder, `${files}.jpg`);
  await using sender = new PythonPeer("dialects", ["send", "listen", ...args]);
  const { code, stderr } = await runLanvid(["watch", `127.0.0.1:${await sender.port()}`, "--snapshot", file]);

  expect({ code, stderr }).toMatchObject({ code: 0 });
  const { width, height, rgba } = await decodePicture(await Bun.file(file).bytes());
  expect([width, height]).toEqual([160, 120]);
  expect(COLOUR.every((level, channel) => Math.abs(level - (rgba[channel] as number)) < 12)).toBe(true);
}

describe("a classic sender's dialect is read", () => {
  test.each([
    ["the best known: >L and a JPEG by pickle protocol 0", ["--length", ">L", "--body", "array", "--protocol", "0"]],
    ["pickle protocol 1 behind !Q", ["--length", "!Q", "--body", "list", "--protocol", "1"]],
    ["picamera's: <L and a JPEG without a pickle", ["--length", "<L", "--body", "bytes", "--protocol", "-1"]],
    ["a JPEG behind !I", ["--length", "!I", "--body", "bytes", "--protocol", "-1"]],
    ["a JPEG behind 16 characters", ["--length", "ljust16", "--body", "bytes", "--protocol", "-1"]],
    ["a pickle behind 10 characters", ["--length", "ljust10", "--body", "frame"]],
    ["base64 behind a line", ["--length", "line", "--body", "base64", "--protocol", "-1"]],
    ["a JPEG's bytes, pickled by protocol 0", ["--body", "bytes", "--protocol", "0"]],
    ["a bytearray, pickled by protocol 2", ["--body", "bytearray", "--protocol", "2"]],
    ["what imencode gives, pickled", ["--body", "pair"]],
    ["a dict of a number, a time, names and a frame", ["--body", "dict", "--protocol", "0"]],
    ["a dict of base64", ["--body", "text"]],
    ["the first of two frames", ["--body", "two"]],
    ["a frame after (False, None)", ["--body", "missing"]],
  ])("%s", async (_, args) => {
    await isShown(...args);
  });
});

test("a sender that ends with a length of 0 has ended, and is not complained about", async () => {
  await using receiver = new Lanvid(["receive", "--port", "0", "--view", "none", "--verbose"]);
  const { port } = await receiver.event("ready");
  const args = ["send", "dial", "--port", String(port), "--length", "<L", "--body", "bytes", "--protocol", "-1"];
  await using sender = new PythonPeer("dialects", [...args, "--count", "3", "--ends"]);

  await sender.child.exited;

  await waitFor("the end", () => receiver.stderr.includes("the sender has ended its stream"));
  expect(receiver.stderr).not.toContain("warning");
  await receiver.eventWhere(({ frames, state }) => frames === 3 && state === "ended");
});

describe("a classic receiver's dialect is spoken", () => {
  test.each([
    [">L", ["--classic-length", "u32be"], ["--length", ">L"]],
    ["<L, and JPEG", ["--classic-length", "<L", "--classic", "jpeg"], ["--length", "<L", "--body", "array"]],
    ["!Q", ["--classic-length", "!Q"], ["--length", "!Q"]],
    [
      "16 characters and a JPEG without a pickle",
      ["--classic-length", "text16", "--classic", "jpeg", "--classic-pickle", "none"],
      ["--length", "ljust16", "--body", "array", "--protocol", "-1"],
    ],
    ["Q and pixels without a pickle", ["--classic-pickle", "none"], ["--protocol", "-1"]],
  ])("%s", async (_, options, args) => {
    await using server = new Lanvid(["serve", "test", "--size", "512x128", ...options, "--port", "0", "--http", "0"]);
    const { port } = await server.event("ready");
    await using receiver = new PythonPeer("dialects", ["receive", "dial", "--port", String(port), ...args]);

    await receiver.shows(5);

    expect(receiver.shown.every(({ shape }) => shape.join() === "128,512,3")).toBe(true);
  });

  test("of push, too", async () => {
    await using receiver = new PythonPeer("dialects", ["receive", "listen", "--length", ">L"]);
    const address = `127.0.0.1:${await receiver.port()}`;
    await using _sender = new Lanvid(["push", address, "test", "--size", "512x128", "--classic-length", ">L"]);

    await receiver.shows(5);
  });

  test.each([
    ["L", "is u64le on Linux and macOS, u32le on Windows: say which"],
    ["text7", "it must be u64le, u64be, u32le, u32be, or text8 to text64"],
  ])("a length of %s is not known", async (length, words) => {
    const { code, stderr } = await runLanvid(["serve", "test", "--classic-length", length]);

    expect(code).toBe(2);
    expect(stderr).toContain(words);
  });
});

describe("a classic receiver that speaks", () => {
  test.each([
    ["its name first", ["--says", "viewer-1"]],
    ["a word that asks for pictures, and OK after each", ["--says", "1", "--answers", "OK\n"]],
    ["after each picture only", ["--answers", "ok"]],
  ])("%s gets pictures all the same", async (_, args) => {
    await using server = new Lanvid(["serve", "test", "--size", "512x128", "--port", "0", "--http", "0", "--verbose"]);
    const { port } = await server.event("ready");
    await using receiver = new PythonPeer("dialects", ["receive", "dial", "--port", String(port), ...args]);

    await receiver.shows(40, 20_000);

    expect(receiver.stderr).toBe("");
    expect(server.stderr).not.toContain("warning");
  });

  test.each([
    ["without an end", "viewer ".repeat(12_000)],
    ["in bytes that are no text", "\xff\x00\x01viewer"],
    ["as SSH", "SSH-2.0-OpenSSH_9.6\r\n"],
  ])("%s is turned away, which is said once", async (_, words) => {
    await using server = new Lanvid(["serve", "test", "--size", "512x128", "--port", "0", "--http", "0"]);
    const { port } = await server.event("ready");

    for (let round = 0; round < 2; round += 1) {
      const peer = new RawPeer(port as number);
      peer.write(Buffer.from(words, "latin1"));
      await waitFor("the end", () => peer.isClosed);
      expect(peer.receivedByteCount).toBe(0);
    }

    expect(server.stderr.match(/warning: turned away 127\.0\.0\.1: the other side /g)).toHaveLength(1);
  });

  test("all the time, much more than a receiver has to say, is turned away", async () => {
    await using server = new Lanvid(["serve", "test", "--size", "512x128", "--port", "0", "--http", "0", "--verbose"]);
    const { port } = await server.event("ready");
    const peer = new RawPeer(port as number);
    peer.write("viewer");
    await waitFor("a picture", () => peer.receivedByteCount > 0);

    const timer = setInterval(() => peer.write("OK ".repeat(4000)), 20);
    await waitFor("the end", () => peer.isClosed);
    clearInterval(timer);

    expect(server.stderr).toContain("says more than a receiver of pictures has to say");
  });
});

test("a classic sender that is quiet for longer than others may be is kept, until another one comes", async () => {
  await using receiver = new Lanvid(["receive", "--port", "0", "--view", "none"]);
  const { port } = await receiver.event("ready");
  const dialling = ["send", "dial", "--port", String(port)];
  await using _quiet = new PythonPeer("dialects", [...dialling, "--pause", "60"]);
  await receiver.eventWhere(({ frames }) => frames === 1);
  const seenAt = performance.now();

  await receiver.eventWhere(({ state, frames }) => state === "waiting" && frames === 1);
  await using early = new PythonPeer("dialects", dialling);
  await early.child.exited;
  const link = linksTo(port as number);
  await waitFor("11 s of silence", () => performance.now() - seenAt > 11_000, 20_000);
  const last = receiver.events.at(-1);
  await using _late = new PythonPeer("dialects", dialling);
  await receiver.eventWhere(({ frames }) => Number(frames) > 10);

  // proc_net_tcp(5): timer 02 is keepalive's.
  expect(link.filter((timer) => timer.startsWith("02:"))).toHaveLength(1);
  expect(last).toMatchObject({ event: "stats", state: "waiting", frames: 1, reconnects: 0 });
  expect(receiver.stderr).toContain("warning: turned away 127.0.0.1: another sender is being shown");
  expect(receiver.stderr).not.toContain("silent");
});

/** The timers of the connections to a port of ours. */
function linksTo(port: number): string[] {
  const rows = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) => readFileSync(file, "utf8").split("\n"));
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, local, , state]) => state === "01" && Number.parseInt(local?.split(":")[1] ?? "", 16) === port)
    .map((row) => row[5] as string);
}

test("receive says whom it turns away and why, once for each reason", async () => {
  await using receiver = new Lanvid(["receive", "--port", "0", "--view", "none"]);
  const { port } = await receiver.event("ready");
  const greet = async (bytes: Uint8Array | string) => {
    const peer = new RawPeer(port as number);
    peer.write(bytes);
    await waitFor("the end", () => peer.isClosed);
  };
  const png = ["send", "dial", "--port", String(port), "--body", "png"];

  for (let round = 0; round < 2; round += 1) {
    await using sender = new PythonPeer("dialects", [...png, "--protocol", "-1"]);
    await sender.child.exited;
    await greet("HTTP/1.1 200 OK\r\n\r\n");
    await greet(Buffer.concat([Buffer.from([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f]), Buffer.alloc(54)]));
  }

  const warnings = receiver.stderr.split("\n").filter((line) => line.includes("warning"));
  expect(warnings).toEqual([
    "lanvid: warning: turned away 127.0.0.1: the other side sends PNG",
    "lanvid: warning: turned away 127.0.0.1: that is a web server, not a lanvid stream",
  ]);
  expect(receiver.stderr).toContain('lanvid: hint: encode as JPEG: cv2.imencode(".jpg", frame)');
});

describe("watch at a port that is a web server's", () => {
  test("goes on to the stream when it is lanvid's page", async () => {
    await using server = new Lanvid(["serve", "test", "--size", "512x128", "--port", "0", "--http", "0"]);
    const { port, http } = await server.event("ready");

    const { code, stderr } = await runLanvid(["watch", `127.0.0.1:${http}`, "--view", "none", "--frames", "3"]);

    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toContain(`127.0.0.1:${http} is lanvid's page: its stream is at 127.0.0.1:${port}`);
  });

  test.each([
    ["another program's", () => new Response("no such page", { status: 404 })],
    ["one that says it is a lanvid at its own port", (own: number) => stateOf(own)],
    ["one whose state has no end", () => new Response(endless())],
  ])("ends with the reason at %s", async (_, answer) => {
    using server = webServer((port) => answer(port));

    const { code, stderr } = await runLanvid(["watch", `127.0.0.1:${server.port}`, "--view", "none"]);

    expect(code).toBe(7);
    expect(stderr).toContain("that is a web server, not a lanvid stream");
  });

  test("is led no further by a second page", async () => {
    using second = webServer(() => stateOf(1));
    using first = webServer(() => stateOf(second.port));

    const { code } = await runLanvid(["watch", `127.0.0.1:${first.port}`, "--view", "none"]);

    expect(code).toBe(7);
  });
});

/** A web server that answers everything in the same way, given its own port. */
function webServer(answer: (port: number) => Response): { readonly port: number } & Disposable {
  const server: Bun.Server<undefined> = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => answer(server.port as number),
  });
  return { port: server.port as number, [Symbol.dispose]: () => void server.stop(true) };
}

function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(65_536).fill(0x20)) });
}

function stateOf(port: number): Response {
  return Response.json({ version: "0.1.0", ports: { stream: port, http: 1 } });
}
