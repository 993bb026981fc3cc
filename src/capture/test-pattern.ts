import { STRIP_BLOCK, STRIP_COLUMNS, stripBits } from "../media.ts";
import type { Size } from "../units.ts";
import { eachPixel, TEXT_ROWS, textColumns } from "./font.ts";

/** The smallest test pattern: as wide as its time strip. */
export const MIN_PATTERN: Size = { width: STRIP_BLOCK * STRIP_COLUMNS, height: 128 };

const WHITE = 255;
const BLACK = 0;
const BACKGROUND = 28;
/** RGB of the eight bars. */
const BARS = [
  [235, 235, 235],
  [235, 235, 16],
  [16, 235, 235],
  [16, 235, 16],
  [235, 16, 235],
  [235, 16, 16],
  [16, 16, 235],
  [16, 16, 16],
] as const;
/** The marker at the bottom crosses the picture, up to the frame's number, in this time. */
const SWEEP_MS = 2000;
const SWEEP_PART = 0.85;

interface Area extends Size {
  readonly x: number;
  readonly y: number;
}

/**
 * Draws the test pattern as yuv420p, full range: colour bars, a grey ramp and a zone plate (fine detail), and in each
 * frame the time strip, a clock, the frame's number and a marker that moves.
 */
export class TestPattern {
  readonly #size: Size;
  readonly #still: Uint8Array;
  readonly #frame: Uint8Array;

  /** @param size at least MIN_PATTERN */
  constructor(size: Size) {
    this.#size = size;
    const chroma = Math.ceil(size.width / 2) * Math.ceil(size.height / 2);
    this.#still = new Uint8Array(size.width * size.height + 2 * chroma);
    this.#frame = new Uint8Array(this.#still.length);
    this.#drawStill();
  }

  /**
   * One frame; the same memory each time, valid until the next call.
   * @param unixMs the time that it shows
   * @param counter the frame's number, modulo 2²⁴
   */
  draw(unixMs: number, counter: number): Uint8Array {
    this.#frame.set(this.#still);
    this.#drawStrip(unixMs, counter);
    this.#drawClock(unixMs, counter);
    this.#drawMarker(unixMs);
    return this.#frame;
  }

