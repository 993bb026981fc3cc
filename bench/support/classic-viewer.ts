/**
 * A receiver made of lanvid's own: dials a port, and receives whatever is there, a classic Python program's pixels or a
 * lanvid's JPEG. The strip is read when the picture is there as pixels: a JPEG is decoded first, whole.
 * Usage: classic-viewer.ts PORT; said "take", it reports the pictures since it was said "begin".
 */

import { createCanvas, loadImage } from "@napi-rs/canvas";
import { STRIP_BLOCK, STRIP_COLUMNS } from "../../src/media.ts";
import { dial, receiveFrom } from "../../src/net.ts";
import { nowMicros } from "../../src/time.ts";
import type { Strip } from "../../test/support/picture.ts";
import { readStrip, stripAgeMs } from "../../test/support/picture.ts";
import { stripOfBgr } from "../../test/support/python-pictures.ts";
import { hear, report } from "./child.ts";
import type { Sighting } from "./classic-roles.ts";
import { unixMs } from "./strip-pictures.ts";

const STRIP = { width: STRIP_BLOCK * STRIP_COLUMNS, height: STRIP_BLOCK * 2 };

let sightings: Sighting[] = [];
let hasBegun = false;

function see(strip: Strip | null): void {
  const at = unixMs();
  if (strip !== null) {
    if (!hasBegun) {
      hasBegun = true;
      report({ event: "first" });
    }
    sightings.push({ counter: strip.counter, ageMs: stripAgeMs(strip, at), at });
  }
}

async function stripOfJpeg(jpeg: Uint8Array): Promise<Strip | null> {
  const image = await loadImage(Buffer.from(jpeg));
  const canvas = createCanvas(STRIP.width, STRIP.height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  return readStrip({ ...STRIP, rgba: context.getImageData(0, 0, STRIP.width, STRIP.height).data });
}

const port = Number(process.argv[2]);
const connection = await dial({ host: "127.0.0.1", port }, { signal: new AbortController().signal });
receiveFrom(connection, {
  name: "bench",
  program: "lanvid/bench",
  codecs: ["mjpeg"],
  maxDelayMs: null,
  onStream: () => undefined,
  onClassic: (picture) => {
    if (picture.kind === "pixels") {
      see(stripOfBgr(picture.bytes, picture.width));
    }
  },
  onFrame: async ({ video }, settle) => {
    see(await stripOfJpeg(video.bytes));
    settle(nowMicros());
  },
  onEnd: ({ message }) => report({ event: "end", message }),
});
report({ event: "ready" });
await hear((word) => {
  if (word === "take") {
    report({ event: "seen", sightings });
  }
  sightings = [];
});
