import { expect, test } from "bun:test";
import { jpegSize } from "../src/media.ts";

const START = [0xff, 0xd8];
const EMPTY_SEGMENT = [0xff, 0xe0, 0, 2];
/** 320×180, one component. */
const FRAME_HEADER = [0xff, 0xc0, 0, 11, 8, 0, 180, 1, 64, 1, 1, 0x11, 0];

function withSegments(count: number): Uint8Array {
  return Uint8Array.from([...START, ...new Array<number[]>(count).fill(EMPTY_SEGMENT).flat(), ...FRAME_HEADER]);
}

test("a JPEG may have 1023 segments before its frame header, and no more are read", () => {
  const size = { width: 320, height: 180 };

  expect([0, 255, 1023].map((count) => jpegSize(withSegments(count)))).toEqual([size, size, size]);
  expect(jpegSize(withSegments(1024))).toBeUndefined();
});
