import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { bitRate, encoderName } from "../src/cli/parse.ts";
import { Lanvid, runLanvid } from "./support/lanvid.ts";
import { Folder } from "./support/stand-in.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

const FREE = ["--port", "0", "--http", "off"];

describe("--bitrate", () => {
  test.each([
    ["4M", 4_000_000],
    ["600k", 600_000],
    ["4000000", 4_000_000],
    ["2.5M", 2_500_000],
    ["50k", 50_000],
    ["200M", 200_000_000],
  ])("%s is %d bits per second", (text, expected) => {
    expect(bitRate(text)).toBe(expected);
  });

  test.each(["", "4", "49k", "201M", "4m", "4 M", "-4M", "4Mbit", "1e6", "NaN", "Infinity"])(
    "%p is refused",
    (text) => {
      expect(() => bitRate(text)).toThrow("from 50k to 200M");
    },
  );

  test.each([
    ["--bitrate", "4M"],
    ["--encoder", "h264_nvenc"],
  ])("%s is refused for JPEG", async (option, value) => {
    const { code, stderr } = await runLanvid(["serve", "test", "--codec", "mjpeg", option, value, ...FREE]);

    expect(code).toBe(2);
    expect(stderr).toContain(`lanvid: error: cannot use ${option} with JPEG`);
    expect(stderr).toContain(`lanvid: hint: ${option} is for H.264: add --codec h264`);
  });
});

test.each(["", "a b", "x;y", "../x", "-f"])("%p is no encoder's name", (text) => {
  expect(() => encoderName(text)).toThrow("a name of ffmpeg's");
});

test("H.264 is captured, and the statistics say so", async () => {
  const options = ["--codec", "h264", "--bitrate", "2M", "--always-on", "--verbose"];
  await using server = new Lanvid(["serve", "test", "--size", "640x360", ...options, ...FREE]);

  const stats = await server.eventWhere(({ source }) => (source as { state?: string } | undefined)?.state === "live");

  expect(stats["source"]).toMatchObject({ codec: "h264", width: 640, height: 360 });
  expect(server.stderr).toContain("-b:v 2000000 -maxrate 2000000 -bufsize 250000 -g 15");
});

test("H.264 without an encoder for it is exit 4 with a hint", async () => {
  using folder = new Folder();
  const ffmpeg = folder.standIn("old", `case "$*" in *-encoders*) exit 0;; esac\nexec "$REAL" "$@"`);

  const { code, stderr } = await runLanvid(["serve", "test", "--codec", "h264", "--ffmpeg", ffmpeg, ...FREE]);

  expect(code).toBe(4);
  expect(stderr).toContain("has no libx264");
  expect(stderr).toContain("lanvid: hint: use an ffmpeg that is built with libx264, or --codec mjpeg");
});
