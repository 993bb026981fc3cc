import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { Lanvid, runLanvid } from "./support/lanvid.ts";
import { Folder } from "./support/stand-in.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

const FREE = ["--port", "0", "--http", "off"];
/** No screen. */
const HEADLESS = { DISPLAY: undefined, WAYLAND_DISPLAY: undefined, XDG_SESSION_TYPE: undefined };

type Case = readonly [
  what: string,
  args: readonly string[],
  env: Record<string, string | undefined>,
  code: number,
  error: string,
  hint: string,
];

const CASES: readonly Case[] = [
  ["an unknown flag", ["serve", "test", "--prot", "1"], {}, 2, "unknown option '--prot'", "did you mean --port?"],
  ["an unknown command", ["serv"], {}, 2, "unknown command 'serv'", "did you mean serve?"],
  ["a value out of range", ["serve", "test", "--quality", "101"], {}, 2, "--quality", "--help"],
  ["a size that is none", ["serve", "test", "--size", "720p"], {}, 2, "WIDTHxHEIGHT", "--help"],
  ["a turn that is none", ["serve", "test", "--rotate", "45"], {}, 2, "0, 90, 180, 270", "--help"],
  ["a bad LANVID_PORT", ["serve", "test"], { LANVID_PORT: "abc" }, 2, "LANVID_PORT", "--help"],
  ["a bad LANVID_HTTP", ["serve", "test"], { LANVID_HTTP: "x" }, 2, "LANVID_HTTP", "--help"],
  ["a bad LANVID_MAX_DELAY", ["watch", "x"], { LANVID_MAX_DELAY: "1" }, 2, "LANVID_MAX_DELAY", "--help"],
  ["a bad LANVID_LOG", ["serve", "test"], { LANVID_LOG: "loud" }, 2, "LANVID_LOG", "--help"],
  ["a pattern too small for its strip", ["serve", "test", "--size", "320x240"], {}, 2, "512x128", "--size"],
  ["a host name with a port", ["serve", "test", "--allow-host", "a.example:80"], {}, 2, "a name alone", "--help"],
  ["a path as an origin", ["serve", "test", "--allow-embed", "http://a.example/x"], {}, 2, "and no path", "--help"],
  ["an origin without its scheme", ["serve", "test", "--allow-embed", "a.example"], {}, 2, "a.example", "--help"],
  ["any origin", ["serve", "test", "--allow-embed", "*"], {}, 2, "http:// or https://", "--help"],
  ["a pattern of origins", ["serve", "test", "--allow-embed", "http://*.example"], {}, 2, "http:// or https", "--help"],
  ["watch without an address", ["watch"], {}, 2, "no address is given", "lanvid watch 10.0.0.4"],
  ["an address that is none", ["watch", "x:y"], {}, 2, 'address "x:y"', "10.0.0.4:10050"],
  [
    "a page's address with a path",
    ["watch", "http://x/stream"],
    {},
    2,
    'it must be the page\'s address, without "/stream"',
    "http://x:80/",
  ],
  ["a film to watch", ["watch", "film.mp4"], {}, 2, "it is a video", "did you mean lanvid serve film.mp4?"],
  ["a URL to watch", ["watch", "rtsp://a:b@cam/1"], {}, 2, "it is a video", "lanvid serve rtsp://"],
  ["a film to push to", ["push", "film.mp4"], {}, 2, "it is a video", "lanvid push 10.0.0.4 film.mp4?"],
  ["an address that is not valid", ["watch", "10.77.0.256"], {}, 2, "not a valid address", "from 0 to 255"],
  ["a machine to serve", ["serve", "10.77.0.2"], {}, 3, "no such file", "did you mean lanvid watch 10.77.0.2?"],
  ["a machine's port to serve", ["serve", "pi.local:81"], {}, 3, "no such file", "lanvid watch pi.local:81?"],
  ["a screen that is no number", ["serve", "screen:x"], {}, 2, "screen:x", "lanvid devices"],
  ["a suffix that is not known", ["watch", "x", "--output", "a.avi"], {}, 2, "must end in", "video.mp4"],
  ["a file that is not there", ["serve", "nofile.mp4"], {}, 3, "there is no such file", "camera, screen, test"],
  ["a folder", ["serve", "/tmp"], {}, 3, "it is a folder", "name a file"],
  ["a camera that is not there", ["serve", "camera:77"], {}, 3, 'there is no "77"', "lanvid devices"],
  ["a screen without a display", ["serve", "screen"], HEADLESS, 3, "DISPLAY", "DISPLAY=:0"],
  ["a screen under Wayland", ["serve", "screen"], { ...HEADLESS, WAYLAND_DISPLAY: "wayland-0" }, 3, "Wayland", "Xorg"],
  [
    "nobody to connect to",
    ["watch", "127.0.0.1:1", "--no-retry", "--view", "none"],
    {},
    6,
    "no program listens",
    "serve",
  ],
  ["an address of another machine", ["serve", "test", "--bind", "192.0.2.77"], {}, 5, "no address of this", "--bind"],
];

