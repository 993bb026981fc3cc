import { ProtocolError, type Reason } from "../wire.ts";

const NEWLINE = 0x0a;

/** Reads a pickle from its start to its end; what is not there any more is `pickle-truncated`. Gives views, copies nothing. */
export class Cursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at: number;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = start;
  }

  /** Bytes that are still to be read. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    return this.#bytes[this.#advance(1)] as number;
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  i32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  /** Above 2⁵³ it comes back rounded, and is longer than every payload anyway. */
  u64(): number {
    const low = this.u32();
    return this.u32() * 2 ** 32 + low;
  }

  take(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** A line without its end, of any length. */
  line(): Uint8Array {
    const end = this.#bytes.indexOf(NEWLINE, this.#at);
    if (end < 0) {
      throw new ProtocolError("pickle-truncated", "a pickle ends within a line");
    }
    const line = this.#bytes.subarray(this.#at, end);
    this.#at = end + 1;
    return line;
  }

  /**
   * A line of at most `maxBytes`.
   * @param what it is, for the message; `code` is the reason when it is longer
   */
  shortLine(maxBytes: number, what: string, code: Reason): Uint8Array {
    const rest = this.#bytes.subarray(this.#at, this.#at + maxBytes + 1);
    const length = rest.indexOf(NEWLINE);
    if (length >= 0) {
      this.#at += length + 1;
      return rest.subarray(0, length);
    }
    if (rest.length <= maxBytes) {
      throw new ProtocolError("pickle-truncated", `a pickle ends within ${what}`);
    }
    throw new ProtocolError(code, `a pickle has ${what} of more than ${maxBytes} characters`);
  }

  /** Goes on by `length` bytes, which must be there; gives where they start. */
  #advance(length: number): number {
    const start = this.#at;
    this.require(length);
    this.#at = start + length;
    return start;
  }

  /** @throws ProtocolError "pickle-truncated" unless so many bytes are still to come */
  require(length: number): void {
    if (length > this.left) {
      throw new ProtocolError("pickle-truncated", `a pickle claims ${length} more bytes where ${this.left} are left`);
    }
  }
}
