import { badOutput } from "./bad-output.ts";

/** Enough for 64 bits. */
const MAX_NUMBER_BYTES = 10;

/** Reads NUT's numbers out of bytes that may not all be there yet: reading past them gives 0 and is remembered. */
export class NutBytes {
  readonly #bytes: Uint8Array;
  #at = 0;
  #isShort = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Bytes read so far. */
  get at(): number {
    return this.#at;
  }

  /** Something was read that isn't there: what was read since means nothing. */
  get isShort(): boolean {
    return this.#isShort;
  }

  byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) {
      this.#isShort = true;
      return 0;
    }
    this.#at += 1;
    return byte;
  }

  /** u(32), big-endian. */
  u32(): number {
    return ((this.byte() << 24) | (this.byte() << 16) | (this.byte() << 8) | this.byte()) >>> 0;
  }

  /**
   * v: seven bits per byte, the highest first; the last byte has its top bit clear.
   * @throws LanvidError (ffmpeg) over 2⁵³ − 1, or when it does not end
   */
  number(): number {
    let value = 0;
    for (let length = 1; ; length++) {
      const byte = this.byte();
      value = value * 128 + (byte & 0x7f);
      if (value > Number.MAX_SAFE_INTEGER) {
        throw badOutput("a number of more than 53 bits");
      }
      if (!goesOn(byte, length)) {
        return value;
      }
    }
  }

  /** Passes over a v or s, which may have up to 64 bits. */
  skip(): void {
    for (let length = 1; goesOn(this.byte(), length); length++) {}
  }

  /** s: 0, 1, −1, 2, −2 … */
  signed(): number {
    const value = this.number() + 1;
    return value % 2 === 1 ? -(value - 1) / 2 : value / 2;
  }

  /** vb: a length, and as many bytes. A view. */
  block(): Uint8Array {
    const length = this.number();
    if (length > this.#bytes.length - this.#at) {
      this.#isShort = true;
      return new Uint8Array(0);
    }
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

function goesOn(byte: number, length: number): boolean {
  const isLast = (byte & 0x80) === 0;
  if (!isLast && length === MAX_NUMBER_BYTES) {
    throw badOutput(`a number of more than ${MAX_NUMBER_BYTES} bytes`);
  }
  return !isLast;
}