describe("what can't be done ends with its exit code, an error and a hint", () => {
  test.each(CASES)("%s", async (_what, args, env, code, error, hint) => {
    const [plain, json] = await Promise.all([runLanvid(args, { env }), runLanvid([...args, "--json"], { env })]);

    expect(plain.code).toBe(code);
    expect(plain.text).toBe("");
    expect(plain.stderr).toMatch(/^lanvid: error: /m);
    expect(plain.stderr).toContain(error);
    expect(plain.stderr.slice(plain.stderr.indexOf("lanvid: hint: "))).toContain(hint);
    expect(plain.stderr).not.toContain("    at ");
    expect(json.code).toBe(code);
    const events = json.text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events.at(-1)).toMatchObject({
      event: "end",
      reason: "error",
      code,
      message: expect.stringContaining(error),
    });
  });
});

test("a port that is taken is exit code 5, for the stream and for the page", async () => {
  await using first = new Lanvid(["serve", "test", "--port", "0", "--http", "0"]);
  const { port, http } = await first.event("ready");

  const stream = await runLanvid(["serve", "test", "--port", String(port), "--http", "off"]);
  const page = await runLanvid(["serve", "test", "--port", "0", "--http", String(http)]);

  expect([stream.code, page.code]).toEqual([5, 5]);
  expect(stream.stderr).toContain(`lanvid: error: cannot listen on port ${port}: another program uses it`);
  expect(stream.stderr).toContain("lanvid: hint: choose another with --port N");
  expect(page.stderr).toContain(`port ${http} is in use`);
});

test.each([
  ["the stream", "--port", ["serve", "test", "--http", "off", "--port", "80"]],
  ["the page", "--http", ["serve", "test", "--port", "0", "--http", "443"]],
  ["what is received", "--port", ["receive", "--view", "none", "--port", "81"]],
])("a port below 1024 for %s is kept for the administrator, and told so", async (_what, option, args) => {
  // Root gives up the one right that opens such ports: as another user it might not be let into this folder.
  const within = process.getuid?.() === 0 ? ["setpriv", "--bounding-set=-net_bind_service"] : [];

  const { code, stderr } = await runLanvid(args, { within });

  expect(code).toBe(5);
  expect(stderr).toMatch(/port (80|81|443) is kept for the administrator: take one from 1024 on$/m);
  expect(stderr).toContain(`lanvid: hint: choose another`);
  expect(stderr).toContain(`${option} N`);
});

test("a flag beats the environment", async () => {
  await using server = new Lanvid(["serve", "test", ...FREE, "--name", "flag"], {
    env: { LANVID_PORT: "1", LANVID_NAME: "variable" },
  });
  const { port } = await server.event("ready");

  await using viewer = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "none"]);

  expect(await viewer.event("ready")).toMatchObject({ source: { name: "flag" } });
});

test("the environment names port and name", async () => {
  await using server = new Lanvid(["serve", "test"], {
    env: { LANVID_PORT: "0", LANVID_HTTP: "off", LANVID_BIND: "127.0.0.1", LANVID_NAME: "variable" },
  });
  const ready = await server.event("ready");

  await using viewer = new Lanvid(["watch", `127.0.0.1:${ready["port"]}`, "--view", "none"]);

  expect(ready).toMatchObject({ http: null, watch: [`lanvid watch 127.0.0.1:${ready["port"]}`] });
  expect(await viewer.event("ready")).toMatchObject({ source: { name: "variable" } });
});

