// Parts: ffmpeg, xvfb
import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { Lanvid, runLanvid } from "./support/lanvid.ts";
import { PythonPeer } from "./support/python-peer.ts";
import { Folder } from "./support/stand-in.ts";
import { timed } from "./support/timed.ts";
import { xDisplay } from "./support/x-display.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

interface Finding {
  readonly check: string;
  readonly group: string;
  readonly status: "ok" | "warn" | "fail";
  readonly detail: string;
  readonly hint: string | null;
}

/** No screen, and no port of the person's who runs the tests. */
const HEADLESS = {
  DISPLAY: undefined,
  WAYLAND_DISPLAY: undefined,
  XDG_SESSION_TYPE: undefined,
  LANVID_CACHE: undefined,
};
const ANY_PORT = ["--port", "0", "--http", "0"];
const OWN_CHECKS =
  "program cache ffmpeg encoders cameras screens view drawing port http addresses firewall conclusion".split(" ");

async function doctor(args: readonly string[], env: Record<string, string | undefined> = {}) {
  const ports = args.includes("--port") ? [] : ANY_PORT;
  const { code, text, stderr } = await runLanvid(["doctor", ...args, ...ports, "--json"], {
    env: { ...HEADLESS, ...env },
  });
  const findings = (text === "" ? [] : JSON.parse(text)) as Finding[];
  return { code, findings, stderr, of: (check: string) => findings.find((finding) => finding.check === check) };
}

/** A server that is no lanvid. */
async function listening(server: Server): Promise<{ readonly port: number } & AsyncDisposable> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const { port } = server.address() as { port: number };
  return {
    port,
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}

test("this machine would work: ffmpeg is found, what is missing is a warning", async () => {
  const { code, findings, of } = await doctor([]);

  expect(findings.map(({ check }) => check)).toEqual(OWN_CHECKS);
  for (const finding of findings) {
    const more = finding.check === "encoders" ? ["encoders"] : [];
    expect(Object.keys(finding)).toEqual(["check", "group", "status", "detail", "hint", ...more]);
    expect(finding.detail).not.toBe("");
  }
  expect(of("ffmpeg")).toMatchObject({ status: "ok", detail: expect.stringContaining("/ffmpeg") });
  expect(of("encoders")).toMatchObject({
    status: "ok",
    detail: expect.stringContaining("H.264 is encoded by libx264"),
  });
  expect(of("drawing")).toMatchObject({ status: "ok", detail: "canvas draws" });
  expect(of("screens")).toMatchObject({ status: "warn", detail: expect.stringContaining("DISPLAY") });
  expect(of("view")).toMatchObject({ status: "warn", hint: expect.stringContaining("--view none") });
  expect(of("conclusion")?.detail).toStartWith("This machine can stream files and the test pattern, and watch; ");
  expect(code).toBe(0);
});

test("a person reads one line per check in its group, its hint below, and what it comes to", async () => {
  const { code, text, stderr } = await runLanvid(["doctor", ...ANY_PORT], { env: HEADLESS });

  const groups = text
    .trimEnd()
    .split("\n\n")
    .map((group) => group.split("\n"));
  const lines = groups.slice(0, -1).flatMap((group) => group.slice(1));
  const firsts = lines.filter((line) => !line.startsWith(" "));
  expect(groups.map(([heading]) => heading)).toEqual([
    "This machine",
    "To send",
    "To watch",
    "Network",
    "This machine can stream files and the test pattern, and watch; no camera, no screen, no window.",
  ]);
  expect(firsts.map((line) => /^(?:ok {2}|warn|FAIL) (\w+) +\S/.exec(line)?.[1])).toEqual(OWN_CHECKS.slice(0, -1));
  expect(lines.filter((line) => line.startsWith(" ") && !/^ +hint: \S/.test(line))).toEqual([]);
  expect(text).not.toContain("\x1b");
  expect([code, stderr]).toEqual([0, ""]);
});

