/**
 * A receiver made of lanvid's own: dials a port, and receives whatever is there, a classic Python program's pixels or a
 * lanvid's JPEG. The strip is read when the picture is there as pixels: a JPEG is decoded first, whole.
 * Usage: classic-viewer.ts PORT; said "take", it reports the pictures since it was said "begin".
 */

import { dial } from "../../src/net.ts";
import { receiveFrom } from "../../src/servers/tcp.ts";
import { systemClock } from "../../src/time.ts";
import type { SeenPicture } from "../../test/support/film-strips.ts";
import { decodePicture, readStrip, type Strip, stripAgeMs } from "../../test/support/picture.ts";
import { stripOfBgr } from "../../test/support/python-pictures.ts";
import { hear, say } from "../runner/child.ts";

let pictures: SeenPicture[] = [];
let hasBegun = false;

function see(strip: Strip | null, byteCount: number): void {
  const at = performance.timeOrigin + performance.now();
  if (strip !== null) {
    if (!hasBegun) {
      hasBegun = true;
      say({ event: "first" });
    }
    pictures.push({ counter: strip.counter, ageMs: stripAgeMs(strip, at), at, byteCount });
  }
}

const address = { host: "127.0.0.1", port: Number(process.argv[2]) };
receiveFrom(await dial(address, { signal: new AbortController().signal }), {
  name: "bench",
  program: "lanvid/bench",
  codecs: ["mjpeg"],
  maxDelayMs: null,
  onStream: () => undefined,
  onClassic: (picture) => {
    if (picture.kind === "pixels") {
      see(stripOfBgr(picture.bytes, picture.width), picture.bytes.length);
    }
  },
  onFrame: async ({ video }, settle) => {
    see(readStrip(await decodePicture(video.bytes)), video.bytes.length);
    settle(systemClock.micros());
  },
  onEnd: () => process.exit(),
});
await hear((word) => {
  if (word === "take") {
    say({ event: "seen", pictures });
  }
  pictures = [];
});
