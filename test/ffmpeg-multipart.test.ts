import { expect, test } from "bun:test";
import { MultipartReader } from "../src/ffmpeg.ts";

const encode = (text: string) => new TextEncoder().encode(text);

function part(bytes: Uint8Array): Uint8Array {
  const header = `--ffmpeg\r\nContent-type: image/jpeg\r\nContent-length: ${bytes.length}\r\n\r\n`;
  return Buffer.concat([encode(header), bytes, encode("\r\n")]);
}

function readAll(chunks: readonly Uint8Array[]): Uint8Array[] {
  const pictures: Uint8Array[] = [];
  const reader = new MultipartReader((bytes) => pictures.push(bytes));
  for (const chunk of chunks) {
    reader.push(chunk);
  }
  return pictures;
}

const PICTURES = [encode("first\r\n\r\npicture"), encode("--ffmpeg\r\n"), Uint8Array.of(0xff, 0xd8, 0xff, 0xd9)];
const STREAM = Buffer.concat(PICTURES.map(part));

test("pictures are cut out wherever the stream is split", () => {
  for (let at = 0; at <= STREAM.length; at++) {
    const pictures = readAll([STREAM.subarray(0, at), STREAM.subarray(at)]);

    expect(pictures.map((bytes) => Buffer.from(bytes).toString("latin1"))).toEqual(
      PICTURES.map((bytes) => Buffer.from(bytes).toString("latin1")),
    );
  }
});

test("pictures are cut out of single bytes", () => {
  expect(readAll([...STREAM].map((byte) => Uint8Array.of(byte)))).toHaveLength(PICTURES.length);
});

test("a picture is given with its last byte, not with what follows it", () => {
  const bytes = encode("picture");

  expect(readAll([part(bytes).subarray(0, -2)])).toHaveLength(1);
  expect(readAll([part(bytes).subarray(0, -3)])).toHaveLength(0);
});

test("a picture keeps nothing of the chunk that it came in", () => {
  const chunk = Buffer.from(part(encode("picture")));

  const [picture] = readAll([chunk]);
  chunk.fill(0);

  expect(new TextDecoder().decode(picture)).toBe("picture");
});

test.each([
  ["what is no header", "x".repeat(2000), "no picture begins within 1024 bytes"],
  ["a header without a length", "--ffmpeg\r\nContent-type: image/jpeg\r\n\r\n", "a picture without its length"],
  ["a picture of no bytes", "--ffmpeg\r\nContent-length: 0\r\n\r\n", "a picture of 0 bytes"],
  ["a picture over the limit", "--ffmpeg\r\nContent-length: 67108865\r\n\r\n", "at most 67108864 are allowed"],
  ["a length beyond numbers", `--ffmpeg\r\nContent-length: ${"9".repeat(400)}\r\n\r\n`, "at most 67108864 are allowed"],
])("%s is refused", (_what, text, message) => {
  expect(() => readAll([encode(text)])).toThrow(message);
});

test("what is no header is refused as soon as its bytes are too many, one by one too", () => {
  const chunks = Array.from({ length: 2000 }, () => encode("x"));

  expect(() => readAll(chunks)).toThrow("no picture begins within 1024 bytes");
});
