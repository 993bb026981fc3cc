// Parts: ffmpeg
import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { findFfmpeg } from "../src/ffmpeg.ts";
import { silentLog } from "../src/log.ts";
import type { NewPacket, PixelBuffer } from "../src/media.ts";
import { PictureFeed } from "../src/outputs/player/picture-feed.ts";
import { Presenter } from "../src/outputs/player/presenter.ts";
import { WindowView } from "../src/outputs/player/window-view.ts";
import { ReceptionStats } from "../src/remote.ts";
import { systemClock } from "../src/time.ts";
import { Decoder } from "../src/transcode.ts";
import { MIB, type Size } from "../src/units.ts";
import { HeadlessWindow } from "../src/window/headless-window.ts";
import { plainMemory } from "../src/window/plain-memory.ts";
import type { PixelMemory } from "../src/window.ts";
import { readStrip, stripJpeg } from "./support/picture.ts";
import { waitFor } from "./support/wait.ts";

setDefaultTimeout(180_000);

const SIZE = { width: 640, height: 360 };
const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) {
    await cleanUp();
  }
});

async function setUp() {
  const window = new HeadlessWindow({ title: "", size: SIZE, onEvent: () => undefined });
  const counts = { dropped: 0 };
  const stage = await Presenter.open({
    window,
    codec: "mjpeg",
    matrix: "smpte170m",
    size: SIZE,
    ffmpeg: findFfmpeg(undefined),
    onDropped: () => {
      counts.dropped += 1;
    },
    log: silentLog,
  });
  cleanUps.push(() => stage.close());
  const seen: number[] = [];
  const settled = new Map<number, number | null>();
  const read = (pixels: Uint8Array) => {
    const strip = readStrip({ ...SIZE, rgba: new Uint8ClampedArray(pixels) });
    seen.push(strip?.counter ?? -1);
  };
  window.onPicture = read;
  const push = (counter: number) =>
    stage.push({
      capturedAt: systemClock.micros(),
      isKey: true,
      bytes: stripJpeg(SIZE.width, SIZE.height, Date.now(), counter),
      settle: (shownAt) => settled.set(counter, shownAt),
    });
  return { window, stage, counts, seen, settled, push, read };
}

const isAscending = (numbers: readonly number[]) =>
  numbers.every((one, at) => at === 0 || one > (numbers[at - 1] ?? 0));

test("of more pictures than can be decoded the newest are shown, never an older one after a newer one", async () => {
  const { counts, seen, settled, push } = await setUp();
  push(1);
  await waitFor("the decoder to run", () => seen.length === 1);

  for (let counter = 2; counter <= 60; counter++) {
    push(counter);
  }
  await waitFor("all to be settled", () => settled.size === 60);

  expect(isAscending(seen)).toBe(true);
  expect(seen.at(-1)).toBe(60);
  expect(counts.dropped).toBe(60 - seen.length);
  expect(counts.dropped).toBeGreaterThan(0);
});

test("a screen that is slower than the decoder gets the newest, and a frame is settled when it is shown", async () => {
  const { window, counts, seen, settled, push, read } = await setUp();
  let go = () => {};
  window.onPicture = async (pixels) => {
    read(pixels);
    await new Promise<void>((resolve) => {
      go = resolve;
    });
  };
  push(1);
  await waitFor("the first on its way to the screen", () => seen.length === 1);
  for (let counter = 2; counter <= 12; counter++) {
    push(counter);
    // Decoded, or given up for this one.
    await waitFor("the one before", () => counter < 4 || settled.has(counter - 2));
  }
  const whileHeld = settled.get(1);

  go();
  await waitFor("the next", () => seen.length === 2);
  go();
  await waitFor("all", () => {
    go();
    return settled.size === 12;
  });

  expect(whileHeld).toBeUndefined();
  expect(settled.get(1)).toBeNumber();
  expect(isAscending(seen)).toBe(true);
  expect(seen.at(-1)).toBe(12);
  expect(counts.dropped).toBe(12 - seen.length);
});

