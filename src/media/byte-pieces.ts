import { KIB } from "../units.ts";
import { joinBytes } from "./join-bytes.ts";

/** Shorter chunks are copied together: to keep one by itself takes some hundred bytes. */
const LEAST_KEPT_BYTES = 16 * KIB;
const COLLECTED_BYTES = 64 * KIB;

/**
 * So many bytes that come in chunks, to be one when they all are there. It holds what has come, in whatever chunks, and not
 * what was announced; nothing is joined before the end.
 */
export class BytePieces {
  readonly #byteCount: number;
  readonly #kept: Uint8Array[] = [];
  #keptBytes = 0;
  /** Short chunks, one behind the other. */
  #collected: Uint8Array | null = null;
  #collectedBytes = 0;

  /** @param byteCount how many there will be */
  constructor(byteCount: number) {
    this.#byteCount = byteCount;
  }

  /** How many are still to come. */
  get missing(): number {
    return this.#byteCount - this.#keptBytes - this.#collectedBytes;
  }

  /** Takes the next bytes, no more than are missing; keeps `chunk` itself if it is large. */
  add(chunk: Uint8Array): void {
    if (chunk.length >= LEAST_KEPT_BYTES) {
      this.#seal();
      this.#keep(chunk);
      return;
    }
    if (this.#collected !== null && this.#collectedBytes + chunk.length > this.#collected.length) {
      this.#seal();
    }
    this.#collected ??= new Uint8Array(Math.min(COLLECTED_BYTES, this.missing));
    this.#collected.set(chunk, this.#collectedBytes);
    this.#collectedBytes += chunk.length;
  }

  /** All of them as one, which is the caller's. To be called once. */
  join(): Uint8Array {
    this.#seal();
    const [only] = this.#kept;
    return only !== undefined && this.#kept.length === 1 ? only : joinBytes(this.#kept);
  }

  #seal(): void {
    if (this.#collected !== null && this.#collectedBytes > 0) {
      const isFull = this.#collectedBytes === this.#collected.length;
      const bytes = isFull ? this.#collected : this.#collected.slice(0, this.#collectedBytes);
      this.#collected = isFull ? null : this.#collected;
      this.#collectedBytes = 0;
      this.#keep(bytes);
    }
  }

  #keep(bytes: Uint8Array): void {
    this.#kept.push(bytes);
    this.#keptBytes += bytes.length;
  }
}
