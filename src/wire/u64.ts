const TWO_32 = 2 ** 32;

/** Writes a safe integer ≥ 0 as unsigned 64-bit little-endian. */
export function writeU64(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, value % TWO_32, true);
  view.setUint32(offset + 4, Math.floor(value / TWO_32), true);
}

/** Reads unsigned 64-bit little-endian; numbers above 2⁵³ come back rounded, and are over every limit anyway. */
export function readU64(view: DataView, offset: number): number {
  return view.getUint32(offset + 4, true) * TWO_32 + view.getUint32(offset, true);
}
