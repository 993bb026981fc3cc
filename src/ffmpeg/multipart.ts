import { KIB, MIB } from "../units.ts";
import { badOutput } from "./bad-output.ts";

/** ffmpeg writes some 60 bytes of header before each picture. */
const MAX_HEADER_BYTES = KIB;
const MAX_PICTURE_BYTES = 64 * MIB;
const HEADER_END = "\r\n\r\n";

/**
 * Cuts ffmpeg's `-f mpjpeg` into pictures, by Content-Length: the end of a picture is known with its last byte.
 * ```
 * --ffmpeg\r\n
 * Content-type: image/jpeg\r\n
 * Content-length: 12345\r\n
 * \r\n
 * … 12345 bytes … \r\n
 * ```
 */
export class MultipartReader {
  readonly #onPicture: (bytes: Uint8Array) => void;
  #header = "";
  #picture: Uint8Array | null = null;
  #fill = 0;

  /** @param onPicture owns the bytes it gets */
  constructor(onPicture: (bytes: Uint8Array) => void) {
    this.#onPicture = onPicture;
  }

  /**
   * Takes the next bytes; keeps nothing of `chunk`.
   * @throws LanvidError (ffmpeg) when this is not what ffmpeg writes
   */
  push(chunk: Uint8Array): void {
    let rest = chunk;
    while (rest.length > 0) {
      rest = this.#picture === null ? this.#readHeader(rest) : this.#readPicture(this.#picture, rest);
    }
  }

  #readHeader(chunk: Uint8Array): Uint8Array {
    const had = this.#header.length;
    this.#header += String.fromCharCode(...chunk.subarray(0, MAX_HEADER_BYTES + HEADER_END.length - had));
    const end = this.#header.indexOf(HEADER_END);
    if (end < 0) {
      if (this.#header.length >= MAX_HEADER_BYTES) {
        throw badOutput(`no picture begins within ${MAX_HEADER_BYTES} bytes`);
      }
      return new Uint8Array(0);
    }
    const length = Number(/content-length:\s*(\d+)/i.exec(this.#header.slice(0, end))?.[1] ?? Number.NaN);
    if (Number.isNaN(length)) {
      throw badOutput("a picture without its length");
    }
    if (!(length > 0 && length <= MAX_PICTURE_BYTES)) {
      throw badOutput(`a picture of ${length} bytes, at most ${MAX_PICTURE_BYTES} are allowed`);
    }
    this.#picture = new Uint8Array(length);
    this.#fill = 0;
    this.#header = "";
    return chunk.subarray(end + HEADER_END.length - had);
  }

  #readPicture(picture: Uint8Array, chunk: Uint8Array): Uint8Array {
    const taken = Math.min(picture.length - this.#fill, chunk.length);
    picture.set(chunk.subarray(0, taken), this.#fill);
    this.#fill += taken;
    if (this.#fill === picture.length) {
      this.#picture = null;
      this.#onPicture(picture);
    }
    return chunk.subarray(taken);
  }
}
