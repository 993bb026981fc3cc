import { expect, test } from "bun:test";
import { parseSource, type SourceSpec, x11Display } from "../src/capture.ts";
import { LanvidError } from "../src/errors.ts";

test.each<[string, SourceSpec]>([
  ["test", { kind: "test" }],
  ["./test", { kind: "file", path: "./test" }],
  ["-", { kind: "stdin" }],
  ["camera", { kind: "camera", which: null }],
  ["camera:", { kind: "camera", which: null }],
  ["camera:0", { kind: "camera", which: "0" }],
  ["camera:/dev/video3", { kind: "camera", which: "/dev/video3" }],
  ["camera:Logitech: C920", { kind: "camera", which: "Logitech: C920" }],
  ["screen", { kind: "screen", index: null }],
  ["screen:1", { kind: "screen", index: 1 }],
  ["lanvid://10.0.0.4", { kind: "relay", address: "lanvid://10.0.0.4" }],
  ["LANVID://studio.local:7", { kind: "relay", address: "LANVID://studio.local:7" }],
  ["rtsp://user:word@cam/1", { kind: "url", url: "rtsp://user:word@cam/1" }],
  ["http://x", { kind: "url", url: "http://x" }],
  ["film.mp4", { kind: "file", path: "film.mp4" }],
  ["cameras.mp4", { kind: "file", path: "cameras.mp4" }],
  ["C:\\film.mp4", { kind: "file", path: "C:\\film.mp4" }],
  ["", { kind: "file", path: "" }],
])("%j is a source", (text, expected) => {
  expect(parseSource(text)).toEqual(expected);
});

test.each(["screen:x", "screen:-1", "screen:100", "screen:1.5"])("%j is refused", (text) => {
  expect(() => parseSource(text)).toThrow(`cannot read source "${text}"`);
});

test.each<[Record<string, string>, string]>([
  [{ WAYLAND_DISPLAY: "wayland-0" }, "wayland"],
  [{ WAYLAND_DISPLAY: "wayland-0", DISPLAY: ":0" }, "wayland"],
  [{ XDG_SESSION_TYPE: "wayland", DISPLAY: ":0" }, "wayland"],
  [{ XDG_SESSION_TYPE: "x11" }, "no-display"],
  [{}, "no-display"],
])("no screen is grabbed with %j", (environment, code) => {
  let error: unknown;
  try {
    x11Display(environment);
  } catch (thrown) {
    error = thrown;
  }

  expect(error).toBeInstanceOf(LanvidError);
  expect(error).toMatchObject({ code, kind: "source", hint: expect.stringMatching(/^[a-z]/) });
});

test("the X display is the one of DISPLAY", () => {
  expect(x11Display({ DISPLAY: ":7.1", XDG_SESSION_TYPE: "x11" })).toBe(":7.1");
});
