/** Pictures that carry the time strip, and what can be read from a picture of them (docs/protocol.md). */

import { createCanvas, loadImage } from "@napi-rs/canvas";
import { heard, openFault } from "../../src/errors.ts";
import { type Source, type SourceSink, STRIP_BLOCK, STRIP_COLUMNS, stripBits } from "../../src/media.ts";
import { type Clock, systemClock, type Timer } from "../../src/time.ts";

/** Uncompressed pixels, four bytes each: red, green, blue, alpha. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8ClampedArray;
}

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What a time strip says. */
export interface Strip {
  /** Unix time in ms, modulo 2³². */
  readonly time: number;
  readonly counter: number;
}

/** A JPEG with the strip on a grey ground and a bar that moves with the counter. At least 512 pixels wide. */
export function stripJpeg(width: number, height: number, unixMs: number, counter: number): Uint8Array {
  const canvas = createCanvas(width, height);
  const context = canvas.getContext("2d");
  const gradient = context.createLinearGradient(0, 0, width, height);
  gradient.addColorStop(0, "#27425e");
  gradient.addColorStop(1, "#b98b5e");
  context.fillStyle = gradient;
  context.fillRect(0, 0, width, height);
  context.fillStyle = "#e8e4da";
  context.fillRect((counter * 4) % width, height / 2, 40, 40);
  stripBits(unixMs, counter).forEach((bits, row) => {
    for (let column = 0; column < STRIP_COLUMNS; column++) {
      context.fillStyle = (bits >>> column) & 1 ? "#fff" : "#000";
      context.fillRect(column * STRIP_BLOCK, row * STRIP_BLOCK, STRIP_BLOCK, STRIP_BLOCK);
    }
  });
  return canvas.toBuffer("image/jpeg", 80);
}

/** Decodes a PNG or JPEG. */
export async function decodePicture(bytes: Uint8Array): Promise<Picture> {
  const image = await loadImage(Buffer.from(bytes));
  const canvas = createCanvas(image.width, image.height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  return { width: image.width, height: image.height, rgba: data };
}

/** Where a picture of this size lies in a box that letterboxes it. */
export function letterbox(
  box: { readonly width: number; readonly height: number },
  picture: { readonly width: number; readonly height: number },
): Rectangle {
  const scale = Math.min(box.width / picture.width, box.height / picture.height);
  const [width, height] = [picture.width * scale, picture.height * scale];
  return { x: (box.width - width) / 2, y: (box.height - height) / 2, width, height };
}

/**
 * Reads the strip of a picture, or null where there is none or its check bits are wrong.
 * @param pictureWidth the unscaled picture's width
 * @param area where the (scaled) picture lies in `image`; without it, all of `image` is the picture
 */
export function readStrip(image: Picture, pictureWidth = image.width, area?: Rectangle): Strip | null {
  const { x, y, width } = area ?? { x: 0, y: 0, width: image.width };
  const block = (STRIP_BLOCK * width) / pictureWidth;
  const row = (index: number) => {
    let bits = 0;
    for (let column = 0; column < STRIP_COLUMNS; column++) {
      const light = lightOf(image, x + (column + 0.5) * block, y + (index + 0.5) * block);
      bits |= (light >= 128 ? 1 : 0) << column;
    }
    return bits >>> 0;
  };
  const [time, count] = [row(0), row(1)];
  const counter = count & 0xff_ffff;
  const [, expected] = stripBits(0, counter);
  return count === expected ? { time, counter } : null;
}

/** How long before `nowMs` (Unix time) the strip was drawn, in ms. */
export function stripAgeMs(strip: Strip, nowMs = Date.now()): number {
  const difference = (Math.floor(nowMs) % 2 ** 32) - strip.time;
  return difference < -(2 ** 31) ? difference + 2 ** 32 : difference;
}

/** The lightness around a point, 0 to 255: the mean of 3×3 pixels, which JPEG's noise does not sway. */
function lightOf({ width, height, rgba }: Picture, x: number, y: number): number {
  let sum = 0;
  for (let dy = -1; dy <= 1; dy++) {
    for (let dx = -1; dx <= 1; dx++) {
      const column = Math.min(width - 1, Math.max(0, Math.floor(x) + dx));
      const line = Math.min(height - 1, Math.max(0, Math.floor(y) + dy));
      const at = (line * width + column) * 4;
      sum += ((rgba[at] as number) + (rgba[at + 1] as number) + (rgba[at + 2] as number)) / 3;
    }
  }
  return sum / 9;
}

/** A source of pictures with the strip, 640×360 at 30 a second, that a test can interrupt. */
export class StripSource implements Source {
  readonly kind = "test";
  readonly codec = "mjpeg";
  readonly name = "strip";
  readonly alwaysOn = false;
  isRunning = false;
  readonly #clock: Clock;
  #timer: Timer | undefined;
  #sink: SourceSink | undefined;
  #counter = 0;
  #error: string | null = null;

  constructor(clock = systemClock) {
    this.#clock = clock;
  }

  start(sink: SourceSink): void {
    this.isRunning = true;
    this.#sink = sink;
    sink.describe({ state: "starting" });
    this.#timer = this.#clock.every(33, () => this.#give());
  }

  async stop(): Promise<void> {
    this.isRunning = false;
    this.#timer?.[Symbol.dispose]();
  }

  /** From now on there are no pictures, for this reason; with null, there are again. */
  fail(error: string | null): void {
    this.#error = error;
    this.#sink?.describe(
      error === null ? { state: "starting", error } : { state: "failed", error: openFault(heard(error)) },
    );
  }

  /** Gives these bytes as a frame. */
  give(bytes: Uint8Array): void {
    this.#sink?.frame({ capturedAt: this.#clock.micros(), isKey: true, bytes });
  }

  #give(): void {
    if (this.#error !== null) {
      return;
    }
    this.#counter += 1;
    this.#sink?.describe({ state: "live", codec: "mjpeg", width: 640, height: 360, error: null });
    this.give(stripJpeg(640, 360, this.#clock.unixMs(), this.#counter));
  }
}