describe("the end", () => {
  test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)("by %s is clean", async (signal) => {
    await using server = new Lanvid(["serve", "test", "--always-on", ...FREE]);
    await server.event("ready");

    server.kill(signal);

    expect(await server.exited()).toBe(0);
    expect(server.events.at(-1)).toMatchObject({ event: "end", reason: "signal", code: 0 });
    expect(server.stderr).toBe("");
  });

  test("of stdin does not end serve", async () => {
    await using server = new Lanvid(["serve", "test", ...FREE], { stdin: new Response("").body as ReadableStream });
    const { time } = await server.event("ready");

    await server.eventWhere((event) => event.time > time + 1500);

    expect(server.child.exitCode).toBeNull();
  });

  test("of stdin as the source is the end, with exit code 0, and viewers are told", async () => {
    const input = ["-re", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25"];
    const feeder = Bun.spawn(["ffmpeg", "-v", "error", ...input, "-c:v", "mpeg4", "-f", "nut", "-"], {
      stdin: "ignore",
      stdout: "pipe",
    });
    await using server = new Lanvid(["serve", "-", ...FREE], { stdin: feeder.stdout });
    const { port } = await server.event("ready");
    await using viewer = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "none", "--no-retry"]);
    await viewer.eventWhere(({ frames }) => Number(frames) > 5);

    // It writes all that it has, and its end.
    feeder.kill("SIGTERM");

    expect(await server.exited()).toBe(0);
    expect(server.events.at(-1)).toMatchObject({ reason: "peer", code: 0, message: "standard input has ended" });
    expect(await viewer.event("end")).toMatchObject({ reason: "peer", code: 0, message: "standard input has ended" });
  });

  test.each([
    ["nothing", ""],
    ["no video", "text\n".repeat(1000)],
  ])("of stdin that holds %s is exit code 3", async (_what, text) => {
    await using server = new Lanvid(["serve", "-", ...FREE], { stdin: new Response(text).body as ReadableStream });

    expect(await server.exited()).toBe(3);
    expect(server.stderr).toContain("lanvid: error: standard input holds no video that ffmpeg can read");
    expect(server.events.at(-1)).toMatchObject({ event: "end", reason: "error", code: 3 });
  });
});

test("--quiet prints errors only, --verbose ffmpeg's command line", async () => {
  await using quiet = new Lanvid(["serve", "test", "--quiet", "--always-on", ...FREE]);
  await using loud = new Lanvid(["serve", "test", "--verbose", "--always-on", ...FREE]);
  const isLive = ({ source }: Record<string, unknown>) => (source as { state?: string } | undefined)?.state === "live";

  await Promise.all([quiet.eventWhere(isLive), loud.eventWhere(isLive)]);

  expect(quiet.stderr).toBe("");
  expect(loud.stderr).toMatch(/^running \S*ffmpeg -hide_banner -nostdin -loglevel error /m);
});

test("arguments after -- reach ffmpeg", async () => {
  using folder = new Folder();
  const raw = folder.write("film.data", "");
  const input = ["-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25:duration=2"];
  await Bun.spawn(["ffmpeg", "-v", "error", "-y", ...input, "-f", "rawvideo", "-pix_fmt", "yuv420p", raw], {
    stdin: "ignore",
  }).exited;
  const child = Bun.spawn(
    [process.execPath, "src/main.ts", "serve", raw, "--json", "--always-on", ...FREE].concat([
      "--",
      "-f",
      "rawvideo",
      "-video_size",
      "320x240",
      "-framerate",
      "25",
    ]),
    { stdin: "ignore", stdout: "pipe", stderr: "inherit" },
  );

  let text = "";
  for await (const chunk of child.stdout) {
    text += new TextDecoder().decode(chunk);
    if (/"state":"(live|failed)"/.test(text)) {
      break;
    }
  }
  child.kill("SIGTERM");

  expect(text).toContain('"state":"live","codec":"h264","width":320,"height":240');
  expect(await child.exited).toBe(0);
});

test("receive is also called listen", async () => {
  const [receive, listen] = await Promise.all(["receive", "listen"].map((command) => runLanvid([command, "--help"])));

  expect(receive?.text).toStartWith("Usage: lanvid receive");
  expect(listen).toEqual(receive);
});

test("every help fits into 80 columns and names its exit codes", async () => {
  const commands = [[], ["serve"], ["watch"], ["push"], ["receive"], ["devices"], ["doctor"]];

  const pages = await Promise.all(commands.map((command) => runLanvid([...command, "--help"])));

  for (const { code, text } of pages) {
    expect(code).toBe(0);
    expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(text).toContain("Examples:");
    expect(text).toContain("Exit codes:");
  }
});
