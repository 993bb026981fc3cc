import { BytePieces } from "../media.ts";
import { Kind, LENGTH_BYTES, MAX_CONTROL_BYTES, MAX_PAYLOAD_BYTES, ProtocolError, readU64 } from "../wire.ts";

/** A length and a kind. */
const HEADER_BYTES = LENGTH_BYTES + 1;
/** An acknowledgement's, a ping's: making a view of so few bytes takes longer than copying them. */
const MAX_COPIED_BYTES = 16;
/** A view keeps all of its chunk in memory: one of less than this share of it is copied. */
const LEAST_SHARE = 1 / 4;
const KNOWN_KINDS: ReadonlySet<number> = new Set(Object.values(Kind));

export interface MessageReaderOptions {
  /** Whether this peer may send video; one that may not can make us hold no more than 4 KiB. */
  readonly acceptsVideo: boolean;
  /** Told of each message by its first byte, before memory is taken for it; kinds of a later version, too. @throws ProtocolError */
  readonly onBegin?: (kind: number, startedAt: number) => void;
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
  readonly #header = new Uint8Array(HEADER_BYTES);
  #headerFill = 0;
  #length = 0;
  #payload: BytePieces | null = null;
  #skipping = 0;
  #startedAt = 0;
  #failure: ProtocolError | undefined;

  constructor(options: MessageReaderOptions) {
    this.#options = options;
  }

  /**
   * Takes the next bytes; keeps `chunk`, of which large messages become views.
   * @throws ProtocolError when a limit is passed, then and on every later call
   */
  push(chunk: Uint8Array, now: number): void {
    if (this.#failure) {
      throw this.#failure;
    }
    try {
      let at = 0;
      while (at < chunk.length) {
        at = this.#step(chunk, at, now);
      }
    } catch (error) {
      if (error instanceof ProtocolError) {
        this.#failure = error;
      }
      throw error;
    }
  }

  /** Takes bytes of `chunk` from `at` on. @returns where the next ones begin */
  #step(chunk: Uint8Array, at: number, now: number): number {
    if (this.#skipping > 0) {
      const skipped = Math.min(this.#skipping, chunk.length - at);
      this.#skipping -= skipped;
      return at + skipped;
    }
    if (this.#payload === null) {
      return this.#readHeader(chunk, at, now);
    }
    const taken = Math.min(this.#payload.missing, chunk.length - at);
    this.#payload.add(chunk.subarray(at, at + taken));
    if (this.#payload.missing === 0) {
      const payload = this.#payload.join();
      this.#payload = null;
      this.#options.onMessage(payload, this.#startedAt);
    }
    return at + taken;
  }

  /** Reads the length and the kind, 9 bytes, then decides what happens to the rest. */
  #readHeader(chunk: Uint8Array, at: number, now: number): number {
    if (this.#headerFill === 0) {
      this.#startedAt = now;
      if (chunk.length - at >= HEADER_BYTES) {
        this.#length = readLength(chunk, at);
        return this.#begin(chunk[at + LENGTH_BYTES] as number, chunk, at + HEADER_BYTES);
      }
    }
    const end = Math.min(chunk.length, at + HEADER_BYTES - this.#headerFill);
    this.#header.set(chunk.subarray(at, end), this.#headerFill);
    this.#headerFill += end - at;
    if (this.#headerFill >= LENGTH_BYTES) {
      this.#length = readLength(this.#header, 0);
    }
    if (this.#headerFill < HEADER_BYTES) {
      return end;
    }
    this.#headerFill = 0;
    return this.#begin(this.#header[LENGTH_BYTES] as number, chunk, end);
  }

  /** Length and kind are known; what follows them begins at `bodyAt`. */
  #begin(kind: number, chunk: Uint8Array, bodyAt: number): number {
    this.#options.onBegin?.(kind, this.#startedAt);
    if (!KNOWN_KINDS.has(kind)) {
      this.#skipping = this.#length - 1;
      return bodyAt;
    }
    this.#checkKind(kind);
    const end = bodyAt + this.#length - 1;
    if (end <= chunk.length) {
      // The whole payload is in this chunk, its kind the byte before its body.
      this.#options.onMessage(part(chunk, bodyAt - 1, end), this.#startedAt);
      return end;
    }
    this.#payload = new BytePieces(this.#length);
    this.#payload.add(Uint8Array.of(kind));
    return bodyAt;
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
}

/** A view of most of a chunk, or a copy of a little of it. */
function part(chunk: Uint8Array, from: number, to: number): Uint8Array {
  if (to - from > MAX_COPIED_BYTES) {
    const isMuch = to - from >= LEAST_SHARE * chunk.buffer.byteLength;
    const view = chunk.subarray(from, to);
    // A socket's chunk is a Buffer, whose `slice` copies nothing.
    return isMuch ? view : new Uint8Array(view);
  }
  const bytes = new Uint8Array(to - from);
  for (let at = from; at < to; at++) {
    bytes[at - from] = chunk[at] as number;
  }
  return bytes;
}

function readLength(bytes: Uint8Array, at: number): number {
  const length = readU64(bytes, at);
  if (length === 0) {
    throw new ProtocolError("empty-message", "a message has no bytes, at least 1 is needed");
  }
  if (length > MAX_PAYLOAD_BYTES) {
    throw new ProtocolError("length", `a message claims ${length} bytes, at most ${MAX_PAYLOAD_BYTES} are allowed`);
  }
  return length;
}
