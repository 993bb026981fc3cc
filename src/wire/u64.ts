const TWO_32 = 2 ** 32;

/** Writes the lowest 32 bits of a number, unsigned and little-endian, without a DataView: to make one takes longer than all the rest of a message. */
export function writeU32(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value;
  bytes[offset + 1] = value >>> 8;
  bytes[offset + 2] = value >>> 16;
  bytes[offset + 3] = value >>> 24;
}

/**
 * Writes a safe integer ≥ 0 as unsigned 64-bit little-endian.
 * @throws RangeError for any other number: nobody would accept it
 */
export function writeU64(bytes: Uint8Array, offset: number, value: number): void {
  if (!(Number.isSafeInteger(value) && value >= 0)) {
    throw new RangeError(`cannot write ${value} as u64`);
  }
  writeU32(bytes, offset, value % TWO_32);
  writeU32(bytes, offset + 4, Math.floor(value / TWO_32));
}

/** Reads unsigned 32-bit little-endian: acknowledgements come by the thousands. */
export function readU32(bytes: Uint8Array, offset: number): number {
  const low = (bytes[offset] as number) | ((bytes[offset + 1] as number) << 8) | ((bytes[offset + 2] as number) << 16);
  return low + (bytes[offset + 3] as number) * 2 ** 24;
}

/** Reads unsigned 64-bit little-endian; numbers above 2⁵³ come back rounded, and are over every limit anyway. */
export function readU64(bytes: Uint8Array, offset: number): number {
  return readU32(bytes, offset + 4) * TWO_32 + readU32(bytes, offset);
}
