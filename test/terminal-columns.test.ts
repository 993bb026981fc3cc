import { expect, test } from "bun:test";
import { fitting } from "../src/sys.ts";

test.each([
  ["no room is left", 7, "no room"],
  ["書斎 camera", 3, "書"],
  ["書斎 camera", 11, "書斎 camera"],
  ["📹📹", 3, "📹"],
  ["e\u0301e", 1, "e\u0301"],
  ["one", 0, ""],
])("of %p as much as fits into %p columns is %p", (line, columns, kept) => {
  expect(fitting(line, columns)).toBe(kept);
});
