import type { Size } from "../units.ts";

/** Colours that differ by less than this in all (of 3 × 255) are left as they stand: noise is not worth the bytes. */
const TOLERANCE = 9;
/** A jump to another cell costs some 8 bytes: up to so many unchanged cells are drawn again rather than jumped over. */
const SHORT_GAP = 1;

/**
 * Draws pictures with the character ▀, the upper half in the text's colour and the lower in the ground's, both of 24
 * bits. What did not change since the last picture is not drawn again.
 */
export class HalfBlocks {
  readonly #size: Size;
  /** What stands there: upper and lower colour of each cell; −1 for unknown. */
  readonly #upper: Int32Array;
  readonly #lower: Int32Array;

  /** @param size of the pictures, two rows to a line */
  constructor(size: Size) {
    this.#size = size;
    const cells = size.width * Math.ceil(size.height / 2);
    this.#upper = new Int32Array(cells).fill(-1);
    this.#lower = new Int32Array(cells).fill(-1);
  }

  /** What to write to the terminal. @param pixels bgra @param origin column and line of the corner, from 1 */
  draw(pixels: Uint8Array, origin: { readonly column: number; readonly line: number }): string {
    const { width, height } = this.#size;
    const parts: string[] = [];
    let [text, ground] = [-1, -1];
    for (let line = 0; line * 2 < height; line++) {
      let drawnTo = -1;
      for (let column = 0; column < width; column++) {
        const cell = line * width + column;
        const upper = colourAt(pixels, line * 2 * width + column);
        const lower = line * 2 + 1 < height ? colourAt(pixels, (line * 2 + 1) * width + column) : 0;
        if (isNear(upper, this.#upper[cell] as number) && isNear(lower, this.#lower[cell] as number)) {
          continue;
        }
        const gap = column - drawnTo - 1;
        if (drawnTo < 0 || gap > SHORT_GAP) {
          parts.push(`\x1b[${origin.line + line};${origin.column + column}H`);
        } else if (gap > 0) {
          // Not drawn, not jumped over: one step to the right.
          parts.push("\x1b[C");
        }
        if (upper !== text) {
          parts.push(`\x1b[38;2;${rgb(upper)}m`);
          text = upper;
        }
        if (lower !== ground) {
          parts.push(`\x1b[48;2;${rgb(lower)}m`);
          ground = lower;
        }
        parts.push("▀");
        this.#upper[cell] = upper;
        this.#lower[cell] = lower;
        drawnTo = column;
      }
    }
    return parts.length === 0 ? "" : `${parts.join("")}\x1b[0m`;
  }
}

function colourAt(pixels: Uint8Array, index: number): number {
  const at = index * 4;
  return ((pixels[at + 2] as number) << 16) | ((pixels[at + 1] as number) << 8) | (pixels[at] as number);
}

function isNear(a: number, b: number): boolean {
  if (a === b) {
    return true;
  }
  if (b < 0) {
    return false;
  }
  const difference = (shift: number) => Math.abs(((a >> shift) & 0xff) - ((b >> shift) & 0xff));
  return difference(16) + difference(8) + difference(0) < TOLERANCE;
}

function rgb(colour: number): string {
  return `${colour >> 16};${(colour >> 8) & 0xff};${colour & 0xff}`;
}
