import { KIB } from "../units.ts";
import { Kind, LENGTH_BYTES, MAX_CONTROL_BYTES, MAX_PAYLOAD_BYTES, ProtocolError, readU64 } from "../wire.ts";

const FIRST_CAPACITY_BYTES = 64 * KIB;
const KNOWN_KINDS: ReadonlySet<number> = new Set(Object.values(Kind));

export interface MessageReaderOptions {
  /** Whether this peer may send video; one that may not can make us hold no more than 4 KiB. */
  readonly acceptsVideo: boolean;
  /** Gets each whole payload and owns it; `startedAt` is when its first byte was seen, on the clock given to `push`. */
  readonly onMessage: (payload: Uint8Array, startedAt: number) => void;
}

/**
 * Cuts a stream of bytes into messages. Limits are checked on the length and kind before memory is taken; memory then
 * grows with the bytes that really came, never with the length that was claimed. Kinds of a later version are skipped
 * without being kept. One failure poisons it.
 */
export class MessageReader {
  readonly #options: MessageReaderOptions;
  readonly #header = new Uint8Array(LENGTH_BYTES + 1);
  #headerFill = 0;
  #length = 0;
  #payload: Uint8Array | null = null;
  #fill = 0;
  #skipping = 0;
  #startedAt = 0;
  #capacityHint = FIRST_CAPACITY_BYTES;
  #failure: ProtocolError | undefined;

  constructor(options: MessageReaderOptions) {
    this.#options = options;
  }

  /**
   * Takes the next bytes; keeps `chunk`, of which whole messages become views.
   * @throws ProtocolError when a limit is passed, then and on every later call
   */
  push(chunk: Uint8Array, now: number): void {
    if (this.#failure) {
      throw this.#failure;
    }
    try {
      let rest = chunk;
      while (rest.length > 0) {
        rest = this.#step(rest, now);
      }
    } catch (error) {
      if (error instanceof ProtocolError) {
        this.#failure = error;
      }
      throw error;
    }
  }

  #step(chunk: Uint8Array, now: number): Uint8Array {
    if (this.#skipping > 0) {
      const skipped = Math.min(this.#skipping, chunk.length);
      this.#skipping -= skipped;
      return chunk.subarray(skipped);
    }
    if (this.#payload === null) {
      return this.#readHeader(chunk, now);
    }
    const taken = Math.min(this.#length - this.#fill, chunk.length);
    this.#reserve(this.#fill + taken);
    this.#payload.set(chunk.subarray(0, taken), this.#fill);
    this.#fill += taken;
    if (this.#fill === this.#length) {
      const payload = this.#payload.subarray(0, this.#length);
      this.#payload = null;
      this.#options.onMessage(payload, this.#startedAt);
    }
    return chunk.subarray(taken);
  }

  /** Reads the length and the kind, 9 bytes, then decides what happens to the rest. */
  #readHeader(chunk: Uint8Array, now: number): Uint8Array {
    if (this.#headerFill === 0) {
      this.#startedAt = now;
    }
    const taken = Math.min(this.#header.length - this.#headerFill, chunk.length);
    this.#header.set(chunk.subarray(0, taken), this.#headerFill);
    this.#headerFill += taken;
    if (this.#headerFill >= LENGTH_BYTES) {
      this.#length = readLength(this.#header);
    }
    if (this.#headerFill < this.#header.length) {
      return chunk.subarray(taken);
    }
    this.#headerFill = 0;
    const kind = this.#header[LENGTH_BYTES] as number;
    if (!KNOWN_KINDS.has(kind)) {
      this.#skipping = this.#length - 1;
      return chunk.subarray(taken);
    }
    this.#checkKind(kind);
    const body = chunk.subarray(taken);
    if (body.length >= this.#length - 1) {
      return this.#deliverWhole(chunk, taken);
    }
    this.#payload = new Uint8Array(Math.min(this.#length, this.#capacityHint));
    this.#payload[0] = kind;
    this.#fill = 1;
    return body;
  }

  /** The whole payload is in this chunk, its kind the byte before `bodyStart`: no copy. */
  #deliverWhole(chunk: Uint8Array, bodyStart: number): Uint8Array {
    const end = bodyStart + this.#length - 1;
    this.#options.onMessage(chunk.subarray(bodyStart - 1, end), this.#startedAt);
    return chunk.subarray(end);
  }

  #checkKind(kind: number): void {
    if (kind === Kind.video) {
      if (!this.#options.acceptsVideo) {
        throw new ProtocolError("wrong-role", "a receiver sent video");
      }
      return;
    }
    if (this.#length > MAX_CONTROL_BYTES) {
      throw new ProtocolError(
        "message-too-long",
        `a message of kind ${kind} has ${this.#length} bytes, at most ${MAX_CONTROL_BYTES} are allowed`,
      );
    }
  }

  /** Grows the buffer by doubling, up to the message's length; the last size is a hint for the next message. */
  #reserve(byteCount: number): void {
    const payload = this.#payload as Uint8Array;
    if (byteCount <= payload.length) {
      return;
    }
    const grown = new Uint8Array(Math.min(this.#length, Math.max(byteCount, payload.length * 2)));
    grown.set(payload.subarray(0, this.#fill));
    this.#payload = grown;
    this.#capacityHint = Math.min(grown.length * 2, MAX_PAYLOAD_BYTES);
  }
}

function readLength(header: Uint8Array): number {
  const length = readU64(header, 0);
  if (length === 0) {
    throw new ProtocolError("empty-message", "a message has no bytes, its first is its kind");
  }
  if (length > MAX_PAYLOAD_BYTES) {
    throw new ProtocolError("length", `a message claims ${length} bytes, at most ${MAX_PAYLOAD_BYTES} are allowed`);
  }
  return length;
}
