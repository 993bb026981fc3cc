/** What a parameter set says can't be, or it ends too early. */
export class BrokenParameters extends Error {}

/** Reads a NAL unit's bits, past the bytes that keep start codes out of it (00 00 **03**). */
export class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #zeros = 0;
  #byte = 0;
  #left = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** @param count at most 31 */
  unsigned(count: number): number {
    let value = 0;
    for (let bit = 0; bit < count; bit++) {
      value = value * 2 + this.#bit();
    }
    return value;
  }

  /** ue(v) (9.1). @param limit the greatest value that is allowed */
  golomb(limit = 2 ** 31): number {
    let zeros = 0;
    while (this.#bit() === 0) {
      zeros += 1;
      if (zeros > 31) {
        throw new BrokenParameters();
      }
    }
    const value = 2 ** zeros - 1 + this.unsigned(zeros);
    if (value > limit) {
      throw new BrokenParameters();
    }
    return value;
  }

  /** se(v) (9.1.1) */
  signedGolomb(): number {
    const value = this.golomb(2 ** 32);
    return value % 2 === 1 ? (value + 1) / 2 : -value / 2;
  }

  #bit(): number {
    if (this.#left === 0) {
      this.#byte = this.#nextByte();
      this.#left = 8;
    }
    this.#left -= 1;
    return (this.#byte >> this.#left) & 1;
  }

  #nextByte(): number {
    let byte = this.#bytes[this.#at++];
    if (this.#zeros >= 2 && byte === 3) {
      this.#zeros = 0;
      byte = this.#bytes[this.#at++];
    }
    if (byte === undefined) {
      throw new BrokenParameters();
    }
    this.#zeros = byte === 0 ? this.#zeros + 1 : 0;
    return byte;
  }
}
