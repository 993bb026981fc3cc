/**
 * How bytes stand in a pickle:
 *
 * - `plain`: as they are (protocols 3 to 5; BINSTRING of Python 2)
 * - `utf8`: as the UTF-8 of a text whose characters have the bytes' numbers (Python 3's protocols 1 and 2)
 * - `escaped`: as a line of that text, a byte each, but for `\u005c`, `\u0000`, `\u000a`, … (Python 3's protocol 0)
 * - `repr`: as a line between quotes, with `\xff`, `\n`, `\\`, … (Python 2's protocol 0)
 *
 * Sources: Lib/pickle.py (save_str, save_bytes), Objects/unicodeobject.c (raw-unicode-escape), PyString_Repr of Python 2.
 */
export type Form = "plain" | "utf8" | "escaped" | "repr";

/** The most bytes that one takes in each form. */
const MOST_BYTES: Readonly<Record<Form, number>> = { plain: 1, utf8: 2, escaped: 10, repr: 4 };

const BACKSLASH = 0x5c;
/** What follows a backslash in a `repr`, and the byte that it means. */
const REPR_ESCAPES: ReadonlyMap<number, number> = new Map([
  [0x5c, 0x5c],
  [0x27, 0x27],
  [0x22, 0x22],
  [0x6e, 0x0a],
  [0x72, 0x0d],
  [0x74, 0x09],
]);
/** `\x` and the digits that follow; those of `\u` and `\U`. */
const X = 0x78;
const ESCAPED_DIGITS: ReadonlyMap<number, number> = new Map([
  [0x75, 4],
  [0x55, 8],
]);

interface Written {
  readonly bytes: Uint8Array;
  readonly form: Form;
}

/** Could it be `length` bytes? Cheap; so that memory is taken only where it can. */
export function mayHold({ bytes, form }: Written, length: number): boolean {
  return bytes.length >= length && bytes.length <= MOST_BYTES[form] * length;
}

/** The bytes, a view where they are plain; null when they are not in that form, or not `length`, where that is given. */
export function plainBytes(written: Written, length?: number): Uint8Array | null {
  const { bytes, form } = written;
  if (length !== undefined && !mayHold(written, length)) {
    return null;
  }
  if (form === "plain") {
    return bytes;
  }
  const target = new Uint8Array(length ?? bytes.length);
  const done = DECODERS[form](bytes, target);
  if (done === null || done.read !== bytes.length || (length !== undefined && done.written !== length)) {
    return null;
  }
  return target.subarray(0, done.written);
}

/** The first bytes, `count` at most; none when they are not in that form. */
export function firstBytes({ bytes, form }: Written, count: number): Uint8Array {
  if (form === "plain") {
    return bytes.subarray(0, count);
  }
  const target = new Uint8Array(count);
  return target.subarray(0, DECODERS[form](bytes, target)?.written ?? 0);
}

/** How far it came: until the target was full, or the bytes were over. */
interface Done {
  readonly read: number;
  readonly written: number;
}

/** Null where the bytes are not in this form. */
type Decoder = (bytes: Uint8Array, target: Uint8Array) => Done | null;

const DECODERS: Readonly<Record<Exclude<Form, "plain">, Decoder>> = {
  /** 0xxxxxxx, or 1100001x 10xxxxxx: no character above 255. */
  utf8(bytes, target) {
    let read = 0;
    let written = 0;
    while (written < target.length && read < bytes.length) {
      const byte = bytes[read] as number;
      if (byte < 0x80) {
        target[written] = byte;
        read += 1;
      } else {
        const next = bytes[read + 1] ?? 0;
        if ((byte !== 0xc2 && byte !== 0xc3) || next >> 6 !== 2) {
          return null;
        }
        target[written] = ((byte & 3) << 6) | (next & 0x3f);
        read += 2;
      }
      written += 1;
    }
    return { read, written };
  },
  escaped(bytes, target) {
    let read = 0;
    let written = 0;
    while (written < target.length && read < bytes.length) {
      const byte = bytes[read] as number;
      if (byte === BACKSLASH) {
        const digits = ESCAPED_DIGITS.get(bytes[read + 1] ?? 0);
        const value = digits === undefined ? null : hex(bytes, read + 2, digits);
        if (digits === undefined || value === null || value > 0xff) {
          return null;
        }
        target[written] = value;
        read += 2 + digits;
      } else {
        target[written] = byte;
        read += 1;
      }
      written += 1;
    }
    return { read, written };
  },
  repr(bytes, target) {
    let read = 0;
    let written = 0;
    while (written < target.length && read < bytes.length) {
      const byte = bytes[read] as number;
      if (byte !== BACKSLASH) {
        target[written] = byte;
        read += 1;
      } else if (bytes[read + 1] === X) {
        const value = hex(bytes, read + 2, 2);
        if (value === null) {
          return null;
        }
        target[written] = value;
        read += 4;
      } else {
        const value = REPR_ESCAPES.get(bytes[read + 1] ?? 0);
        if (value === undefined) {
          return null;
        }
        target[written] = value;
        read += 2;
      }
      written += 1;
    }
    return { read, written };
  },
};

/** The number of so many hexadecimal digits; null where they are none. */
function hex(bytes: Uint8Array, at: number, digits: number): number | null {
  let value = 0;
  for (let index = at; index < at + digits; index += 1) {
    const digit = hexDigit(bytes[index] ?? 0);
    if (digit === null) {
      return null;
    }
    value = value * 16 + digit;
  }
  return value;
}

function hexDigit(byte: number): number | null {
  if (byte >= 0x30 && byte <= 0x39) {
    return byte - 0x30;
  }
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : null;
}
