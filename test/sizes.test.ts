import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { formFaults, pictureOf, ShownSizes } from "./sizes/forms.ts";

// The preload's own counts for the first file of a run only.
setDefaultTimeout(60_000);

let shown: ShownSizes;

beforeAll(async () => {
  shown = await ShownSizes.open();
});

afterAll(() => shown[Symbol.asyncDispose]());

test.each([
  ["a screen", 1680, 1050],
  ["a phone upright", 720, 1280],
  ["a DVD", 720, 576],
  ["an odd size", 721, 487],
  ["4K", 3840, 2160],
])("%s of %dx%d is the same picture in every form and in the window", async (_, width, height) => {
  const size = { width, height };
  for (const codec of ["h264", "mjpeg"] as const) {
    const bytes = await pictureOf(codec, size);

    expect(await formFaults(codec, size, bytes)).toEqual([]);
    expect(await shown.fault(codec, size, bytes)).toBeNull();
  }
});
