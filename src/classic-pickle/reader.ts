import { BytePieces, joinBytes } from "../media.ts";
import { Kind, LENGTH_BYTES, MAX_PAYLOAD_BYTES, ProtocolError } from "../wire.ts";
import { startsAsJpeg } from "./body.ts";
import { decodePicture } from "./decode.ts";
import { bytesOfLength, type LengthFormat, readLength } from "./lengths.ts";
import { firstHead, MAX_HEAD_BYTES, type MessageHead, nextHead } from "./message-head.ts";

export interface ClassicReaderOptions {
  /** Gets each whole body and owns it; `startedAt` is when its first byte was seen, on the clock given to `push`. */
  readonly onBody: (body: Uint8Array, startedAt: number) => void;
  /** The sender has written a length of zero: nothing follows. */
  readonly onOver?: () => void;
  /**
   * A message begins as a lanvid's hello does: the peer is one, and had not been heard. Gets that and all that came behind
   * it, from the length on, and owns it; nothing more is read here. Without it such a message is refused.
   */
  readonly onHello?: (bytes: Uint8Array) => void;
  /** The largest body that is accepted, in bytes; 64 MiB unless given. */
  readonly maxBodyBytes?: number | undefined;
}

/**
 * Cuts a classic sender's stream into bodies. How the sender writes its lengths shows in its first message
 * (message-head.ts); it then holds for the connection. A 4-byte length that fits in both orders is the shorter one if that
 * many bytes are a whole picture, else the longer one.
 *
 * The length and how the body begins are checked before memory is taken; memory then grows with the bytes that really
 * came, never with the length that was claimed. Each message is copied once at most. One failure poisons it.
 */
export class ClassicReader {
  readonly #options: ClassicReaderOptions;
  readonly #maxBytes: number;
  readonly #head = new Uint8Array(MAX_HEAD_BYTES);
  #headFill = 0;
  #format: LengthFormat | null = null;
  /** While the first length fits in both byte orders, the longer one; the shorter one is being read. */
  #longer: MessageHead["lengths"][number] | null = null;
  #shorterFormat: LengthFormat | null = null;
  #body: BytePieces | null = null;
  #startedAt = 0;
  #isOver = false;
  #failure: ProtocolError | undefined;

  constructor(options: ClassicReaderOptions) {
    this.#options = options;
    this.#maxBytes = options.maxBodyBytes ?? MAX_PAYLOAD_BYTES;
  }

  /** How this sender writes its lengths, or null before that is known. */
  get format(): LengthFormat | null {
    return this.#format;
  }

  /**
   * Takes the next bytes; keeps `chunk`, of which whole bodies become views.
   * @throws ProtocolError "length", "empty-message" or "pickle-protocol", or what `onBody` threw of that class; then and
   * on every later call
   */
  push(chunk: Uint8Array, now: number): void {
    if (this.#failure) {
      throw this.#failure;
    }
    try {
      let rest = chunk;
      while (rest.length > 0 && !this.#isOver) {
        rest = this.#body === null ? this.#readHead(rest, now) : this.#readBody(this.#body, rest);
      }
    } catch (error) {
      if (error instanceof ProtocolError) {
        this.#failure = error;
        this.#body = null;
      }
      throw error;
    }
  }

