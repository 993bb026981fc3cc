import { LENGTH_BYTES } from "../wire.ts";

/**
 * How the length before each message is written: `struct.pack("Q", …)` (u64le), `"!Q"` (u64be), `"<L"` (u32le), `">L"`
 * (u32be), or as decimal digits, of which a sender may write any number.
 */
export type LengthFormat = "u64le" | "u64be" | "u32le" | "u32be" | "text";

/** The formats that are numbers, of a fixed number of bytes. */
export type BinaryLength = Exclude<LengthFormat, "text">;

/** How a length is written: `text` with the characters that it takes, digits and then spaces. */
export type WrittenLength = BinaryLength | { readonly characters: number };

/** The fewest and the most characters of a length as text: what 64 MiB takes, and what anybody writes. */
export const MIN_TEXT_CHARACTERS = 8;
export const MAX_TEXT_CHARACTERS = 64;

export function bytesOfLength(format: BinaryLength): number {
  return format === "u64le" || format === "u64be" ? LENGTH_BYTES : 4;
}

/** Reads a length; `bytes` has all of it at its start. */
export function readLength(bytes: Uint8Array, format: BinaryLength): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isLittle = format === "u64le" || format === "u32le";
  if (bytesOfLength(format) === 4) {
    return view.getUint32(0, isLittle);
  }
  const [low, high] = isLittle ? [0, 4] : [4, 0];
  return view.getUint32(high, isLittle) * 2 ** 32 + view.getUint32(low, isLittle);
}

/** How many bytes `written` takes. */
export function bytesOfWritten(written: WrittenLength): number {
  return typeof written === "string" ? bytesOfLength(written) : written.characters;
}

/** Writes a length, from 0 to 64 MiB, at the start of `target`. */
export function writeLength(target: Uint8Array, length: number, written: WrittenLength): void {
  if (typeof written !== "string") {
    target.set(new TextEncoder().encode(String(length).padEnd(written.characters)));
    return;
  }
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
  const isLittle = written === "u64le" || written === "u32le";
  view.setUint32(written === "u64be" ? 4 : 0, length, isLittle);
}
