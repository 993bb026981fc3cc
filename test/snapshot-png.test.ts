import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFfmpeg } from "../src/ffmpeg.ts";
import { silentLog } from "../src/log.ts";
import { pixelsOf } from "../src/transcode.ts";
import { Lanvid, runLanvid } from "./support/lanvid.ts";
import { decodePicture, readStrip, stripJpeg } from "./support/picture.ts";

setDefaultTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), "lanvid-png-"));

afterAll(() => rmSync(folder, { recursive: true }));

test.each(["h264", "mjpeg"])("--snapshot FILE.png of %s is a PNG of what was sent", async (codec) => {
  const free = ["--port", "0", "--http", "off"];
  await using server = new Lanvid(["serve", "test", "--size", "640x360", "--codec", codec, ...free]);
  const { port } = await server.event("ready");
  const path = join(folder, `${codec}.png`);

  const { code, stderr } = await runLanvid(["watch", `127.0.0.1:${port}`, "--snapshot", path]);

  expect({ code, stderr }).toMatchObject({ code: 0 });
  const bytes = await Bun.file(path).bytes();
  const picture = await decodePicture(bytes);
  expect([...bytes.subarray(1, 4)]).toEqual([0x50, 0x4e, 0x47]);
  expect(picture).toMatchObject({ width: 640, height: 360 });
  expect(readStrip(picture)).not.toBeNull();
  // The pattern's second bar is yellow: red and blue have not changed places.
  const [red, green, blue] = picture.rgba.subarray((100 * 640 + 120) * 4);
  expect([Number(red) > 180, Number(green) > 180, Number(blue) < 80]).toEqual([true, true, true]);
});

test("a JPEG that says it is larger than any screen is not decoded", async () => {
  const bytes = Buffer.from(stripJpeg(640, 360, 0, 1));
  // Its frame header: ITU-T T.81, B.2.2.
  const header = bytes.indexOf(Uint8Array.of(0xff, 0xc0));
  bytes.writeUInt16BE(65_000, header + 5);
  bytes.writeUInt16BE(65_000, header + 7);

  const decoding = pixelsOf({ codec: "mjpeg", frames: [bytes] }, findFfmpeg(undefined), silentLog);

  await expect(decoding).rejects.toThrow("cannot decode a picture of 65000×65000: at most 67108864 pixels are decoded");
});
