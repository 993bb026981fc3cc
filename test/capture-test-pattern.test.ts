import { expect, test } from "bun:test";
import { TestPattern } from "../src/capture/test-pattern.ts";
import { type Picture, readStrip } from "./support/picture.ts";

/** The luma of a yuv420p frame, as a grey picture. */
function greyOf(frame: Uint8Array, width: number, height: number): Picture {
  const rgba = new Uint8ClampedArray(width * height * 4);
  for (let pixel = 0; pixel < width * height; pixel++) {
    rgba.fill(frame[pixel] as number, pixel * 4, pixel * 4 + 3);
    rgba[pixel * 4 + 3] = 255;
  }
  return { width, height, rgba };
}

test.each([
  [1280, 720],
  [640, 360],
  [512, 128],
  [513, 129],
  [720, 1280],
])("the strip of a pattern of %dx%d says its time and number", (width, height) => {
  const pattern = new TestPattern({ width, height });

  for (const [time, counter] of [
    [1_790_000_000_123, 1],
    [2 ** 32 - 1, 0xff_ffff],
    [2 ** 32, 0x1_000_000],
    [0, 0],
  ] as const) {
    const strip = readStrip(greyOf(pattern.draw(time, counter), width, height));

    expect(strip).toEqual({ time: time % 2 ** 32, counter: counter % 2 ** 24 });
  }
});

test("a frame is yuv420p, whose odd sides are rounded up for its colours", () => {
  expect(new TestPattern({ width: 640, height: 360 }).draw(0, 0)).toHaveLength(640 * 360 * 1.5);
  expect(new TestPattern({ width: 513, height: 129 }).draw(0, 0)).toHaveLength(513 * 129 + 2 * 257 * 65);
});

test("something moves from frame to frame beside the strip", () => {
  const pattern = new TestPattern({ width: 640, height: 360 });
  const below = (frame: Uint8Array) => Buffer.from(frame.slice(640 * 32, 640 * 360));

  const first = below(pattern.draw(1000, 1));
  const second = below(pattern.draw(1033, 2));

  expect(first.equals(second)).toBe(false);
});

test("a strip whose check bits are wrong is none", () => {
  const frame = new TestPattern({ width: 640, height: 360 }).draw(1000, 5);
  for (let row = 16; row < 32; row++) {
    frame.fill(255 - (frame[row * 640] as number), row * 640, row * 640 + 16);
  }

  expect(readStrip(greyOf(frame, 640, 360))).toBeNull();
});
