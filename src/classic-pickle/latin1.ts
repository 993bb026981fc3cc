/**
 * Protocol 2 has no bytes: Python 3 writes them as `_codecs.encode(text, "latin1")`, where each byte is the character
 * of that number, so that those from 0x80 on take two bytes of UTF-8:
 *
 * ```
 *   00 to 7f   0xxxxxxx
 *   80 to bf   11000010 10xxxxxx
 *   c0 to ff   11000011 10xxxxxx
 * ```
 */

/** How many bytes `bytes` take as the UTF-8 of Latin-1 characters. */
export function utf8Length(bytes: Uint8Array): number {
  let high = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    high += (bytes[at] as number) >> 7;
  }
  return bytes.length + high;
}

/** Writes `bytes` as the UTF-8 of Latin-1 characters into `target`, from `offset` on. */
export function writeUtf8(bytes: Uint8Array, target: Uint8Array, offset: number): void {
  let to = offset;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] as number;
    if (byte >= 0x80) {
      target[to] = 0xc0 | (byte >> 6);
      target[to + 1] = 0x80 | (byte & 0x3f);
      to += 2;
    } else {
      target[to] = byte;
      to += 1;
    }
  }
}
