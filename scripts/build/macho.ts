import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

// https://github.com/apple-oss-distributions/xnu: EXTERNAL_HEADERS/mach-o/loader.h (little-endian) and
// osfmk/kern/cs_blobs.h (big-endian).
const MAGIC_64 = 0xfeedfacf;
const HEADER_BYTES = 32;
const LC_SEGMENT_64 = 0x19;
const LC_CODE_SIGNATURE = 0x1d;
const EMBEDDED_SIGNATURE = 0xfade0cc0;
const CODE_DIRECTORY = 0xfade0c02;
/** The version whose directory names the executable segment. */
const DIRECTORY_VERSION = 0x20400;
const DIRECTORY_BYTES = 88;
const AD_HOC = 0x2;
const MAIN_BINARY = 0x1;
const SHA256 = 2;
const SHA256_BYTES = 32;
const PAGE_SHIFT = 12;
const PAGE_BYTES = 1 << PAGE_SHIFT;

interface Parts {
  /** Where the load command LC_CODE_SIGNATURE is, and where what it points to is. */
  readonly command: number;
  readonly signature: number;
  /** Where the load command of __LINKEDIT is, and where its content is. */
  readonly linkedit: number;
  readonly linkeditContent: number;
  /** Where the content of __TEXT is, and its size. */
  readonly text: readonly [bigint, bigint];
}

/**
 * Replaces the signature of a Mach-O program by one that names nobody: hashes of all its pages. macOS kills a program
 * whose signature does not fit, and on arm64 one without.
 */
export async function signAdHoc(path: string, identifier: string): Promise<void> {
  const file = readFileSync(path);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const { command, signature, linkedit, linkeditContent, text } = findParts(view);
  const pages = Math.ceil(signature / PAGE_BYTES);
  const name = Buffer.from(`${identifier}\0`);
  const size = 20 + DIRECTORY_BYTES + name.length + pages * SHA256_BYTES;

  // The load commands are in the first page, so they change before it is hashed.
  view.setUint32(command + 12, size, true);
  const content = BigInt(signature + size - linkeditContent);
  view.setBigUint64(linkedit + 48, content, true);
  view.setBigUint64(linkedit + 32, roundUp(content, 16_384n), true);

  const blob = Buffer.alloc(size);
  const directory = 20;
  const names = directory + DIRECTORY_BYTES;
  const hashes = names + name.length;
  // The blob of blobs: one entry, the directory (slot 0).
  writeWords(blob, 0, [EMBEDDED_SIGNATURE, size, 1, 0, directory]);
  const words = [CODE_DIRECTORY, size - directory, DIRECTORY_VERSION, AD_HOC, hashes - directory, names - directory];
  writeWords(blob, directory, [...words, 0, pages, signature]);
  blob.set([SHA256_BYTES, SHA256, 0, PAGE_SHIFT], directory + 36);
  blob.writeBigUInt64BE(text[0], directory + 64);
  blob.writeBigUInt64BE(text[1], directory + 72);
  blob.writeBigUInt64BE(BigInt(MAIN_BINARY), directory + 80);
  blob.set(name, names);
  for (let page = 0; page < pages; page++) {
    const bytes = file.subarray(page * PAGE_BYTES, Math.min(signature, (page + 1) * PAGE_BYTES));
    blob.set(createHash("sha256").update(bytes).digest(), hashes + page * SHA256_BYTES);
  }
  writeFileSync(path, Buffer.concat([file.subarray(0, signature), blob]));
}

function writeWords(into: Buffer, at: number, words: readonly number[]): void {
  for (const [index, word] of words.entries()) {
    into.writeUInt32BE(word, at + index * 4);
  }
}

function findParts(view: DataView): Parts {
  if (view.getUint32(0, true) !== MAGIC_64) {
    throw new Error("it is no 64-bit Mach-O file");
  }
  let code: readonly [number, number] | undefined;
  let link: readonly [number, number] | undefined;
  let text: readonly [bigint, bigint] | undefined;
  let at = HEADER_BYTES;
  for (let left = view.getUint32(16, true); left > 0; left--) {
    const kind = view.getUint32(at, true);
    if (kind === LC_CODE_SIGNATURE) {
      code = [at, view.getUint32(at + 8, true)];
    } else if (kind === LC_SEGMENT_64) {
      const name = segmentName(view, at + 8);
      if (name === "__LINKEDIT") {
        link = [at, Number(view.getBigUint64(at + 40, true))];
      } else if (name === "__TEXT") {
        text = [view.getBigUint64(at + 40, true), view.getBigUint64(at + 48, true)];
      }
    }
    at += view.getUint32(at + 4, true);
  }
  if (code === undefined || link === undefined || text === undefined) {
    throw new Error("it has no signature to replace, or no __TEXT or __LINKEDIT");
  }
  return { command: code[0], signature: code[1], linkedit: link[0], linkeditContent: link[1], text };
}

function segmentName(view: DataView, at: number): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, 16);
  return new TextDecoder().decode(bytes).replace(/\0+$/, "");
}

function roundUp(value: bigint, to: bigint): bigint {
  return ((value + to - 1n) / to) * to;
}
