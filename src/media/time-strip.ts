/**
 * The time strip of the test pattern, by which delay is read from a picture (docs/protocol.md, "The time strip"):
 * two rows of 32 blocks of 16×16 pixels in the top left corner, least significant bit first, white is 1.
 */

/** Side of a block in pixels, in an unscaled picture. */
export const STRIP_BLOCK = 16;
/** Blocks in a row. */
export const STRIP_COLUMNS = 32;

/**
 * The two rows as 32-bit numbers: Unix time in ms modulo 2³², and the counter (24 bits) below its 8 check bits
 * (c ^ c>>8 ^ c>>16 ^ 0xA5).
 */
export function stripBits(unixMs: number, counter: number): readonly [number, number] {
  const time = (Math.floor(unixMs) % 2 ** 32) >>> 0;
  const c = counter & 0xff_ffff;
  const check = (c ^ (c >> 8) ^ (c >> 16) ^ 0xa5) & 0xff;
  return [time, (c | (check << 24)) >>> 0];
}