test("another program than ffmpeg would not work", async () => {
  const { code, of } = await doctor(["--ffmpeg", Bun.which("true") as string]);

  expect(of("ffmpeg")).toMatchObject({ status: "fail", detail: expect.stringContaining("it is no ffmpeg") });
  expect(of("ffmpeg")?.hint).toContain("--ffmpeg PATH");
  expect(of("encoders")).toBeUndefined();
  expect(code).toBe(1);
});

test("a display that is not there shows no window", async () => {
  const { of } = await doctor([], { DISPLAY: ":9999" });

  expect(of("view")).toMatchObject({ status: "warn", detail: expect.stringContaining('":9999" can\'t be reached') });
  expect(of("conclusion")?.detail).toContain("no screen, no window.");
});

test("without ffmpeg, a window is out of reach, and a browser is not", async () => {
  await using display = await xDisplay({ width: 320, height: 240 });
  using folder = new Folder();
  chmodSync(folder.write("bin/xdg-open", "#!/bin/sh\n"), 0o755);
  const env = { DISPLAY: display.name, PATH: `${folder.path}/bin:${process.env["PATH"]}` };

  const { code, of } = await doctor(["--ffmpeg", "/nowhere/ffmpeg"], env);

  expect(of("view")).toMatchObject({
    status: "ok",
    detail: `watch opens its page in a browser, with ${folder.path}/bin/xdg-open: a window needs ffmpeg`,
  });
  expect(of("conclusion")?.detail).toBe("This machine can watch. It cannot stream: see the line with FAIL (ffmpeg).");
  expect(code).toBe(1);
});

test("Wayland hides the screen", async () => {
  const { code, of } = await doctor([], { WAYLAND_DISPLAY: "wayland-0" });

  expect(of("screens")).toMatchObject({ status: "warn", detail: expect.stringContaining("Wayland does not let") });
  expect(of("screens")?.hint).toContain("Xorg");
  expect(code).toBe(0);
});

test("ports: a lanvid's own is well, a stranger's is not", async () => {
  await using server = new Lanvid(["serve", "test", "--name", "studio", ...ANY_PORT]);
  const { port, http } = await server.event("ready");
  await using receiver = new Lanvid(["receive", "--port", "0", "--view", "none"]);
  const listening2 = await receiver.event("ready");
  await using stranger = await listening(createServer((socket) => socket.end("SSH-2.0-Test\r\n")));

  const served = await doctor(["--port", String(port), "--http", String(http)]);
  const received = await doctor(["--port", String(listening2["port"]), "--http", "off"]);
  const taken = await doctor(["--port", String(stranger.port), "--http", "0"]);

  expect(served.of("port")).toMatchObject({ status: "ok", detail: `${port} is used by the lanvid "studio"` });
  expect(served.of("http")).toMatchObject({ status: "ok", detail: `${http} is used by the lanvid "studio"` });
  expect(received.of("port")).toMatchObject({
    status: "ok",
    detail: expect.stringContaining("a lanvid that receives"),
  });
  expect(taken.of("port")).toMatchObject({
    status: "fail",
    detail: `${stranger.port} is used by an SSH server ("SSH-2.0-Test")`,
    hint: expect.stringContaining("--port N"),
  });
  expect([served.code, received.code, taken.code]).toEqual([0, 0, 1]);
});

test("the way to a lanvid that serves is measured from name to throughput", async () => {
  await using server = new Lanvid(["serve", "test", "--name", "studio", "--size", "640x360", ...ANY_PORT]);
  const { port } = await server.event("ready");

  await timed(async () => {
    const { code, findings, of } = await doctor([`localhost:${port}`]);

    const way = findings.slice(0, -OWN_CHECKS.length - 1);
    expect(findings.slice(way.length, -1).map(({ check }) => check)).toEqual(OWN_CHECKS);
    expect(way.map(({ group }) => group)).toEqual(Array(5).fill("other-side"));
    expect(way.map(({ check }) => check)).toEqual(["name", "tcp", "handshake", "round trip", "throughput"]);
    expect(of("handshake")?.detail).toMatch(/^lanvid\/\S+, "studio"$/);
    expect(of("round trip")?.detail).toMatch(/^\d+(\.\d)? ms$/);
    const [, fps, mbps] =
      /^([\d.]+) fps, ([\d.]+) Mbit\/s, 640×360 H\.264, delay /.exec(of("throughput")?.detail ?? "") ?? [];
    expect(Number(fps)).toBeLessThan(35);
    expect(Number(mbps)).toBeGreaterThan(0.1);
    expect(findings.at(-1)).toMatchObject({ check: "conclusion", group: "other-side", status: "ok" });
    expect(findings.at(-1)?.detail).toMatch(
      new RegExp(`^localhost:${port} can be watched from here: 640×360 H\\.264, \\d+ fps, [\\d.]+ ms`),
    );
    expect(way.filter(({ status }) => status === "fail")).toEqual([]);
    expect(code).toBe(0);
    return [{ what: "pictures that doctor counts", perSecond: Number(fps), atLeast: 25 }];
  });
});

