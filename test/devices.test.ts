// Parts: ffmpeg, xvfb
import { expect, setDefaultTimeout, test } from "bun:test";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { type Device, describeDevice } from "../src/cli/devices.ts";
import { runLanvid } from "./support/lanvid.ts";
import { Folder } from "./support/stand-in.ts";
import { xDisplay } from "./support/x-display.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

const NO_DISPLAY = { DISPLAY: undefined, WAYLAND_DISPLAY: undefined, XDG_SESSION_TYPE: undefined };

const camera = (formats: Device["formats"]): Device => ({
  kind: "camera",
  id: "/dev/video0",
  name: "Logitech C920",
  source: "camera:0",
  formats,
});

const screen = (name: string, source: string): Device => ({
  kind: "screen",
  id: name,
  name,
  source,
  formats: [{ codec: null, width: 1280, height: 800, fps: null }],
});

test.each([
  [
    camera([
      { codec: "yuyv422", width: 1920, height: 1080, fps: 5 },
      { codec: "mjpeg", width: 1920, height: 1080, fps: 30 },
      { codec: "h264", width: 1920, height: 1080, fps: 30 },
      { codec: "mjpeg", width: 640, height: 480, fps: 60 },
    ]),
    "camera:0   Logitech C920, 1920×1080 at 30 fps (H.264, JPEG)",
  ],
  [
    camera([
      { codec: "yuyv422", width: 640, height: 480, fps: null },
      { codec: "nv12", width: 640, height: 480, fps: null },
    ]),
    "camera:0   Logitech C920, 640×480 (pixels)",
  ],
  [
    camera([{ codec: "mjpeg", width: 640, height: 480, fps: 29.97003 }]),
    "camera:0   Logitech C920, 640×480 at 29.97 fps (JPEG)",
  ],
  [camera([]), "camera:0   Logitech C920"],
  [{ ...camera([]), name: "C920\x1b]0;owned\x07\nok" }, "camera:0   C920 ]0;owned  ok"],
  [screen("screen", "screen:0"), "screen:0   Screen 1, 1280×800"],
  [screen("Capture screen 1", "screen:1"), "screen:1   Screen 2, 1280×800"],
  [screen("HDMI-1", "screen:1"), "screen:1   Screen 2 (HDMI-1), 1280×800"],
  [{ ...screen("desktop", "screen"), formats: [] }, "screen     The whole screen"],
])("a device is one line for a person, case %#", (device, line) => {
  expect(describeDevice(device)).toBe(line);
});

test("a screen is listed with what streams it, and its pixels are in no codec", async () => {
  await using display = await xDisplay({ width: 640, height: 400 });
  const env = { ...NO_DISPLAY, DISPLAY: display.name };

  const [person, quiet, program] = await Promise.all([
    runLanvid(["devices"], { env }),
    runLanvid(["devices", "--quiet"], { env }),
    runLanvid(["devices", "--json"], { env }),
  ]);

  expect(person.text.trimEnd().split("\n").slice(-3)).toEqual([
    "screen:0   Screen 1, 640×400",
    "",
    expect.stringMatching(/^lanvid serve (?:screen|camera):0$/),
  ]);
  expect(quiet.text).not.toContain("lanvid serve");
  expect((JSON.parse(program.text) as Device[]).at(-1)).toEqual({
    kind: "screen",
    id: "screen",
    name: "screen",
    source: "screen:0",
    formats: [{ codec: null, width: 640, height: 400, fps: null }],
  });
});

test("without xrandr there is still the whole screen", async () => {
  await using display = await xDisplay({ width: 320, height: 240 });
  using folder = new Folder();
  folder.write("bin/.keep", "");
  symlinkSync(Bun.which("ffmpeg") as string, join(folder.path, "bin/ffmpeg"));

  const { code, text } = await runLanvid(["devices"], {
    env: { ...NO_DISPLAY, DISPLAY: display.name, PATH: join(folder.path, "bin") },
  });

  expect(text).toContain("screen     The whole screen\n");
  expect(code).toBe(0);
});

test.each([
  ["no display", {}],
  ["a display that is not there", { DISPLAY: ":9999" }],
])("with %s there is no screen to list", async (_what, env) => {
  const { code, text } = await runLanvid(["devices", "--json"], { env: { ...NO_DISPLAY, ...env } });

  expect((JSON.parse(text) as Device[]).filter(({ kind }) => kind === "screen")).toEqual([]);
  expect(code).toBe(0);
});

test("a screen that Wayland hides is not listed, though its X server lists it", async () => {
  await using display = await xDisplay({ width: 320, height: 240 });
  const env = { ...NO_DISPLAY, DISPLAY: display.name, WAYLAND_DISPLAY: "wayland-0" };

  const { code, text } = await runLanvid(["devices", "--json"], { env });

  expect((JSON.parse(text) as Device[]).filter(({ kind }) => kind === "screen")).toEqual([]);
  expect(code).toBe(0);
});
