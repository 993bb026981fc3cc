import { expect, test } from "bun:test";
import { exitCodeOf } from "../src/cli/exit-code.ts";
import { type ErrorKind, LanvidError } from "../src/errors.ts";

/** docs/cli.md has the same table, for people. */
const EXIT_CODES: Readonly<Record<ErrorKind, number>> = {
  internal: 1,
  usage: 2,
  source: 3,
  ffmpeg: 4,
  address: 5,
  connection: 6,
  refused: 7,
  output: 8,
  display: 9,
};

test.each(Object.entries(EXIT_CODES))("an error of kind %s ends the process with exit code %i", (kind, code) => {
  expect<number>(exitCodeOf(new LanvidError("some", kind as ErrorKind, "something is wrong"))).toBe(code);
});
