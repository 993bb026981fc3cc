// Parts: ffmpeg
import { expect, setDefaultTimeout, test } from "bun:test";
import { jpegDialect } from "../src/capture/jpeg-dialect.ts";
import { Recording } from "./support/capture.ts";
import { type Dialect, HttpCamera, MULTIPART_HEAD, PLAIN } from "./support/http-camera.ts";
import { decodePicture, readStrip, stripJpeg } from "./support/picture.ts";

// The preload's reaches the first file of a run only.
setDefaultTimeout(60_000);

const part =
  (headers: string): Dialect["part"] =>
  (jpeg) => [`--frame\r\n${headers.replace("LENGTH", String(jpeg.length))}\r\n`, jpeg, "\r\n"];
const raw = (type: string): Dialect => ({
  head: `HTTP/1.1 200 OK\r\n${type === "" ? "" : `Content-Type: ${type}\r\n`}\r\n`,
  part: (jpeg) => [jpeg],
});
const HEADERS = "Content-Type: image/jpeg\r\nContent-Length: LENGTH\r\n";

/** Every one of them is shown by browsers, or by players. */
const DIALECTS: Readonly<Record<string, Dialect>> = {
  "as ffmpeg has it": PLAIN,
  "no boundary before the first part": {
    part: (jpeg) => [`Content-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`, jpeg, "\r\n--frame\r\n"],
  },
  "a type with a parameter": { part: part(HEADERS.replace("jpeg", "jpeg; charset=binary")) },
  "image/jpg": { part: part(HEADERS.replace("jpeg", "jpg")) },
  "no type": { part: part("Content-Length: LENGTH\r\n") },
  "no length": { part: part("Content-Type: image/jpeg\r\n") },
  "no headers at all": { part: part("") },
  "lines that end with LF alone": {
    head: MULTIPART_HEAD.replaceAll("\r", ""),
    part: (jpeg) => [`--frame\nContent-Type: image/jpeg\n\n`, jpeg, "\n"],
  },
  "a boundary without its dashes": {
    part: (jpeg) => [`frame\r\n${HEADERS.replace("LENGTH", String(jpeg.length))}\r\n`, jpeg],
  },
  "a wrong length": { part: (jpeg, count) => part(HEADERS.replace("LENGTH", "1000"))(jpeg, count) },
  "long headers": { part: part(`${HEADERS}X-Meta: ${"x".repeat(3000)}\r\n`) },
  "a part of text now and then": {
    part: (jpeg, count) => [
      ...(count % 5 === 3 ? ["--frame\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok\r\n"] : []),
      ...part(HEADERS)(jpeg, count),
    ],
  },
  // ffmpeg's decoder complains of each, as of many cameras' ("overread"), and gives it all the same.
  "pictures that lack their last bytes": {
    part: (jpeg, count) => PLAIN.part(Buffer.concat([jpeg.subarray(0, -100), jpeg.subarray(-2)]), count),
  },
  "JPEG behind JPEG, as image/jpeg": raw("image/jpeg"),
  "JPEG behind JPEG, as video/x-motion-jpeg": raw("video/x-motion-jpeg"),
  "JPEG behind JPEG, of no type": raw(""),
};

for (const [name, dialect] of Object.entries(DIALECTS)) {
  test(`a camera's JPEGs by HTTP are shown: ${name}`, async () => {
    using camera = new HttpCamera(dialect);
    await using source = new Recording(`http://127.0.0.1:${camera.port}/stream`, { codec: "mjpeg" });

    const frames = await source.first(6);

    const counters = await Promise.all(
      frames.map(async ({ bytes }) => readStrip(await decodePicture(bytes))?.counter ?? -1),
    );
    // Not all of them, since it may be begun again; but none twice, and in their order.
    expect(counters.every((counter, index) => counter > (counters[index - 1] ?? -1))).toBe(true);
  });
}

test("what a camera sends is told by its beginning, cut anywhere", () => {
  const jpeg = stripJpeg(640, 360, 0, 0);
  const body = (...pieces: readonly (string | Uint8Array)[]) =>
    Buffer.concat(pieces.map((piece) => Buffer.from(piece)));
  const ofLength = (length: number) =>
    body(`--x\r\nContent-Type: image/jpeg\r\nContent-Length: ${length}\r\n\r\n`, jpeg);
  const strict = ofLength(jpeg.length);
  const loose = body("--x\r\nContent-Type: image/jpg\r\n\r\n", jpeg);

  expect(jpegDialect(strict, "going on")).toBe("multipart");
  expect(jpegDialect(strict.subarray(0, -1), "going on")).toBeUndefined();
  expect(jpegDialect(strict.subarray(0, -1), "silent")).toBe("multipart");
  expect(jpegDialect(ofLength(jpeg.length >> 1), "going on")).toBe("loose");
  expect(jpegDialect(loose, "going on")).toBe("loose");
  expect(jpegDialect(body(jpeg, jpeg), "going on")).toBe("loose");
  expect(jpegDialect(jpeg, "silent")).toBe("loose");
  expect(jpegDialect(jpeg, "over")).toBe("still");
  expect(jpegDialect(jpeg, "going on")).toBeUndefined();
  expect(jpegDialect(jpeg.subarray(0, -2), "over")).toBeNull();
  for (let length = 0; length < 60; length++) {
    expect(["multipart", undefined]).toContain(jpegDialect(strict.subarray(0, length), "going on") ?? undefined);
    expect(jpegDialect(strict.subarray(0, Math.min(length, 50)), "going on")).toBeUndefined();
  }
});

test("what is no camera's is left to ffmpeg", () => {
  const jpeg = stripJpeg(640, 360, 0, 0);
  const others = [
    "#EXTM3U\n",
    "<html>",
    "\0\0\0\x18ftypmp42",
    "ID3\x04\0",
    "FLV\x01",
    "G@\0\x10",
    "\x1aE\xdf\xa3",
    "RIFF\0\0",
  ];
  for (const other of others) {
    expect(jpegDialect(Buffer.concat([Buffer.from(other, "latin1"), jpeg]), "going on")).toBeNull();
  }
  expect(jpegDialect(Buffer.alloc(10_000, "x"), "going on")).toBeNull();
  expect(jpegDialect(Buffer.alloc(0), "over")).toBeNull();
});

test("a format that a person names is not looked for", async () => {
  using camera = new HttpCamera(PLAIN);
  await using source = new Recording(`http://127.0.0.1:${camera.port}/`, { codec: "mjpeg", extra: ["-f", "mpjpeg"] });

  await source.first(2);

  expect(camera.connections).toBe(1);
});