test("frozen, frames are settled and not shown", async () => {
  const { stage, seen, settled, push } = await setUp();
  push(1);
  await waitFor("the first", () => settled.get(1) !== undefined);

  stage.freeze(true);
  push(2);
  await waitFor("the second", () => settled.has(2));
  stage.freeze(false);
  push(3);
  await waitFor("the third", () => settled.get(3) !== undefined);

  expect(settled.get(2)).toBeNull();
  expect(seen).toEqual([1, 3]);
});

test("what is in view can be saved while a picture of another size is still to be shown", async () => {
  const window = new HeadlessWindow({ title: "", size: SIZE, onEvent: () => undefined });
  const ignore = () => undefined;
  const told = { onDropped: ignore, onFrozen: ignore, onShown: ignore, onRefused: ignore };
  const feed = new PictureFeed({ window, ffmpeg: findFfmpeg(undefined), log: silentLog, ...told });
  cleanUps.push(() => feed.close());
  const show = ({ width, height }: Size, counter: number) => {
    const bytes = stripJpeg(width, height, Date.now(), counter);
    return feed.show({ capturedAt: systemClock.micros(), isKey: true, bytes }, "mjpeg");
  };
  const seen = () => {
    const { pixels, size = SIZE } = feed.seen ?? {};
    return pixels && readStrip({ ...size, rgba: new Uint8ClampedArray(pixels) })?.counter;
  };
  await show(SIZE, 1);

  feed.freeze(true);
  const frozen = show({ width: 512, height: 288 }, 2);
  const whileStaged = seen();
  await frozen;
  feed.freeze(false);
  const afterwards = seen();
  await show({ width: 512, height: 288 }, 3);

  expect([whileStaged, afterwards, seen()]).toEqual([1, 1, 3]);
});

test("of H.264 that comes faster than it is decoded little is kept, even if all of it claims to be key frames", async () => {
  const unused: number[] = [];
  const memory = plainMemory(SIZE, 2);
  const free = [...memory.buffers];
  const decoder = new Decoder<NewPacket>({
    codec: "h264",
    matrix: "smpte170m",
    size: SIZE,
    output: SIZE,
    ffmpeg: findFfmpeg(undefined),
    takeBuffer: () => free.pop() as PixelBuffer,
    onPicture: (_, buffer) => free.push(buffer),
    onUnused: (buffer) => free.push(buffer),
    onNoPicture: ({ capturedAt }) => unused.push(capturedAt),
    log: silentLog,
  });
  cleanUps.push(() => decoder.close());

  for (let count = 1; count <= 100; count++) {
    decoder.push({ capturedAt: count, isKey: true, bytes: new Uint8Array(MIB) });
  }

  expect(unused.length).toBeGreaterThanOrEqual(100 - 17);
  expect(isAscending(unused)).toBe(true);
});

test("where there is no memory for pictures, each is let go and the next one tries again", async () => {
  let isFull = true;
  class FullWindow extends HeadlessWindow {
    override async allocate(size: Size, count: number): Promise<PixelMemory> {
      if (isFull) {
        throw new RangeError("out of memory");
      }
      return await super.allocate(size, count);
    }
  }
  const view = await WindowView.open({
    name: "",
    ffmpeg: findFfmpeg(undefined),
    open: (options) => new FullWindow(options),
    figures: () => new ReceptionStats().lastSecond(),
    onDropped: () => undefined,
    onFrozen: () => undefined,
    isClassic: () => false,
    log: silentLog,
  });
  cleanUps.push(() => view.close());
  const show = () =>
    view.show({ capturedAt: systemClock.micros(), isKey: true, bytes: stripJpeg(640, 360, Date.now(), 1) }, "mjpeg");

  const shownAt = await show();
  isFull = false;

  expect(shownAt).toBeNull();
  expect(await show()).toBeNumber();
});

test("closed in the middle of decoding, it settles what is under way and leaves no ffmpeg", async () => {
  const { stage, settled, push } = await setUp();
  push(1);
  await waitFor("the first", () => settled.has(1));
  push(2);
  push(3);
  push(4);
  const pid = stage.decoderPid as number;

  await stage.close();

  expect([2, 3, 4].every((counter) => settled.has(counter))).toBe(true);
  expect(() => process.kill(pid, 0)).toThrow();
});
