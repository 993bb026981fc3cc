import { expect, test } from "bun:test";
import { checkDrawing, drawingError, drawingFinding } from "../src/doctor/drawing.ts";
import { LanvidError } from "../src/errors.ts";

test("canvas is loaded, and draws", async () => {
  expect(await checkDrawing()).toEqual({ check: "drawing", status: "ok", detail: "canvas draws", hint: null });
});

test("a pixel of another colour than was drawn is a warning, since browsers show the picture as well", () => {
  expect(drawingFinding([51, 102, 152, 255])).toMatchObject({
    status: "warn",
    detail: "canvas draws 51, 102, 152, 255 where it should be 51, 102, 153, 255",
    hint: "watch in a browser, with --view browser",
  });
});

test.each([
  [
    new Error("libgcc_s.so.1: cannot open shared object file"),
    "canvas does not load: libgcc_s.so.1: cannot open shared object file",
    "watch in a browser, with --view browser",
  ],
  [
    new LanvidError("cache", "display", 'cannot unpack canvas to "/x": EROFS', { hint: "name another folder" }),
    'cannot unpack canvas to "/x": EROFS',
    "name another folder",
  ],
])("%s is told with what to do", (error, detail, hint) => {
  expect(drawingError(error)).toEqual({ check: "drawing", status: "warn", detail, hint });
});