  #drawStill(): void {
    const { width, height } = this.#size;
    const lumaBytes = width * height;
    this.#still.fill(BACKGROUND, 0, lumaBytes);
    this.#still.fill(128, lumaBytes);
    const top = Math.max(2 * STRIP_BLOCK, Math.round(height * 0.1));
    const middle = Math.round(height * 0.6);
    const bottom = Math.round(height * 0.9);
    BARS.forEach(([r, g, b], index) => {
      const x = Math.round((index * width) / BARS.length);
      const next = Math.round(((index + 1) * width) / BARS.length);
      this.#paint({ x, y: top, width: next - x, height: middle - top }, r, g, b);
    });
    this.#drawRamp({ x: 0, y: middle, width: Math.round(width / 2), height: bottom - middle });
    this.#drawZonePlate({
      x: Math.round(width / 2),
      y: middle,
      width: width - Math.round(width / 2),
      height: bottom - middle,
    });
  }

  /** BT.601, full range, as JPEG has it (ITU-T T.871, 7). */
  #paint(area: Area, r: number, g: number, b: number): void {
    const { width, height } = this.#size;
    const chromaWidth = Math.ceil(width / 2);
    const chromaHeight = Math.ceil(height / 2);
    const u = width * height;
    const v = u + chromaWidth * chromaHeight;
    fill(this.#still, width, area, 0.299 * r + 0.587 * g + 0.114 * b);
    const half = {
      x: area.x >> 1,
      y: area.y >> 1,
      width: Math.ceil(area.width / 2),
      height: Math.ceil(area.height / 2),
    };
    fill(this.#still.subarray(u, v), chromaWidth, half, 128 - 0.168736 * r - 0.331264 * g + 0.5 * b);
    fill(this.#still.subarray(v), chromaWidth, half, 128 + 0.5 * r - 0.418688 * g - 0.081312 * b);
  }

  #drawRamp(area: Area): void {
    for (let column = 0; column < area.width; column++) {
      const luma = (255 * column) / Math.max(1, area.width - 1);
      fill(this.#still, this.#size.width, { ...area, x: area.x + column, width: 1 }, luma);
    }
  }

  /** cos(k·r²): detail from coarse in the centre to the finest that the picture can hold at its sides. */
  #drawZonePlate(area: Area): void {
    const scale = Math.PI / area.width;
    for (let row = 0; row < area.height; row++) {
      for (let column = 0; column < area.width; column++) {
        const x = column - area.width / 2;
        const y = row - area.height / 2;
        const at = (area.y + row) * this.#size.width + area.x + column;
        this.#still[at] = 128 + 100 * Math.cos(scale * (x * x + y * y));
      }
    }
  }

  #drawStrip(unixMs: number, counter: number): void {
    stripBits(unixMs, counter).forEach((bits, row) => {
      for (let column = 0; column < STRIP_COLUMNS; column++) {
        const block = { x: column * STRIP_BLOCK, y: row * STRIP_BLOCK, width: STRIP_BLOCK, height: STRIP_BLOCK };
        fill(this.#frame, this.#size.width, block, (bits >>> column) & 1 ? WHITE : BLACK);
      }
    });
  }

  #drawClock(unixMs: number, counter: number): void {
    const time = new Date(unixMs);
    const two = (value: number) => String(value).padStart(2, "0");
    const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
    const text = `${clock}.${String(time.getMilliseconds()).padStart(3, "0")}`;
    const { width, height } = this.#size;
    const scale = Math.max(1, Math.floor((width * 0.6) / textColumns(text)));
    const textWidth = textColumns(text) * scale;
    const textHeight = TEXT_ROWS * scale;
    const x = (width - textWidth) >> 1;
    const margin = 2 * scale;
    // In a low picture it moves down rather than over the strip.
    const y = Math.max(2 * STRIP_BLOCK + margin, Math.round(height * 0.35) - (textHeight >> 1));
    this.#panel({ x: x - margin, y: y - margin, width: textWidth + 2 * margin, height: textHeight + 2 * margin });
    this.#write(text, x, y, scale);

    const number = `#${String(counter).padStart(6, "0")}`;
    const small = Math.max(1, scale >> 2);
    const numberWidth = textColumns(number) * small;
    const left = width - numberWidth - 3 * small;
    const above = Math.round(height * 0.95) - ((TEXT_ROWS * small) >> 1);
    this.#write(number, left, above, small);
  }

  #drawMarker(unixMs: number): void {
    const { width, height } = this.#size;
    const side = Math.max(4, Math.round(height * 0.05));
    const x = Math.round(((unixMs % SWEEP_MS) / SWEEP_MS) * (width * SWEEP_PART - side));
    fill(this.#frame, width, { x, y: Math.round(height * 0.95) - (side >> 1), width: side, height: side }, WHITE);
  }

  /** A black box, also in its colours. */
  #panel(area: Area): void {
    const { width, height } = this.#size;
    const chromaWidth = Math.ceil(width / 2);
    const u = width * height;
    const v = u + chromaWidth * Math.ceil(height / 2);
    const half = { x: area.x >> 1, y: area.y >> 1, width: area.width >> 1, height: area.height >> 1 };
    fill(this.#frame, width, area, BLACK);
    fill(this.#frame.subarray(u, v), chromaWidth, half, 128);
    fill(this.#frame.subarray(v), chromaWidth, half, 128);
  }

  #write(text: string, x: number, y: number, scale: number): void {
    eachPixel(text, (column, row) => {
      const pixel = { x: x + column * scale, y: y + row * scale, width: scale, height: scale };
      fill(this.#frame, this.#size.width, pixel, WHITE);
    });
  }
}

/** Fills a rectangle of a plane; what is outside of the plane's rows is left out. */
function fill(plane: Uint8Array, stride: number, area: Area, value: number): void {
  const left = Math.max(0, area.x);
  const right = Math.min(stride, area.x + area.width);
  for (let row = Math.max(0, area.y); row < area.y + area.height; row++) {
    plane.fill(value, row * stride + left, row * stride + right);
  }
}
