/** One picture of a size through all that decodes it, in this process: each form, a still and the window. */

import { findFfmpeg } from "../../src/ffmpeg.ts";
import { silentLog } from "../../src/log.ts";
import { h264Parameters, jpegSize } from "../../src/media.ts";
import { WindowView } from "../../src/outputs/player/window-view.ts";
import { ReceptionStats } from "../../src/remote.ts";
import type { Track } from "../../src/stream.ts";
import { systemClock } from "../../src/time.ts";
import { halfOf } from "../../src/transcode/bits.ts";
import { stillOf } from "../../src/transcode.ts";
import type { Size } from "../../src/units.ts";
import { openWindow } from "../../src/window.ts";
import { FormedStream, type Taker } from "../support/formed-stream.ts";
import { decodePicture, letterbox, type Picture } from "../support/picture.ts";
import { waitFor } from "../support/wait.ts";
import { Screen } from "../support/window-screen.ts";
import { cornersFault, cornersH264, cornersJpeg } from "./corners.ts";

export type SourceCodec = "mjpeg" | "h264";

/** How long a form may take, ms: a picture of 8K on a busy machine is there. */
const DEADLINE_MS = 15_000;
/** A picture is given again so often, ms: of H.264 an old one is not decoded. */
const AGAIN_MS = 100;

/** A picture that has the corners, in this codec. */
export async function pictureOf(codec: SourceCodec, size: Size): Promise<Uint8Array> {
  return codec === "mjpeg" ? cornersJpeg(size) : await cornersH264(size);
}

/** How many forms were tried of a picture, and what is wrong with them. */
export interface FormFindings {
  readonly tried: number;
  readonly faults: readonly string[];
}

/** Makes every form of a picture, and looks at its size and corners. */
export async function formFaults(codec: SourceCodec, size: Size, bytes: Uint8Array): Promise<FormFindings> {
  const warnings: string[] = [];
  await using stream = new FormedStream(null, { onWarning: (message) => warnings.push(message) });
  stream.original.describe({ state: "live", codec, ...size });
  const even = { width: size.width - (size.width % 2), height: size.height - (size.height % 2) };
  const forms: [string, Track, Size][] = [
    ["pixels", stream.forms.pixels, size],
    ["H.264 in half size", stream.track("h264-half"), halfOf(size)],
    codec === "h264" ? ["JPEG", stream.forms.jpeg, size] : ["H.264", stream.track("h264"), even],
  ];
  const takers = forms.map(([name, track, expected]) => ({ name, taker: stream.take(track), expected }));
  const give = () => stream.original.frame({ capturedAt: systemClock.micros(), isKey: true, bytes });
  const timer = setInterval(give, AGAIN_MS);
  give();
  try {
    const haveAll = () => takers.every(({ taker }) => taker.frames.length > 0);
    await waitFor(() => "every form", haveAll, DEADLINE_MS).catch(() => undefined);
  } finally {
    clearInterval(timer);
  }
  const faults = takers.map(({ name, taker, expected }) => formFault(name, taker, expected, size, warnings));
  return { tried: takers.length, faults: (await Promise.all(faults)).filter((fault) => fault !== null) };
}

async function formFault(
  name: string,
  taker: Taker,
  expected: Size,
  of: Size,
  warnings: string[],
): Promise<string | null> {
  const [frame] = taker.frames;
  if (frame === undefined) {
    return `${name}: no picture came; ${warnings.join("; ") || "no warning"}`;
  }
  try {
    const picture = await decoded(frame.bytes, taker.descriptions.at(-1) as Size);
    const { width, height } = picture;
    const isSize = width === expected.width && height === expected.height;
    const fault = isSize
      ? cornersFault(picture, of)
      : `${width}x${height} instead of ${expected.width}x${expected.height}`;
    return fault === null ? null : `${name}: ${fault}`;
  } catch (error) {
    return `${name}: ${error}`;
  }
}

/** Decodes what a form gives: JPEG, H.264 (as a still) or bgr24 of the size that was described. */
async function decoded(bytes: Uint8Array, { width, height }: Size): Promise<Picture> {
  if (jpegSize(bytes) !== undefined) {
    return await decodePicture(bytes);
  }
  if (h264Parameters(bytes) !== undefined) {
    return await decodePicture(await stillOf([bytes], findFfmpeg(undefined), silentLog));
  }
  if (bytes.length !== width * height * 3) {
    throw new Error(`${bytes.length} bytes are no pixels of ${width}x${height}`);
  }
  const rgba = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let from = 0, to = 0; from < bytes.length; from += 3, to += 4) {
    rgba[to] = bytes[from + 2] as number;
    rgba[to + 1] = bytes[from + 1] as number;
    rgba[to + 2] = bytes[from] as number;
  }
  return { width, height, rgba };
}

/** A window of the program's on an X screen, for pictures of one size after the other. */
export class ShownSizes implements AsyncDisposable {
  readonly #screen: Screen;
  readonly #view: WindowView;
  readonly #window: string;
  readonly #warnings: string[];
  readonly #displayBefore: string | undefined;

  private constructor(
    screen: Screen,
    view: WindowView,
    window: string,
    warnings: string[],
    display: string | undefined,
  ) {
    this.#screen = screen;
    this.#view = view;
    this.#window = window;
    this.#warnings = warnings;
    this.#displayBefore = display;
  }

  static async open(): Promise<ShownSizes> {
    const screen = await Screen.open();
    const before = process.env["DISPLAY"];
    process.env["DISPLAY"] = screen.name;
    const warnings: string[] = [];
    const view = await WindowView.open({
      name: "sizes",
      ffmpeg: findFfmpeg(undefined),
      open: openWindow,
      figures: () => ({ ...new ReceptionStats().lastSecond(), state: "live" }),
      onDropped: () => undefined,
      onFrozen: () => undefined,
      isClassic: () => false,
      log: { ...silentLog, warn: (message) => warnings.push(message) },
    });
    const window = screen.xdo("search", "--sync", "--onlyvisible", "--name", "sizes").text;
    return new ShownSizes(screen, view, window, warnings, before);
  }

  /** What is wrong with the picture on the screen; null when it is right. */
  async fault(codec: SourceCodec, size: Size, bytes: Uint8Array): Promise<string | null> {
    this.#view.describe({ state: "live", codec, ...size });
    this.#warnings.length = 0;
    const deadline = performance.now() + DEADLINE_MS;
    for (;;) {
      const fault = await this.#showOnce(codec, size, bytes);
      if (fault === null || performance.now() > deadline) {
        return fault && [`window: ${fault}`, ...this.#warnings].join("; ");
      }
      await Bun.sleep(AGAIN_MS);
    }
  }

  async #showOnce(codec: SourceCodec, size: Size, bytes: Uint8Array): Promise<string | null> {
    const shown = this.#view.show({ capturedAt: systemClock.micros(), isKey: true, bytes }, codec);
    const shownAt = await Promise.race([shown, Bun.sleep(DEADLINE_MS).then(() => null)]);
    const area = await this.#screen.area(this.#window);
    if (shownAt === null || area === null) {
      return "nothing was shown";
    }
    const box = letterbox(area, size);
    const place = { ...box, x: area.x + box.x, y: area.y + box.y };
    return cornersFault(await this.#screen.picture(), size, place);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#view.close();
    await this.#screen[Symbol.asyncDispose]();
    if (this.#displayBefore === undefined) {
      delete process.env["DISPLAY"];
    } else {
      process.env["DISPLAY"] = this.#displayBefore;
    }
  }
}
