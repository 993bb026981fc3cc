/** What all benches rely on: turns, middles, requirements, and another lanvid beside this one. */

import { expect, test } from "bun:test";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

const BENCH = join(import.meta.dir, "support/bench-of-numbers.ts");

async function run(words: readonly string[] = [], env: Record<string, string> = {}) {
  const child = Bun.spawn([process.execPath, BENCH, ...words], {
    env: { ...process.env, ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  const code = await child.exited;
  const path = /^written to (.*)$/m.exec(stdout)?.[1];
  const result = path === undefined ? null : JSON.parse(readFileSync(path, "utf8"));
  rmSync(path ?? "", { force: true });
  return { code, result, stdout, stderr, turns: [...stdout.matchAll(/^measured: (.*)$/gm)].map(([, turn]) => turn) };
}

test("what is compared takes turns, and the middle of the rounds counts", async () => {
  const { turns, result } = await run();

  expect(turns).toEqual(["one this", "two this", "two this", "one this", "one this", "two this"]);
  expect(result.rows).toEqual([
    ["one", 4, 30],
    ["two", 2, 3],
    ["one that fails once", 1, 5],
  ]);
});

test("a requirement that is not met ends it with 1, and is told with what was measured", async () => {
  const { code, result } = await run();

  expect(code).toBe(1);
  expect(result.requirements).toEqual([
    { name: "one", isMet: true, measured: "4, at most 4" },
    { name: "one beside two", isMet: false, measured: "2, at most 1.5" },
    { name: "frames of one that fails", isMet: true, measured: "5, at most 5" },
  ]);
});

test("a measurement that fails is told, and the others are there", async () => {
  const { code, result } = await run([], { FAILS: "1" });

  expect(code).toBe(1);
  expect(result.requirements[0]).toEqual({
    name: "one that fails once: measured",
    isMet: false,
    measured: "no camera",
  });
  expect(result.rows.at(-1)).toEqual(["one that fails once", 1, 5]);
});

test("another lanvid takes turns with this one, and both are told with their ratio", async () => {
  const { turns, stdout } = await run(["--against", import.meta.dir, "--rounds", "2"]);

  const other = `one ${import.meta.dir}`;
  expect(turns).toEqual(["one this", other, "two this", "two this", other, "one this"]);
  expect(stdout).toMatch(/^one +ms +1 +2 +0\.5$/m);
});

test("a folder that is not there is named", async () => {
  const { code, stderr } = await run(["--against", "/nowhere"]);

  expect(code).toBe(1);
  expect(stderr).toContain("--against /nowhere: there is neither a folder with lanvid's sources nor a binary");
});
