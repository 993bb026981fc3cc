import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { programOf } from "./support/platforms.ts";

/** The system and processor that a program's header names. */
function headerOf(path: string): string {
  const bytes = readFileSync(path);
  if (bytes.readUInt32BE(0) === 0x7f454c46) {
    const machine = { 62: "x86-64", 183: "aarch64" }[bytes.readUInt16LE(18)];
    const bits = bytes[4] === 2 ? 64 : 32;
    return `ELF ${bits} ${machine} ${/\/lib\S*\/ld-linux-[\w-]+\.so\.\d/.exec(bytes.toString("latin1", 0, 4096))?.[0]}`;
  }
  if (bytes.toString("latin1", 0, 2) === "MZ") {
    const at = bytes.readUInt32LE(0x3c);
    const machine = { 34404: "x86-64", 43620: "aarch64" }[bytes.readUInt16LE(at + 4)];
    const subsystem = { 2: "window", 3: "console" }[bytes.readUInt16LE(at + 24 + 68)];
    return `${bytes.toString("latin1", at, at + 2)} ${machine} ${subsystem}`;
  }
  if (bytes.readUInt32LE(0) === 0xfeedfacf) {
    const cpu = { 16777223: "x86-64", 16777228: "aarch64" }[bytes.readUInt32LE(4)];
    return `Mach-O ${cpu} ${bytes.readUInt32LE(12) === 2 ? "program" : "other"}`;
  }
  return "unknown";
}

test.each([
  ["linux-x64", "ELF 64 x86-64 /lib64/ld-linux-x86-64.so.2"],
  ["linux-arm64", "ELF 64 aarch64 /lib/ld-linux-aarch64.so.1"],
  ["windows-x64", "PE x86-64 console"],
  ["macos-arm64", "Mach-O aarch64 program"],
  ["macos-x64", "Mach-O x86-64 program"],
] as const)("%s has the header of its system and processor", (name, header) => {
  expect(headerOf(programOf(name))).toBe(header);
});

describe.each(["macos-arm64", "macos-x64"] as const)("the signature of %s", (name) => {
  const file = readFileSync(programOf(name));

  /** The load commands, as [kind, offset]. */
  function commands(): [number, number][] {
    const found: [number, number][] = [];
    let at = 32;
    for (let index = 0; index < file.readUInt32LE(16); index++) {
      found.push([file.readUInt32LE(at), at]);
      at += file.readUInt32LE(at + 4);
    }
    return found;
  }

  const at = commands().find(([kind]) => kind === 0x1d)?.[1] as number;
  const start = file.readUInt32LE(at + 8);
  const size = file.readUInt32LE(at + 12);
  const directory = start + file.readUInt32BE(start + 16);

  test("is one of nobody's, and ends with the file and with __LINKEDIT", () => {
    const linkedit = commands().find(
      ([kind, offset]) => kind === 0x19 && file.toString("latin1", offset + 8, offset + 18) === "__LINKEDIT",
    )?.[1] as number;

    expect(file.readUInt32BE(start)).toBe(0xfade0cc0);
    expect(file.readUInt32BE(directory)).toBe(0xfade0c02);
    expect(file.readUInt32BE(directory + 12) & 0x2).toBe(0x2);
    expect(start + size).toBe(file.length);
    expect(Number(file.readBigUInt64LE(linkedit + 40) + file.readBigUInt64LE(linkedit + 48))).toBe(file.length);
    expect(file.readBigUInt64LE(linkedit + 32)).toBeGreaterThanOrEqual(file.readBigUInt64LE(linkedit + 48));
  });

  test("has the hash of each page", () => {
    const limit = file.readUInt32BE(directory + 32);
    const page = 1 << (file[directory + 39] as number);
    const hashes = directory + file.readUInt32BE(directory + 16);
    const count = file.readUInt32BE(directory + 28);

    const wrong = Array.from({ length: count }, (_, index) => index).filter((index) => {
      const bytes = file.subarray(index * page, Math.min(limit, (index + 1) * page));
      const kept = file.subarray(hashes + index * 32, hashes + (index + 1) * 32);
      return !createHash("sha256").update(bytes).digest().equals(kept);
    });

    expect(limit).toBe(start);
    expect(count).toBe(Math.ceil(limit / page));
    expect(wrong).toEqual([]);
  });
});

test("the Windows program has lanvid's icon, name and version", () => {
  const text = readFileSync(programOf("windows-x64")).toString("utf16le");
  // Bun's own code has the word too; the resource is the last.
  const at = text.lastIndexOf("VS_VERSION_INFO");

  const info = text.slice(at, at + 1000).replace(/\0+/g, " ");

  expect(info).toContain("ProductName lanvid");
  expect(info).toContain("OriginalFilename lanvid.exe");
  expect(info).toMatch(/ProductVersion \d+\.\d+\.\d+/);
  expect(info).not.toContain("Oven");
});
