import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { findFfmpeg } from "../src/ffmpeg.ts";
import { silentLog } from "../src/log.ts";
import { h264Parameters } from "../src/media.ts";
import { WindowView } from "../src/outputs/player/window-view.ts";
import { ReceptionStats } from "../src/remote.ts";
import { systemClock } from "../src/time.ts";
import type { Size } from "../src/units.ts";
import { HeadlessWindow } from "../src/window/headless-window.ts";
import { checkAll } from "./sizes/check.ts";
import { cornersJpeg } from "./sizes/corners.ts";
import { ShownSizes } from "./sizes/forms.ts";
import { everyResidue, NAMED } from "./sizes/list.ts";
import { type Turn, turnedFault, turnedStrip } from "./sizes/turned.ts";
import { FormedStream } from "./support/formed-stream.ts";
import { Lanvid } from "./support/lanvid.ts";
import { decodePicture, letterbox, type Picture, type Rectangle } from "./support/picture.ts";
import { waitFor } from "./support/wait.ts";
import { Screen } from "./support/window-screen.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

/** Of a snapshot, each up to 5 s. */
const MAX_TRIES = 8;

/** Of the pictures that are tried, every other comes from H.264. */
describe("the same picture in every form and in the window", () => {
  let window: ShownSizes;

  beforeAll(async () => {
    window = await ShownSizes.open();
  });

  afterAll(() => window[Symbol.asyncDispose]());

  test.each([0, 7, 14, 21])("of the usual screens, phones, cameras and films, from the %dth on", async (first) => {
    const cases = NAMED.map(([, width, height], index) => ({ width, height, codec: codecOf(index) }));

    const { pictures, faults } = await checkAll(cases.slice(first, first + 7), window);

    expect(faults).toEqual([]);
    expect(pictures).toBe(7);
  });

  test.each([0, 16, 32, 48])("of every width and every height modulo 64, from the %dth on", async (first) => {
    const sizes = everyResidue({ width: 320, height: 192 }).map((size, index) => ({ ...size, codec: codecOf(index) }));

    const { pictures, faults } = await checkAll(sizes.slice(first, first + 16), window);

    expect(faults).toEqual([]);
    expect(pictures).toBe(16);
  });
});

test.each([
  [1280, 720, 90, false],
  [1366, 768, 270, true],
  [720, 576, 180, false],
  [721, 487, 90, true],
  [1680, 1050, 0, true],
] as const)("a picture of %dx%d turned by %d, mirrored %p, has its strip where it belongs", async (...of) => {
  const [width, height, rotate, mirror] = of;

  for (const codec of ["h264", "mjpeg"] as const) {
    expect(await turnedFault({ width, height }, codec, { rotate, mirror })).toBeNull();
  }
});

describe("serve, its snapshot and watch's window", () => {
  test.each([
    [["--size", "1680x1050"], { width: 1680, height: 1050 }, 0],
    [["--size", "720x576", "--codec", "mjpeg"], { width: 720, height: 576 }, 0],
    [["--size", "1280x720", "--rotate", "90"], { width: 720, height: 1280 }, 90],
  ] as const)("with %p", async (args, size, rotate) => {
    const turn = { rotate, mirror: false };
    await using screen = await Screen.open();
    await using server = new Lanvid(["serve", "test", ...args, "--port", "0", "--http", "0"]);
    const ready = await server.event("ready");
    await using viewer = new Lanvid(["watch", `127.0.0.1:${ready["port"]}`, "--view", "window"], {
      env: screen.environment,
    });

    const picture = await decodePicture(await snapshotOf(ready["http"] as number));
    const window = await screen.window(viewer);

    expect(picture).toMatchObject(size);
    expect(turnedStrip(picture, size, turn)).not.toBeNull();
    await seesStrip(screen, window, size, turn);
  });
});

