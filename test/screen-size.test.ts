// Parts: ffmpeg, tigervnc, xrandr
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { Recording } from "./support/capture.ts";
import { waitFor } from "./support/wait.ts";

// The preload's reaches the first file of a run only.
setDefaultTimeout(60_000);

/** Unlike Xvfb's, its screen can become another one. */
const server = Bun.spawn(
  ["Xtigervnc", "-displayfd", "1", "-geometry", "1280x800", "-SecurityTypes", "None", "-localhost", "-rfbport", "-1"],
  { stdin: "ignore", stdout: "pipe", stderr: "ignore" },
);
const before = { DISPLAY: process.env["DISPLAY"], WAYLAND_DISPLAY: process.env["WAYLAND_DISPLAY"] };

beforeAll(async () => {
  const { value } = await server.stdout.getReader().read();
  const display = `:${new TextDecoder().decode(value).trim()}`;
  await waitFor(`X display ${display}`, () => existsSync(`/tmp/.X11-unix/X${display.slice(1)}`));
  Object.assign(process.env, { DISPLAY: display, WAYLAND_DISPLAY: "" });
});

afterAll(async () => {
  server.kill();
  await server.exited;
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) {
      delete process.env[name];
    } else {
      process.env[name] = value;
    }
  }
});

test.each(["screen", "screen:0"])(
  "%s that becomes smaller and larger is streamed as a whole, without a word of faults",
  async (source) => {
    await using recording = new Recording(source, { codec: "mjpeg", fps: 10 });
    await recording.first(2);

    for (const [width, height] of [
      [1024, 768],
      [1920, 1080],
      [1280, 800],
    ]) {
      Bun.spawnSync(["xrandr", "-s", `${width}x${height}`], { env: process.env });
      await waitFor(
        `${width}x${height}`,
        () => recording.description.width === width && recording.description.height === height,
      );
    }

    expect(recording.description).toMatchObject({ state: "live", error: null });
    expect(recording.changes.some(({ state }) => state === "failed")).toBe(false);
    expect(recording.said.every((line) => line.endsWith("has changed its size"))).toBe(true);
  },
);
