/** Cuts raw video into pictures of one size, each in memory of its own. */
export class RawReader {
  readonly #length: number;
  readonly #onPicture: (bytes: Uint8Array) => void;
  #picture: Uint8Array | null = null;
  #fill = 0;

  /** @param length bytes of a picture @param onPicture owns the bytes it gets */
  constructor(length: number, onPicture: (bytes: Uint8Array) => void) {
    this.#length = length;
    this.#onPicture = onPicture;
  }

  /** Takes the next bytes; keeps nothing of `chunk`. */
  push(chunk: Uint8Array): void {
    let rest = chunk;
    while (rest.length > 0) {
      const picture = this.#picture ?? new Uint8Array(this.#length);
      this.#picture = picture;
      const taken = Math.min(picture.length - this.#fill, rest.length);
      picture.set(rest.subarray(0, taken), this.#fill);
      this.#fill += taken;
      rest = rest.subarray(taken);
      if (this.#fill === picture.length) {
        this.#picture = null;
        this.#fill = 0;
        this.#onPicture(picture);
      }
    }
  }
}
