import { ProtocolError } from "../wire.ts";

const ascii = new TextDecoder("latin1");
const QUOTES = [0x27, 0x22];
/** Bytes of the longest LONG1 whose number is known exactly. */
const MAX_EXACT_BYTES = 6;

/**
 * The line after INT or LONG: "00" and "01" are False and True, Python 2 ends long ones with "L".
 * @throws ProtocolError "pickle-value" for what is no number
 */
export function readIntLine(
  line: Uint8Array,
): { readonly type: "bool"; readonly value: boolean } | { readonly type: "int"; readonly value: number } {
  const text = ascii.decode(line);
  if (text === "00" || text === "01") {
    return { type: "bool", value: text === "01" };
  }
  if (!/^-?\d+L?$/.test(text)) {
    throw new ProtocolError("pickle-value", "a pickle has an invalid number");
  }
  const value = Number(text.replace("L", ""));
  return { type: "int", value: Number.isSafeInteger(value) ? value : Number.NaN };
}

/** A number in two's complement, little end first; NaN above 48 bits. */
export function readLong(bytes: Uint8Array): number {
  if (bytes.length > MAX_EXACT_BYTES) {
    return Number.NaN;
  }
  const magnitude = bytes.reduceRight((value, byte) => value * 256 + byte, 0);
  const isNegative = (bytes.at(-1) ?? 0) >= 0x80;
  return isNegative ? magnitude - 256 ** bytes.length : magnitude;
}

/**
 * What is between the quotes of a STRING's line.
 * @throws ProtocolError "pickle-value" where there are none
 */
export function readQuoted(line: Uint8Array): Uint8Array {
  const [quote = 0] = line;
  if (line.length < 2 || !QUOTES.includes(quote) || line.at(-1) !== quote) {
    throw new ProtocolError("pickle-value", "a pickle has a string without its quotes");
  }
  return line.subarray(1, -1);
}