/** The picture that a person gets who tries again for as long as the server says so. */
async function snapshotOf(port: number): Promise<Uint8Array> {
  for (let tries = 1; ; tries++) {
    const answer = await fetch(`http://127.0.0.1:${port}/snapshot`);
    if (answer.status === 200) {
      return await answer.bytes();
    }
    if (tries === MAX_TRIES) {
      throw new Error(`no snapshot: ${await answer.text()}`);
    }
  }
}

/** Settles when the strip of a picture that was turned can be read in the window. */
async function seesStrip(screen: Screen, window: string, size: Size, turn: Turn): Promise<void> {
  const deadline = performance.now() + 20_000;
  for (let strip = null; strip === null; ) {
    const area = await screen.area(window);
    if (area !== null) {
      const box = letterbox(area, size);
      const place = { ...box, x: Math.round(area.x + box.x), y: Math.round(area.y + box.y) };
      const seen = cropped(await screen.picture(), place);
      strip = turnedStrip(seen, seen, turn, place.width / size.width);
    }
    if (strip === null && performance.now() > deadline) {
      throw new Error(`the window of ${JSON.stringify(area)} shows no strip`);
    }
  }
}

function cropped({ width, rgba }: Picture, place: Rectangle): Picture {
  const size = { width: Math.floor(place.width), height: Math.floor(place.height) };
  const part = new Uint8ClampedArray(size.width * size.height * 4);
  for (let row = 0; row < size.height; row++) {
    const from = ((place.y + row) * width + place.x) * 4;
    part.set(rgba.subarray(from, from + size.width * 4), row * size.width * 4);
  }
  return { ...size, rgba: part };
}

test("a JPEG of 1x64 and one of 20000x128 have their H.264", async () => {
  for (const [given, is] of [
    [
      { width: 1, height: 64 },
      { width: 2, height: 64 },
    ],
    [
      { width: 20_000, height: 128 },
      { width: 16_384, height: 104 },
    ],
  ] as const) {
    await using stream = new FormedStream(null);
    stream.original.describe({ state: "live", codec: "mjpeg", ...given });
    const taker = stream.take(stream.track("h264"));
    const bytes = cornersJpeg(given);
    const give = () => stream.original.frame({ capturedAt: systemClock.micros(), isKey: true, bytes });
    const timer = setInterval(give, 100);

    const frame = await waitFor("a frame", () => taker.frames[0]).finally(() => clearInterval(timer));

    expect(h264Parameters(frame.bytes)).toMatchObject(is);
  }
});

test("a JPEG that is wider than X pictures can be is seen in the window", async () => {
  await using window = await ShownSizes.open();
  const size = { width: 33_000, height: 512 };

  expect(await window.fault("mjpeg", size, cornersJpeg(size))).toBeNull();
});

test.each([
  [8192, 4320, null],
  [8192, 8192, null],
  [8192, 8208, "refused a picture of 8192×8208: at most 67108864 pixels are shown"],
])("the window takes %dx%d: %p", async (width, height, refusal) => {
  const warnings: string[] = [];
  const view = await WindowView.open({
    name: "",
    ffmpeg: findFfmpeg(undefined),
    open: (options) => new HeadlessWindow(options),
    figures: () => new ReceptionStats().lastSecond(),
    onDropped: () => undefined,
    onFrozen: () => undefined,
    isClassic: () => false,
    log: { ...silentLog, warn: (message) => warnings.push(message) },
  });
  const bytes = cornersJpeg({ width: 64, height: 64 });
  // Its frame header: ITU-T T.81, B.2.2.
  const header = Buffer.from(bytes).indexOf(Uint8Array.of(0xff, 0xc0));
  new DataView(bytes.buffer, bytes.byteOffset).setUint16(header + 5, height);
  new DataView(bytes.buffer, bytes.byteOffset).setUint16(header + 7, width);
  view.describe({ state: "live", width, height });

  void view.show({ capturedAt: systemClock.micros(), isKey: true, bytes }, "mjpeg");
  await view.close();

  expect(warnings).toEqual(refusal === null ? [] : [refusal]);
});

function codecOf(index: number): "h264" | "mjpeg" {
  return index % 2 === 0 ? "h264" : "mjpeg";
}
