// Parts: ffmpeg
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { Recording } from "./support/capture.ts";
import { segmentsOf, withoutTables } from "./support/jpeg-parts.ts";
import { Lanvid, runLanvid } from "./support/lanvid.ts";
import { decodePicture } from "./support/picture.ts";
import { Folder } from "./support/stand-in.ts";

// The preload's reaches the first file of a run only.
setDefaultTimeout(60_000);

const folder = new Folder();
/** Only there a name may be one of a camera that is not listed. */
const device = `/dev/shm/lanvid-camera-jpeg-${process.pid}`;
/** Pictures of 320x240 with the standard tables. */
let pictures: readonly Uint8Array[];

beforeAll(async () => {
  writeFileSync(device, "");
  const input = [
    "-hide_banner",
    "-loglevel",
    "error",
    "-f",
    "lavfi",
    "-i",
    "testsrc2=s=320x240:r=30",
    "-frames:v",
    "30",
  ];
  const output = ["-c:v", "mjpeg", "-huffman", "default", "-pix_fmt", "yuvj422p", "-f", "mjpeg", "pipe:1"];
  const all = Buffer.from(
    await Bun.spawn([Bun.which("ffmpeg") as string, ...input, ...output], { stdout: "pipe" }).stdout.bytes(),
  );
  const starts = [...all.keys()].filter((at) => all.readUInt32BE(Math.min(at, all.length - 4)) === 0xffd8ffe0);
  pictures = starts.map((at, index) => all.subarray(at, starts[index + 1]));
});

afterAll(() => {
  rmSync(device);
  folder[Symbol.dispose]();
});

/** An ffmpeg that has a camera which gives these pictures over and over, 30 a second. */
function cameraOf(name: string, given: readonly Uint8Array[]): string {
  const film = folder.write(`${name}.mjpeg`, Buffer.concat(given));
  return folder.standIn(
    `${name}.sh`,
    `
case " $* " in *" -list_formats "*)
  echo '[video4linux2,v4l2 @ 0x1] Compressed:       mjpeg :          Motion-JPEG : 320x240' >&2
  exit 1;;
*" v4l2 "*) ;;
*) exec "$REAL" "$@";;
esac
words=()
while [ "$1" != -i ]; do case "$1" in -f|-input_format|-video_size|-framerate) shift 2;; *) words+=("$1"); shift;; esac; done
shift 2
exec "$REAL" "\${words[@]}" -f mjpeg -re -stream_loop -1 -i ${film} "$@"`,
  );
}

function tablesIn(bytes: Uint8Array): number {
  return segmentsOf(bytes).markers.filter((marker) => marker === 0xc4).length;
}

test("of a camera without Huffman tables, whatever is shown or saved has them", async () => {
  const ffmpeg = cameraOf("bare", pictures.map(withoutTables));
  await using server = new Lanvid(["serve", `camera:${device}`, "--ffmpeg", ffmpeg, "--port", "0", "--http", "0"]);
  const { port, http } = await server.event("ready");
  const watch = ["watch", `127.0.0.1:${port}`, "--view", "none"];
  const [saved, recorded] = [`${folder.path}/one.jpg`, `${folder.path}/all.mjpeg`];

  const snapshot = await (await fetch(`http://127.0.0.1:${http}/snapshot`)).bytes();
  const stream = await fetch(`http://127.0.0.1:${http}/stream`);
  const { value: beginning } = await (stream.body as ReadableStream<Uint8Array>).getReader().read();
  await runLanvid([...watch, "--snapshot", saved]);
  await runLanvid([...watch, "--output", recorded, "--frames", "1"]);

  expect(tablesIn(snapshot)).toBe(1);
  expect(Buffer.from(beginning as Uint8Array).includes(Uint8Array.of(0xff, 0xc4))).toBe(true);
  expect(tablesIn(await Bun.file(saved).bytes())).toBe(1);
  expect(tablesIn(await Bun.file(recorded).bytes())).toBe(1);
  expect(await decodePicture(snapshot)).toMatchObject({ width: 320, height: 240 });
});

test("pictures that a camera cuts are left out and counted, the others are shown without what follows them", async () => {
  const given = pictures.map((picture, index) =>
    index % 3 === 1 ? picture.subarray(0, picture.length >> 1) : Buffer.concat([picture, Buffer.alloc(500, "garbage")]),
  );
  await using camera = new Recording(`camera:${device}`, { codec: "auto" }, cameraOf("cut", given));

  const frames = await camera.first(60);

  const whole = new Set(pictures.filter((_, index) => index % 3 !== 1).map((picture) => Bun.hash(picture)));
  expect(frames.filter(({ bytes }) => !whole.has(Bun.hash(bytes)))).toEqual([]);
  expect(camera.said).toContain(`${device} gives broken JPEG, which is left out: its end is missing`);
  expect(camera.said).toContain(`10 broken pictures of ${device} were left out`);
});

test("a camera that never writes an end is shown all the same", async () => {
  const given = pictures.map((picture) => picture.subarray(0, -2));
  await using camera = new Recording(`camera:${device}`, { codec: "auto" }, cameraOf("endless", given));

  const [frame] = await camera.first(1);

  expect(frame?.bytes.subarray(-2)).toEqual(Uint8Array.of(0xff, 0xd9));
});

test("a camera whose pictures lack their last bytes, as ffmpeg's decoder finds with many, is encoded all the same", async () => {
  const given = pictures.map((picture) => Buffer.concat([picture.subarray(0, -100), picture.subarray(-2)]));
  await using camera = new Recording(`camera:${device}`, { codec: "mjpeg", rotate: 180 }, cameraOf("short", given));

  const [frame] = await camera.first(20);

  expect(await decodePicture(frame?.bytes ?? new Uint8Array())).toMatchObject({ width: 320, height: 240 });
});
