import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { dirname, join } from "node:path";
import { parseVersion } from "../src/ffmpeg/find.ts";
import { Lanvid, runLanvid } from "./support/lanvid.ts";
import { Folder } from "./support/stand-in.ts";
import { waitFor } from "./support/wait.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

const PACKAGED = join(import.meta.dir, `../node_modules/@ffmpeg-installer/${process.platform}-${process.arch}/ffmpeg`);

describe("a version", () => {
  test.each([
    [
      "of Debian 12",
      "ffmpeg version 5.1.9-0+deb12u1 Copyright (c) 2000-2026 the FFmpeg developers\nlibavutil      57. 28.100 / 57. 28.100\n",
      { version: "5.1.9-0+deb12u1", hasFpsMode: true },
    ],
    [
      "without a number, of 2018",
      "ffmpeg version N-47683-g0e8eb07980-static https://johnvansickle.com/ffmpeg/  Copyright (c) 2000-2018 the FFmpeg developers\nlibavutil      56. 24.101 / 56. 24.101\n",
      { version: "N-47683-g0e8eb07980-static", hasFpsMode: false },
    ],
    [
      "of 5.0",
      "ffmpeg version 5.0.1 Copyright (c)\nlibavutil      57. 17.100 / 57. 17.100\n",
      { version: "5.0.1", hasFpsMode: false },
    ],
    [
      "of 7.1",
      "ffmpeg version 7.1.1 Copyright (c) 2000-2025 the FFmpeg developers\nlibavutil      59. 39.100 / 59. 39.100\n",
      { version: "7.1.1", hasFpsMode: true },
    ],
    [
      "with Windows' line ends",
      "ffmpeg version 6.0-full_build-www.gyan.dev Copyright (c)\r\nlibavutil      58.  2.100 / 58.  2.100\r\n",
      { version: "6.0-full_build-www.gyan.dev", hasFpsMode: true },
    ],
  ])("%s is read", (_what, text, expected) => {
    expect(parseVersion(text)).toEqual(expected);
  });

  test.each([
    ["of ffprobe", "ffprobe version 5.1.9\nlibavutil      57. 28.100 / 57. 28.100\n"],
    ["without libavutil", "ffmpeg version 5.1.9\n"],
    ["of nothing", ""],
  ])("%s is none", (_what, text) => {
    expect(parseVersion(text)).toBeNull();
  });
});

describe("ffmpeg is looked for", () => {
  /** The path of the ffmpeg that a lanvid runs. */
  async function chosen(args: readonly string[], env: Record<string, string | undefined>): Promise<string | undefined> {
    await using server = new Lanvid(
      ["serve", "test", "--always-on", "--verbose", "--port", "0", "--http", "off", ...args],
      { env: { LANVID_FFMPEG: undefined, ...env } },
    );
    const pattern = /^running (\S+) -hide_banner/m;
    return await waitFor(
      () => `lanvid to run ffmpeg: ${server.stderr}`,
      () => pattern.exec(server.stderr)?.[1],
    );
  }

  test("by --ffmpeg, then LANVID_FFMPEG, then on PATH, then in the copy that npm brings", async () => {
    using folder = new Folder();
    const [flag, variable] = [folder.standIn("flag", "exit 1"), folder.standIn("variable", "exit 1")];
    const onPath = folder.standIn("bin/ffmpeg", "exit 1");
    const env = { LANVID_FFMPEG: variable, PATH: dirname(onPath) };

    const found = [
      await chosen(["--ffmpeg", flag], env),
      await chosen([], env),
      await chosen([], { PATH: dirname(onPath) }),
      await chosen([], { PATH: "/nowhere" }),
    ];

    expect(found).toEqual([flag, variable, onPath, PACKAGED]);
  });
});

describe("the copy that npm brings", () => {
  test.each([
    ["streams the test pattern", ["test", "--size", "640x360"]],
    ["turns it", ["test", "--size", "640x360", "--rotate", "180", "--fps", "20"]],
  ])("%s", async (_what, args) => {
    await using server = new Lanvid(["serve", ...args, "--ffmpeg", PACKAGED, "--port", "0", "--http", "off"]);
    const { port } = await server.event("ready");

    await using viewer = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "none", "--frames", "40"]);
    const end = await viewer.event("end");

    expect(end).toMatchObject({ frames: 40, width: 640, height: 360, code: 0 });
    expect((end["delayMs"] as { p50: number }).p50).toBeLessThan(100);
  });

  test("plays a file over and over", async () => {
    using folder = new Folder();
    const file = join(folder.path, "film.mp4");
    const input = ["-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25:duration=1"];
    await Bun.spawn(["ffmpeg", "-v", "error", ...input, file], { stdin: "ignore" }).exited;
    await using server = new Lanvid(["serve", file, "--ffmpeg", PACKAGED, "--port", "0", "--http", "off"]);
    const { port } = await server.event("ready");

    await using viewer = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "none", "--frames", "40"]);

    expect(await viewer.event("end")).toMatchObject({ frames: 40, width: 320, height: 240, code: 0 });
  });
});

describe("no usable ffmpeg is exit code 4", () => {
  test.each([
    [
      "a path where nothing is",
      "/nonexistent/ffmpeg",
      'cannot run ffmpeg "/nonexistent/ffmpeg": there is no such file\n',
    ],
    ["another program", Bun.which("true") as string, "it is no ffmpeg"],
    ["a folder", "/tmp", 'cannot run ffmpeg "/tmp": it is not a program, or this user may not run it\n'],
  ])("with %s", async (_what, path, message) => {
    const { code, stderr } = await runLanvid(["serve", "test", "--port", "0", "--http", "off"], {
      env: { LANVID_FFMPEG: path },
    });

    expect(code).toBe(4);
    expect(stderr).toContain(`lanvid: error: cannot run ffmpeg "${path}"`);
    expect(stderr).toContain(message);
    expect(stderr).toContain("lanvid: hint: ");
  });
});
