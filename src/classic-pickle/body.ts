import { MIB } from "../units.ts";
import { ProtocolError } from "../wire.ts";
import { Opcode } from "./opcodes.ts";

/** What a message of a classic sender is: a pickle, a JPEG as it is, or one in base64. */
export type BodyKind = "pickle" | "jpeg" | "base64";

/** How a JPEG begins: SOI, and the first byte of the next marker. */
const JPEG_START = [0xff, 0xd8, 0xff];
/** The same in base64: "/9j/". */
const BASE64_JPEG_START = [0x2f, 0x39, 0x6a, 0x2f];
export const BASE64_JPEG_BYTES = BASE64_JPEG_START.length;
/** How a pickle of protocol 0 or 1 of a picture begins, of what may hold one, or of None; those have no PROTO. */
const OLD_PICKLE_STARTS: ReadonlySet<number> = new Set<number>([
  Opcode.global,
  Opcode.mark,
  Opcode.emptyList,
  Opcode.emptyDict,
  Opcode.none,
  Opcode.string,
  Opcode.binString,
  Opcode.shortBinString,
  Opcode.unicode,
  Opcode.binUnicode,
]);

/** What begins with these bytes; `more` while that is open, which it is for fewer than 4; null for what is none of them. */
export function bodyKind(start: Uint8Array): BodyKind | "more" | null {
  const [first] = start;
  if (first === undefined) {
    return "more";
  }
  if (first === Opcode.proto || OLD_PICKLE_STARTS.has(first)) {
    return "pickle";
  }
  if (beginsAs(start, JPEG_START)) {
    return start.length < JPEG_START.length ? "more" : "jpeg";
  }
  if (beginsAs(start, BASE64_JPEG_START)) {
    return start.length < BASE64_JPEG_START.length ? "more" : "base64";
  }
  return null;
}

export function startsAsJpeg(bytes: Uint8Array): boolean {
  return bytes.length >= JPEG_START.length && beginsAs(bytes, JPEG_START);
}

export function startsAsBase64Jpeg(bytes: Uint8Array): boolean {
  return bytes.length >= BASE64_JPEG_START.length && beginsAs(bytes, BASE64_JPEG_START);
}

/** Decoding holds the text and the bytes beside the message: less than the largest message may be. */
const MAX_BASE64_BYTES = 16 * MIB;

/**
 * The bytes of a JPEG in base64; line ends are allowed.
 * @throws ProtocolError "base64" for what is none, or above 16 MiB
 */
export function jpegOfBase64(text: Uint8Array): Uint8Array {
  if (text.length > MAX_BASE64_BYTES) {
    throw new ProtocolError(
      "base64",
      `a picture in base64 has ${text.length} characters, at most ${MAX_BASE64_BYTES} are allowed`,
      "send the JPEG itself, which is smaller",
    );
  }
  try {
    return Uint8Array.fromBase64(new TextDecoder("latin1").decode(text));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) {
      throw cause;
    }
    throw new ProtocolError("base64", "a picture in base64 has other characters, or ends in the middle");
  }
}

/** The same as far as both go. */
function beginsAs(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, at) => at >= bytes.length || bytes[at] === byte);
}
