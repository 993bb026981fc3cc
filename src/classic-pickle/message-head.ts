import { bodyKind } from "./body.ts";
import { type BinaryLength, bytesOfLength, type LengthFormat, MAX_TEXT_CHARACTERS, readLength } from "./lengths.ts";

const SHORT_LENGTH_BYTES = 4;
/** The least that says of bytes that they are digits: no number of 4 bytes up to 64 MiB looks the same. */
const LEAST_TEXT_BYTES = 4;
const SPACE = 0x20;
const CARRIAGE_RETURN = 0x0d;
const NEWLINE = 0x0a;
/** Fewer bytes are no JPEG, nor one in base64; a pickle of None has 2. */
const LEAST_JPEG_BYTES = 4;
const LEAST_PICKLE_BYTES = 2;

/** The most bytes that are needed to know a message's head: a text's characters, a line end, and how a JPEG begins. */
export const MAX_HEAD_BYTES = MAX_TEXT_CHARACTERS + 2 + 4;

/** What stands before a message's body. */
export interface MessageHead {
  /** Of the length; then the body begins. */
  readonly bytes: number;
  /** What the length may be, the shortest first: two only where it fits in both byte orders. */
  readonly lengths: readonly { readonly format: LengthFormat; readonly length: number }[];
}

/**
 * Reads the head of a sender's first message, which shows how all of its lengths are written, since a body begins in few
 * ways (body.ts) and has 64 MiB at most:
 *
 * ```
 *   byte  0   1   2   3   4   5   6   7   8
 *        ┌───┬───┬───┬───┬───┬───┬───┬───┬─────
 *        │ u64le         │ 0   0   0   0 │ body
 *        ├───────────────┼───────────────┼─────
 *        │ 0   0   0   0 │ u64be         │ body
 *        ├───────────────┼───────────────┴─────
 *        │ u32le, u32be  │ body                    both orders where both give at most 64 MiB
 *        ├───────────────┴───────────┬─────────
 *        │ 4 to 64 digits and spaces │ body        perhaps a line end between them
 *        └───────────────────────────┴─────────
 * ```
 *
 * @returns `more` while it is open, for less than MAX_HEAD_BYTES; null for what is no such message
 */
export function firstHead(bytes: Uint8Array, maxBytes: number): MessageHead | "more" | null {
  if (bytes.length <= SHORT_LENGTH_BYTES) {
    return "more";
  }
  if (bytes.subarray(0, LEAST_TEXT_BYTES).every(isTextOfLength)) {
    return textHead(bytes, maxBytes);
  }
  if (bytes[SHORT_LENGTH_BYTES] === 0 && bytes.subarray(0, SHORT_LENGTH_BYTES).some((byte) => byte !== 0)) {
    return binaryHead(bytes, ["u64le"], maxBytes);
  }
  if (bytes.subarray(0, SHORT_LENGTH_BYTES).every((byte) => byte === 0)) {
    return binaryHead(bytes, ["u64be"], maxBytes);
  }
  return binaryHead(bytes, ["u32le", "u32be"], maxBytes);
}

/** The same of a later message, of a sender whose format is known; `end` for a length of zero, with which some end. */
export function nextHead(
  bytes: Uint8Array,
  format: LengthFormat,
  maxBytes: number,
): MessageHead | "more" | "end" | null {
  if (format === "text") {
    return textHead(bytes, maxBytes);
  }
  const isWhole = bytes.length >= bytesOfLength(format);
  return isWhole && readLength(bytes, format) === 0 ? "end" : binaryHead(bytes, [format], maxBytes);
}

function binaryHead(
  bytes: Uint8Array,
  formats: readonly BinaryLength[],
  maxBytes: number,
): MessageHead | "more" | null {
  const lengthBytes = bytesOfLength(formats[0] as BinaryLength);
  if (bytes.length < lengthBytes) {
    return couldFit(bytes, formats, maxBytes) ? "more" : null;
  }
  const lengths = formats
    .map((format) => ({ format, length: readLength(bytes, format) }))
    .filter(({ length }) => length > 0 && length <= maxBytes)
    .sort((a, b) => a.length - b.length);
  return headOf(bytes, lengthBytes, lengths);
}

/** Of a length of 8 bytes that has come in part, what has come must not make it too long. */
function couldFit(bytes: Uint8Array, [format]: readonly BinaryLength[], maxBytes: number): boolean {
  if (format !== "u64le" && format !== "u64be") {
    return true;
  }
  const whole = new Uint8Array(bytesOfLength(format));
  whole.set(bytes);
  return readLength(whole, format) <= maxBytes;
}

function textHead(bytes: Uint8Array, maxBytes: number): MessageHead | "more" | null {
  const end = bytes.subarray(0, MAX_TEXT_CHARACTERS + 1).findIndex((byte) => !isTextOfLength(byte));
  const text = String.fromCharCode(...bytes.subarray(0, end < 0 ? bytes.length : end));
  if (!/^ *\d* *$/.test(text) || text.length > MAX_TEXT_CHARACTERS) {
    return null;
  }
  if (end < 0) {
    return "more";
  }
  let bodyAt = end;
  for (const byte of [CARRIAGE_RETURN, NEWLINE]) {
    bodyAt += bytes[bodyAt] === byte ? 1 : 0;
  }
  const length = Number(text);
  const lengths = length > 0 && length <= maxBytes ? [{ format: "text", length } as const] : [];
  return headOf(bytes, bodyAt, lengths);
}

function headOf(bytes: Uint8Array, bodyAt: number, lengths: MessageHead["lengths"]): MessageHead | "more" | null {
  if (lengths.length === 0) {
    return null;
  }
  const kind = bodyKind(bytes.subarray(bodyAt));
  if (kind === null || kind === "more") {
    return kind;
  }
  const least = kind === "pickle" ? LEAST_PICKLE_BYTES : LEAST_JPEG_BYTES;
  const fitting = lengths.filter(({ length }) => length >= least);
  return fitting.length === 0 ? null : { bytes: bodyAt, lengths: fitting };
}

function isTextOfLength(byte: number): boolean {
  return byte === SPACE || (byte >= 0x30 && byte <= 0x39);
}
