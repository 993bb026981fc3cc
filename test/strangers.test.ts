// Parts: ffmpeg
import { expect, setDefaultTimeout, test } from "bun:test";
import { silentLog } from "../src/log.ts";
import { Track } from "../src/stream.ts";
import { withRenditions } from "../src/transcode.ts";
import { cleanupsAfterEach } from "./support/cleanups.ts";
import { Lanvid } from "./support/lanvid.ts";
import { StripSource } from "./support/picture.ts";
import { waitFor } from "./support/wait.ts";

/** What a stranger can have started by coming and going, and what a person is told of it. */

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

const cleanups = cleanupsAfterEach();

test("those who want pixels for a moment, one after the other, have one ffmpeg started per second", async () => {
  const original = new Track({ name: "desk" });
  original.attach(new StripSource());
  let starts = 0;
  const debug = (message: string) => {
    starts += /^running .*bgr24/.test(message) ? 1 : 0;
  };
  const form = {
    original,
    quality: 90,
    maxDelayMs: 250,
    isForeign: false,
    ffmpegPath: undefined,
    log: { ...silentLog, debug },
  };
  const { pixels, close } = withRenditions(form);
  cleanups.push(async () => {
    await close();
    await original.close();
  });
  const beganAt = performance.now();

  for (let count = 0; count < 20; count++) {
    const before = pixels.frameCount;
    const subscription = pixels.subscribe("classic", "10.0.0.9", { packetReady() {}, described() {}, ended() {} });
    await waitFor("a picture", () => pixels.frameCount > before);
    subscription.close();
    // Long enough for an ffmpeg to be stopped that nobody wants.
    await Bun.sleep(5);
  }
  const seconds = (performance.now() - beganAt) / 1000;

  expect(starts).toBeWithin(1, 1 + seconds);
});

test("who takes pictures is said, once a minute for each address", async () => {
  await using lanvid = new Lanvid(["serve", "test", "--size", "512x128", "--port", "0", "--http", "0"]);
  const { http } = await lanvid.event("ready");

  for (let count = 0; count < 3; count++) {
    await fetch(`http://127.0.0.1:${http}/snapshot`);
  }
  await waitFor("what is said", () => lanvid.stderr.includes("pictures are taken"));
  lanvid.kill();
  await lanvid.exited();

  expect(lanvid.stderr.match(/pictures are taken: 127\.0\.0\.1 \(\/snapshot\)/g)).toHaveLength(1);
});
