/** JPEG files by their segments, for pictures as cameras give them. */

export interface Segments {
  /** The markers before the picture's data, in their order. */
  readonly markers: readonly number[];
  /** Each segment's bytes, the data with all that follows as the last one. */
  readonly parts: readonly Uint8Array[];
}

export function segmentsOf(bytes: Uint8Array): Segments {
  const markers: number[] = [];
  const parts: Uint8Array[] = [bytes.subarray(0, 2)];
  let at = 2;
  while (bytes[at + 1] !== 0xda) {
    const end = at + 2 + (((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number));
    if (bytes[at] !== 0xff || end > bytes.length) {
      throw new Error(`no segment begins at ${at}`);
    }
    markers.push(bytes[at + 1] as number);
    parts.push(bytes.subarray(at, end));
    at = end;
  }
  return { markers, parts: [...parts, bytes.subarray(at)] };
}

/** As most USB cameras give it. It must have been coded with the standard tables. */
export function withoutTables(bytes: Uint8Array): Uint8Array {
  return Buffer.concat(segmentsOf(bytes).parts.filter((part) => part[1] !== 0xc4));
}
