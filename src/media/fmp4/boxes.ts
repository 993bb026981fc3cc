/** Boxes of ISO base media files (ISO/IEC 14496-12): size (32 bits, of the whole box), four letters, content. */

const latin1 = new TextEncoder();

/** A box, or a piece of one's content. */
export type Part = Uint8Array | readonly number[];

/** A box with this content. */
export function box(type: string, ...content: readonly Part[]): Uint8Array {
  const size = content.reduce((sum, part) => sum + part.length, 8);
  const bytes = new Uint8Array(size);
  new DataView(bytes.buffer).setUint32(0, size);
  bytes.set(latin1.encode(type), 4);
  let at = 8;
  for (const part of content) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** A box that begins with a version and 24 bits of flags. */
export function fullBox(type: string, version: number, flags: number, ...content: readonly Part[]): Uint8Array {
  return box(type, u32(version * 2 ** 24 + flags), ...content);
}

/** Unsigned, most significant byte first. */
export function u16(value: number): readonly number[] {
  return [(value >>> 8) & 0xff, value & 0xff];
}

export function u32(value: number): readonly number[] {
  return [(value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}

/** @param value a safe integer */
export function u64(value: number): readonly number[] {
  return [...u32(Math.floor(value / 2 ** 32)), ...u32(value % 2 ** 32)];
}

export function zeros(count: number): readonly number[] {
  return new Array<number>(count).fill(0);
}

/** Four letters, or a text. */
export function letters(text: string): Uint8Array {
  return latin1.encode(text);
}
