import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { signAdHoc } from "../scripts/build/macho.ts";
import { notices, packagesInside } from "../scripts/build/notices.ts";
import { locked } from "../scripts/build/packages.ts";
import { TARGETS } from "../scripts/build/targets.ts";
import { Folder } from "./support/stand-in.ts";

const ROOT = join(import.meta.dir, "..");

describe.each([...TARGETS])("the target $name", (target) => {
  test("is built from packages whose hashes package-lock.json has", () => {
    const { runtime, canvas, ffmpeg } = target;
    const names = [runtime.package, canvas.package, ...(ffmpeg === null ? [] : [ffmpeg.package])];

    for (const name of names) {
      expect(locked(name).integrity).toMatch(/^sha512-/);
    }
  });

  test("has the same Bun as runs here", () => {
    expect(locked(target.runtime.package).version).toBe(Bun.version);
  });

  test("has the canvas that is loaded from sources, of one version", () => {
    expect(locked(target.canvas.package).version).toBe(locked("@napi-rs/canvas").version);
  });

  test("names the licence of all that is inside", () => {
    const text = notices(target);

    for (const name of packagesInside()) {
      expect(text).toContain(`\n${name} ${locked(name).version} (`);
    }
    expect(text).toContain("Bun 1.4.5");
    expect(text).toMatch(/^libjpeg-turbo \w+ \(BSD-3-Clause AND IJG AND Zlib\)$/m);
    expect(text).toContain("Copyright (c) 2011 Google Inc.");
    expect(text.includes("GNU GENERAL PUBLIC LICENSE\n                       Version 3")).toBe(target.ffmpeg !== null);
  });
});

test("an ffmpeg that may not be passed on is in no target", () => {
  expect(TARGETS.map(({ ffmpeg }) => ffmpeg?.package)).not.toContain("@ffmpeg-installer/darwin-arm64");
});

test("the version of Bun in the notices is the one in package.json", () => {
  const { devDependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

  expect(readFileSync(join(ROOT, "scripts/build/licences/bun.txt"), "utf8")).toStartWith(`Bun ${devDependencies.bun} `);
});

describe("signing", () => {
  test("hashes each page of a Mach-O file, also the last, short one, and fits the load commands", async () => {
    using folder = new Folder();
    const path = folder.write("program", machO(10_000));

    await signAdHoc(path, "name");
    const once = readFileSync(path);
    await signAdHoc(path, "name");

    const directory = 10_000 + 20;
    const hashes = directory + once.readUInt32BE(directory + 16);
    for (const [page, [from, to]] of [
      [0, 4096],
      [4096, 8192],
      [8192, 10_000],
    ].entries()) {
      const digest = createHash("sha256").update(once.subarray(from, to)).digest();
      expect(once.subarray(hashes + page * 32, hashes + page * 32 + 32).equals(digest)).toBe(true);
    }
    expect(once.length).toBe(hashes + 3 * 32);
    expect(once.readUInt32LE(32 + 72 + 72 + 12)).toBe(once.length - 10_000);
    expect(readFileSync(path).equals(once)).toBe(true);
  });

  test.each([
    ["another kind of file", Buffer.alloc(100), "it is no 64-bit Mach-O file"],
    ["a program without a signature", machO(10_000, 2), "it has no signature to replace"],
  ])("refuses %s", async (_what, content, message) => {
    using folder = new Folder();
    const path = folder.write("program", content);

    expect(signAdHoc(path, "name")).rejects.toThrow(message);
  });
});

/** A Mach-O file with __TEXT, __LINKEDIT and a signature (the first `count` of them) that starts at `signatureAt`. */
function machO(signatureAt: number, count = 3): Buffer {
  const file = Buffer.alloc(signatureAt + 500, 7);
  file.writeUInt32LE(0xfeedfacf, 0);
  file.writeUInt32LE(count, 16);
  for (const [index, name] of ["__TEXT", "__LINKEDIT"].entries()) {
    const at = 32 + index * 72;
    file.fill(0, at, at + 72);
    file.writeUInt32LE(0x19, at);
    file.writeUInt32LE(72, at + 4);
    file.write(name, at + 8, "latin1");
    file.writeBigUInt64LE(BigInt(index * 9000), at + 40);
    file.writeBigUInt64LE(BigInt(index === 0 ? 9000 : signatureAt + 500 - 9000), at + 48);
  }
  const at = 32 + 2 * 72;
  [0x1d, 16, signatureAt, 500].forEach((word, index) => {
    file.writeUInt32LE(word, at + index * 4);
  });
  return file;
}
