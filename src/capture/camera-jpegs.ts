import { wholeJpeg } from "./whole-jpeg.ts";

/** Pictures without their end in a row after which it is the camera's way to leave it out. */
const MOST_WITHOUT_END = 10;

/** Makes files of a camera's JPEGs, and leaves out those that are cut. */
export class CameraJpegs {
  readonly #onBroken: (fault: string) => void;
  #withoutEnd = 0;
  #hasEnds = false;

  /** @param onBroken called for each picture that is left out, with what is wrong with it */
  constructor(onBroken: (fault: string) => void) {
    this.#onBroken = onBroken;
  }

  /** @returns null for what is left out */
  take(bytes: Uint8Array): Uint8Array | null {
    const whole = wholeJpeg(bytes);
    if (whole === null) {
      this.#onBroken("it is no JPEG");
      return null;
    }
    this.#hasEnds ||= whole.hadEnd;
    if (whole.hadEnd || (!this.#hasEnds && this.#withoutEnd >= MOST_WITHOUT_END)) {
      return whole.bytes;
    }
    this.#withoutEnd += 1;
    this.#onBroken("its end is missing");
    return null;
  }
}