test.each([
  ["the port of its page", (http: unknown) => `127.0.0.1:${http}`],
  ["its page's address", (http: unknown) => `http://127.0.0.1:${http}/`],
])("%s leads to the stream, too", async (_what, addressOf) => {
  await using server = new Lanvid(["serve", "test", "--size", "640x360", ...ANY_PORT]);
  const { port, http } = await server.event("ready");

  const { code, findings, of } = await doctor([addressOf(http)]);

  expect(of("page")).toMatchObject({
    status: "ok",
    detail: `127.0.0.1:${http} is lanvid's page: its stream is at 127.0.0.1:${port}`,
  });
  expect(findings.at(-1)?.detail).toStartWith(`127.0.0.1:${http} can be watched from here: 640×360 H.264`);
  expect(code).toBe(0);
});

test("--quiet says what is not well, and what all comes to", async () => {
  const { code, text, stderr } = await runLanvid(["doctor", "127.0.0.1:1", ...ANY_PORT, "--quiet"], { env: HEADLESS });

  const lines = text.trimEnd().split("\n");
  expect(lines.filter((line) => line.startsWith("ok "))).toEqual([]);
  expect(lines.slice(0, 2)).toEqual([
    "The other side: 127.0.0.1:1",
    "FAIL tcp        cannot connect to 127.0.0.1:1: no program listens there",
  ]);
  expect(text).not.toContain("Network");
  expect(lines.slice(-2)).toEqual([
    "This machine can stream files and the test pattern, and watch; no camera, no screen, no window.",
    "127.0.0.1:1 cannot be watched from here: no program listens there.",
  ]);
  expect([code, stderr]).toEqual([1, ""]);
});

test("a lanvid that listens is told from one that serves", async () => {
  await using receiver = new Lanvid(["receive", "--port", "0", "--view", "none"]);
  const { port } = await receiver.event("ready");

  const { code, of } = await doctor([`127.0.0.1:${port}`]);

  expect(of("handshake")).toMatchObject({ status: "ok", hint: expect.stringContaining("lanvid push") });
  expect(of("throughput")).toBeUndefined();
  expect(code).toBe(0);
});

test("a classic Python sender is measured too, without a round trip", async () => {
  await using sender = new PythonPeer("sender", ["listen", "--size", "512x128"]);
  const address = `127.0.0.1:${await sender.port()}`;

  const { code, of } = await doctor([address]);

  expect(of("handshake")).toMatchObject({ status: "ok", detail: `${address} is a classic Python sender` });
  expect(of("round trip")).toBeUndefined();
  expect(of("throughput")).toMatchObject({ status: "ok", detail: expect.stringContaining("512×128 pixels") });
  expect(code).toBe(0);
});

test("a sender without a picture would not work", async () => {
  using folder = new Folder();
  const ffmpeg = folder.standIn("ffmpeg", "echo 'x: Device or resource busy' >&2; exit 1");
  await using server = new Lanvid(["serve", "test", "--ffmpeg", ffmpeg, ...ANY_PORT]);
  const { port } = await server.event("ready");

  const { code, of } = await doctor([`127.0.0.1:${port}`]);

  expect(of("round trip")?.detail).toMatch(/^\d+(\.\d)? ms$/);
  expect(of("throughput")).toMatchObject({
    status: "fail",
    detail: "no picture came: the test pattern is used by another program",
  });
  expect(code).toBe(1);
});

