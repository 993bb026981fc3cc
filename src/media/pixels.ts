/**
 * A place in memory for one picture's pixels: bgra, four bytes each, row after row from the top. Whoever is given one
 * may write to it until he gives it on.
 */
export interface PixelBuffer {
  readonly bytes: Uint8Array;
  /** Where that is, for the operating system. */
  readonly address: number;
}
