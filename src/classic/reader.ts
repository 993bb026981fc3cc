import { BytePieces } from "../media.ts";
import { LENGTH_BYTES, MAX_PAYLOAD_BYTES, ProtocolError } from "../wire.ts";
import { checkPickleStart, decodePickle } from "./decode.ts";

const SHORT_LENGTH_BYTES = 4;

/**
 * The length before each pickle: `struct.pack("Q", …)` (and "L" on 64-bit Linux and macOS), "L" on Windows, ">L".
 */
export type LengthPrefix = "u64le" | "u32le" | "u32be";

export interface ClassicReaderOptions {
  /** Gets each whole pickle and owns it; `startedAt` is when its first byte was seen, on the clock given to `push`. */
  readonly onPayload: (payload: Uint8Array, startedAt: number) => void;
  /** The largest pickle that is accepted, in bytes; 64 MiB unless given. */
  readonly maxPayloadBytes?: number | undefined;
}

/** What the first message's length may be. */
interface Candidate {
  readonly prefix: LengthPrefix;
  readonly length: number;
}

/**
 * Cuts a classic sender's stream into pickles. Which of the three prefixes the sender writes shows in its first message,
 * since a pickle begins with 0x80; it then holds for the connection:
 *
 * ```
 *   byte  0   1   2   3   4   5   6   7   8
 *        ┌───┬───┬───┬───┬───┬───┬───┬───┬────
 *        │ length "Q"    │ 0   0   0   0 │ 80     at most 64 MiB, so byte 4 is 0
 *        ├───────────────┼───┬───────────┴────
 *        │ length "L"    │ 80│                    the byte order that gives at most 64 MiB
 *        └───────────────┴───┴────────────────
 * ```
 *
 * A 4-byte length that fits in both orders is the shorter one if that many bytes are a whole pickle, else the longer one.
 *
 * The length and the first byte of a pickle are checked before memory is taken; memory then grows with the bytes that
 * really came, never with the length that was claimed. Each message is copied once at most. One failure poisons it.
 */
export class ClassicReader {
  readonly #onPayload: (payload: Uint8Array, startedAt: number) => void;
  readonly #maxPayloadBytes: number;
  readonly #header = new Uint8Array(LENGTH_BYTES + 1);
  #headerFill = 0;
  #prefix: LengthPrefix | null = null;
  /** While the first length fits in both byte orders; `#length` is then the shorter one. */
  #doubt: { readonly shorter: Candidate; readonly longer: Candidate } | null = null;
  #length = 0;
  #payload: BytePieces | null = null;
  #startedAt = 0;
  #failure: ProtocolError | undefined;

  constructor(options: ClassicReaderOptions) {
    this.#onPayload = options.onPayload;
    this.#maxPayloadBytes = options.maxPayloadBytes ?? MAX_PAYLOAD_BYTES;
  }

  /** The prefix that this sender writes, or null before that is known. */
  get prefix(): LengthPrefix | null {
    return this.#prefix;
  }

  /**
   * Takes the next bytes; keeps `chunk`, of which whole pickles become views.
   * @throws ProtocolError "length", "empty-message" or "pickle-protocol", or what `onPayload` threw of that class; then
   * and on every later call
   */
  push(chunk: Uint8Array, now: number): void {
    if (this.#failure) {
      throw this.#failure;
    }
    try {
      let rest = chunk;
      while (rest.length > 0) {
        rest = this.#payload === null ? this.#readHeader(rest, now) : this.#readBody(this.#payload, rest);
      }
    } catch (error) {
      if (error instanceof ProtocolError) {
        this.#failure = error;
        this.#payload = null;
      }
      throw error;
    }
  }

  /** Reads the length and the pickle's first byte, then decides how the rest is kept. */
  #readHeader(chunk: Uint8Array, now: number): Uint8Array {
    if (this.#headerFill === 0) {
      this.#startedAt = now;
    }
    const taken = Math.min(this.#headerBytes() - this.#headerFill, chunk.length);
    this.#header.set(chunk.subarray(0, taken), this.#headerFill);
    this.#headerFill += taken;
    const body = chunk.subarray(taken);
    if (this.#headerFill >= this.#headerBytes() - 1) {
      this.#readLength();
    }
    if (this.#headerFill < this.#headerBytes()) {
      return body;
    }
    const first = this.#header[this.#headerFill - 1] as number;
    checkPickleStart(first);
    this.#headerFill = 0;
    if (body.length >= this.#length - 1 && this.#doubt === null) {
      return this.#deliverWhole(chunk, taken);
    }
    this.#payload = new BytePieces(this.#length);
    this.#payload.add(Uint8Array.of(first));
    return this.#length === 1 ? this.#finish(this.#payload, body) : body;
  }

