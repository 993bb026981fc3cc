// Parts: ffmpeg
import { expect, test } from "bun:test";
import { wholeJpeg } from "../src/capture/whole-jpeg.ts";
import { type Segments, segmentsOf, withoutTables } from "./support/jpeg-parts.ts";
import { decodePicture, stripJpeg } from "./support/picture.ts";

/** With the standard tables, as ffmpeg writes it. */
const FULL: Uint8Array = await fromFfmpeg("yuvj422p");
const PHOTO = stripJpeg(640, 360, 0, 0);

async function fromFfmpeg(format: string): Promise<Uint8Array> {
  const words = ["-hide_banner", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=s=320x240", "-frames:v", "1"];
  const encode = ["-c:v", "mjpeg", "-huffman", "default", "-pix_fmt", format, "-f", "image2pipe", "pipe:1"];
  return Bun.spawn([Bun.which("ffmpeg") as string, ...words, ...encode], { stdout: "pipe" }).stdout.bytes();
}

const markers = (bytes: Uint8Array): Segments["markers"] => segmentsOf(bytes).markers;

/** Pixels of both, by a decoder that needs the tables. */
async function expectSamePicture(bytes: Uint8Array, other: Uint8Array): Promise<void> {
  const [one, two] = await Promise.all([decodePicture(bytes), decodePicture(other)]);

  expect(one.width).toBe(two.width);
  expect(Buffer.from(one.rgba).equals(Buffer.from(two.rgba))).toBe(true);
}

test("what is whole is given as it is, without a copy", () => {
  for (const jpeg of [FULL, PHOTO]) {
    expect(wholeJpeg(jpeg)).toEqual({ bytes: jpeg, hadEnd: true });
    expect(wholeJpeg(jpeg)?.bytes).toBe(jpeg);
  }
});

test("a picture without Huffman tables gets the standard ones", async () => {
  for (const format of ["yuvj420p", "yuvj422p", "yuvj444p"]) {
    const full = await fromFfmpeg(format);
    const bare = withoutTables(full);
    const whole = wholeJpeg(bare)?.bytes as Uint8Array;

    expect(markers(bare)).not.toContain(0xc4);
    expect(markers(whole).filter((marker) => marker === 0xc4)).toHaveLength(1);
    await expectSamePicture(whole, full);
  }
});

test("what follows or precedes the picture is left out", async () => {
  const garbage = Buffer.concat([Buffer.from("x".repeat(300)), FULL.subarray(0, 700)]);
  for (const [before, after] of [
    ["", garbage],
    ["", Buffer.alloc(4096)],
    ["\0\0\xff", ""],
    ["--frame\r\n\r\n", "\r\n--frame\r\n"],
  ] as const) {
    const bytes = Buffer.concat([Buffer.from(before, "latin1"), FULL, Buffer.from(after)]);

    expect(wholeJpeg(bytes)?.bytes).toEqual(new Uint8Array(FULL));
  }
});

test("an APP0 that is not JFIF's, or says a wrong length, is replaced", async () => {
  const rest = FULL.subarray(20);
  const app0 = (length: number, text: string, size: number) => {
    const segment = Buffer.alloc(4 + size);
    segment.set([0xff, 0xe0, length >> 8, length & 0xff]);
    segment.write(text, 4, "latin1");
    return segment;
  };
  for (const segment of [
    app0(16, "AVI1\x01", 14),
    app0(200, "JFIF\0", 14),
    app0(0, "AVI1", 12),
    app0(9, "JFIF\0", 20),
  ]) {
    const bytes = Buffer.concat([FULL.subarray(0, 2), segment, rest]);
    const whole = wholeJpeg(bytes)?.bytes as Uint8Array;

    expect(Buffer.from(whole.subarray(2, 11)).toString("latin1")).toBe("\xff\xe0\0\x10JFIF\0");
    await expectSamePicture(whole, FULL);
  }
});

test("a picture that is cut is told from one that is whole, and ends all the same", () => {
  const cut = FULL.subarray(0, FULL.length >> 1);
  const whole = wholeJpeg(cut);

  expect(whole?.hadEnd).toBe(false);
  expect(whole?.bytes.subarray(-2)).toEqual(Uint8Array.of(0xff, 0xd9));
});

test("what is no picture is refused, and cut anywhere nothing is thrown", () => {
  for (const bytes of ["", "\xff\xd8", "\xff\xd8\xff\xd9", "<html>", `\xff\xd8${"\xff".repeat(10_000)}`]) {
    expect(wholeJpeg(Buffer.from(bytes, "latin1"))).toBeNull();
  }
  for (let length = 0; length < 1500; length++) {
    expect(wholeJpeg(PHOTO.subarray(0, length))?.hadEnd ?? false).toBe(false);
  }
});