test.each([
  [
    "a closed port",
    "127.0.0.1:1",
    "tcp",
    "no program listens there",
    "start lanvid serve there",
    "no program listens there",
  ],
  [
    "a name that is not known",
    "nowhere.invalid",
    "name",
    'cannot find "nowhere.invalid"',
    "use the address",
    "the name is not known",
  ],
])("%s is where it ends", async (_what, address, check, detail, hint, reason) => {
  const { code, findings } = await doctor([address]);

  const last = findings.findLast(({ group, check }) => group === "other-side" && check !== "conclusion");
  expect(last).toMatchObject({ check, status: "fail" });
  expect(last?.detail).toContain(detail);
  expect(last?.hint).toContain(hint);
  expect(findings.at(-1)).toMatchObject({ check: "conclusion", status: "fail" });
  expect(findings.at(-1)?.detail).toBe(
    `${address.replace(/^http:..|\/$/g, "")} cannot be watched from here: ${reason}.`,
  );
  expect(code).toBe(1);
});

test.each([
  [
    "an SSH server",
    () => createServer((socket) => socket.on("error", () => {}).write("SSH-2.0-Test\r\n")),
    'an SSH server ("SSH-2.0-Test")',
  ],
  [
    "a web server",
    () =>
      createServer((socket) => {
        socket
          .on("error", () => {})
          .on("data", (bytes) => {
            if (bytes.includes("GET / ")) {
              socket.end("HTTP/1.1 200 OK\r\nServer: test/1\r\n\r\n");
            }
          });
      }),
    'a web server ("test/1")',
  ],
  [
    "a program that says nothing",
    () => createServer((socket) => socket.on("error", () => {})),
    "a program that says nothing",
  ],
])("%s is no lanvid, and is named", async (_what, make, what) => {
  await using stranger = await listening(make());

  const { code, of } = await doctor([`127.0.0.1:${stranger.port}`]);

  expect(of("tcp")?.status).toBe("ok");
  expect(of("handshake")).toMatchObject({
    status: "fail",
    detail: `127.0.0.1:${stranger.port} is not lanvid but ${what}`,
    hint: expect.stringContaining("check the port"),
  });
  expect(code).toBe(1);
});

test("--clear-cache deletes what was unpacked, and nothing else", async () => {
  using folder = new Folder();
  folder.write("ffmpeg-6.1-0123/ffmpeg", "x");
  folder.write("mine.txt", "x");

  const first = await doctor(["--clear-cache"], { LANVID_CACHE: folder.path });
  const second = await doctor(["--clear-cache"], { LANVID_CACHE: folder.path });

  expect(first.findings).toEqual([
    { check: "cache", group: "machine", status: "ok", detail: `deleted ${folder.path}/ffmpeg-6.1-0123`, hint: null },
  ]);
  expect(second.findings[0]?.detail).toBe("nothing to delete");
  expect(await Bun.file(`${folder.path}/mine.txt`).exists()).toBe(true);
});

test("an address that is none is a fault of usage", async () => {
  const { code, stderr, findings } = await doctor(["ftp://x"]);

  expect(code).toBe(2);
  expect(stderr).toContain('cannot read address "ftp://x"');
  expect(findings).toEqual([]);
});

test.each([[[]], [["--json"]]])("a terminal obeys nothing of what a stranger says (%j)", async (options) => {
  const server = createServer((socket) => socket.end("SSH-2.0-\x1b]0;owned\x07\x9b\x7f\u202e\r\n"));
  await using stranger = await listening(server);
  const address = `127.0.0.1:${stranger.port}`;

  const { text, stderr } = await runLanvid(["doctor", address, ...ANY_PORT, ...options], { env: HEADLESS });

  expect(text).toContain("SSH-2.0-");
  expect(text + stderr).toContain("]0;owned");
  expect(text + stderr).not.toMatch(/[^\P{C}\n]/u);
});