  /** Reads the length and how the body begins, then decides how the rest is kept. */
  #readHead(chunk: Uint8Array, now: number): Uint8Array {
    if (this.#headFill === 0) {
      this.#startedAt = now;
    }
    const had = this.#headFill;
    const taken = Math.min(MAX_HEAD_BYTES - had, chunk.length);
    this.#head.set(chunk.subarray(0, taken), had);
    this.#headFill += taken;
    const bytes = this.#head.subarray(0, this.#headFill);
    const head =
      this.#format === null ? firstHead(bytes, this.#maxBytes) : nextHead(bytes, this.#format, this.#maxBytes);
    if (head === "more") {
      return chunk.subarray(taken);
    }
    if (head === "end") {
      this.#isOver = true;
      this.#options.onOver?.();
      return new Uint8Array(0);
    }
    if (head === null && this.#options.onHello !== undefined && this.#format === "u64le" && isHello(bytes)) {
      this.#isOver = true;
      this.#options.onHello(joinBytes([bytes, chunk.subarray(taken)]));
      return new Uint8Array(0);
    }
    if (head === null) {
      throw headFault(bytes, this.#format, this.#maxBytes);
    }
    this.#headFill = 0;
    // What an earlier chunk had of the body; few bytes, if any.
    const early = bytes.slice(head.bytes, Math.max(had, head.bytes));
    return this.#begin(head.lengths, early, chunk.subarray(Math.max(0, head.bytes - had)));
  }

  #begin([shorter, longer]: MessageHead["lengths"], early: Uint8Array, rest: Uint8Array): Uint8Array {
    const { format, length } = shorter as MessageHead["lengths"][number];
    if (longer === undefined) {
      this.#format = format;
    } else if (length < longer.length) {
      this.#longer = longer;
      this.#shorterFormat = format;
    }
    if (early.length === 0 && rest.length >= length && this.#longer === null) {
      this.#options.onBody(rest.subarray(0, length), this.#startedAt);
      return rest.subarray(length);
    }
    this.#body = new BytePieces(length);
    if (early.length > 0) {
      this.#body.add(early);
    }
    return rest;
  }

  #readBody(pieces: BytePieces, chunk: Uint8Array): Uint8Array {
    const taken = Math.min(pieces.missing, chunk.length);
    pieces.add(chunk.subarray(0, taken));
    const rest = chunk.subarray(taken);
    return pieces.missing === 0 ? this.#finish(pieces, rest) : rest;
  }

  /** All of the length is here; gives `rest` back. */
  #finish(pieces: BytePieces, rest: Uint8Array): Uint8Array {
    const body = pieces.join();
    const longer = this.#longer;
    if (longer !== null) {
      this.#longer = null;
      const isWhole = holdsPicture(body);
      this.#format = isWhole ? this.#shorterFormat : longer.format;
      if (!isWhole) {
        this.#body = new BytePieces(longer.length);
        this.#body.add(body);
        return rest;
      }
    }
    this.#body = null;
    this.#options.onBody(body, this.#startedAt);
    return rest;
  }
}

function isHello(bytes: Uint8Array): boolean {
  return bytes[LENGTH_BYTES] === Kind.hello && readLength(bytes, "u64le") <= MAX_PAYLOAD_BYTES;
}

/** A JPEG ends with FF D9, perhaps with zeros after it. */
function holdsPicture(body: Uint8Array): boolean {
  if (startsAsJpeg(body)) {
    const last = body.findLastIndex((byte) => byte !== 0);
    return body[last] === 0xd9 && body[last - 1] === 0xff;
  }
  try {
    decodePicture(body);
    return true;
  } catch {
    return false;
  }
}

/** What is wrong with a message's first bytes: its length, or how it goes on. */
function headFault(bytes: Uint8Array, format: LengthFormat | null, maxBytes: number): ProtocolError {
  const found = [...bytes.subarray(0, 12)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  const known = format === null || format === "text" ? "u64le" : format;
  const length = bytes.length < bytesOfLength(known) ? null : readLength(bytes, known);
  if (length === 0) {
    return new ProtocolError("empty-message", "a message has no bytes, a pickle of None has at least 2");
  }
  if (format !== "text" && length !== null && length <= maxBytes) {
    return new ProtocolError(
      "pickle-protocol",
      `a message begins with ${found}: its length is followed by neither a pickle nor a JPEG`,
    );
  }
  const which = format === null ? "the first message" : "a message";
  return new ProtocolError("length", `${which} begins with ${found}, which is not a length from 1 to ${maxBytes}`);
}