  /** Bytes of the length and one more; while the prefix is unknown, as many as the bytes so far ask for. */
  #headerBytes(): number {
    if (this.#prefix !== null) {
      return (this.#prefix === "u64le" ? LENGTH_BYTES : SHORT_LENGTH_BYTES) + 1;
    }
    const isLong = this.#headerFill > SHORT_LENGTH_BYTES && this.#header[SHORT_LENGTH_BYTES] === 0;
    return (isLong ? LENGTH_BYTES : SHORT_LENGTH_BYTES) + 1;
  }

  #readLength(): void {
    const prefix = this.#prefix;
    if (prefix !== null) {
      this.#length = this.#checkLength(this.#lengthAs(prefix));
      return;
    }
    if (this.#headerFill <= SHORT_LENGTH_BYTES) {
      return;
    }
    if (this.#header[SHORT_LENGTH_BYTES] === 0) {
      this.#length = this.#checkLength(this.#lengthAs("u64le"));
      this.#prefix = "u64le";
      return;
    }
    this.#chooseByteOrder();
  }

  #chooseByteOrder(): void {
    const candidates = (["u32le", "u32be"] as const)
      .map((prefix) => ({ prefix, length: this.#lengthAs(prefix) }))
      .filter(({ length }) => length > 0 && length <= this.#maxPayloadBytes)
      .sort((a, b) => a.length - b.length);
    const [shorter, longer] = candidates;
    if (shorter === undefined) {
      const found = [...this.#header.subarray(0, SHORT_LENGTH_BYTES)].map((byte) => byte.toString(16).padStart(2, "0"));
      throw new ProtocolError(
        "length",
        `the first message begins with ${found.join(" ")}, which is no length from 1 to ${this.#maxPayloadBytes}`,
      );
    }
    this.#length = shorter.length;
    if (longer === undefined) {
      this.#prefix = shorter.prefix;
    } else if (shorter.length < longer.length) {
      this.#doubt = { shorter, longer };
    }
  }

  #lengthAs(prefix: LengthPrefix): number {
    const view = new DataView(this.#header.buffer);
    const low = view.getUint32(0, prefix !== "u32be");
    return prefix === "u64le" ? view.getUint32(4, true) * 2 ** 32 + low : low;
  }

  #checkLength(length: number): number {
    if (length === 0) {
      throw new ProtocolError("empty-message", "a message has no bytes, a pickle of None has 4");
    }
    if (length > this.#maxPayloadBytes) {
      throw new ProtocolError(
        "length",
        `a message claims ${length} bytes, at most ${this.#maxPayloadBytes} are allowed`,
      );
    }
    return length;
  }

  #readBody(pieces: BytePieces, chunk: Uint8Array): Uint8Array {
    const taken = Math.min(pieces.missing, chunk.length);
    pieces.add(chunk.subarray(0, taken));
    const rest = chunk.subarray(taken);
    return pieces.missing === 0 ? this.#finish(pieces, rest) : rest;
  }

  /** All of `#length` is here; gives `rest` back. */
  #finish(pieces: BytePieces, rest: Uint8Array): Uint8Array {
    const payload = pieces.join();
    if (this.#doubt !== null) {
      const { shorter, longer } = this.#doubt;
      const found = holdsPickle(payload) ? shorter : longer;
      this.#doubt = null;
      this.#prefix = found.prefix;
      this.#length = found.length;
      if (found === longer) {
        this.#payload = new BytePieces(longer.length);
        this.#payload.add(payload);
        return rest;
      }
    }
    this.#payload = null;
    this.#onPayload(payload, this.#startedAt);
    return rest;
  }

  /** The whole pickle is in this chunk, its first byte the one before `bodyStart`: no copy. */
  #deliverWhole(chunk: Uint8Array, bodyStart: number): Uint8Array {
    const end = bodyStart + this.#length - 1;
    this.#onPayload(chunk.subarray(bodyStart - 1, end), this.#startedAt);
    return chunk.subarray(end);
  }
}

function holdsPickle(payload: Uint8Array): boolean {
  try {
    decodePickle(payload);
    return true;
  } catch {
    return false;
  }
}
