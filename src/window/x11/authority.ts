/** A cookie by which an X server knows its user. */
export interface Cookie {
  readonly name: string;
  readonly data: Uint8Array;
}

/** Families of addresses in the file (Xau(3)). */
const FAMILY_LOCAL = 256;
const FAMILY_WILD = 65_535;
const MAGIC_COOKIE = "MIT-MAGIC-COOKIE-1";

interface Entry {
  readonly family: number;
  readonly address: string;
  readonly display: string;
  readonly cookie: Cookie;
}

/**
 * Finds the cookie for a display in an .Xauthority file; undefined when it has none. What is cut short is not read.
 * @param hostname this machine's, under which local displays are kept (ssh's forwarded ones too)
 */
export function findCookie(file: Uint8Array, display: number, hostname: string): Cookie | undefined {
  const entries = readEntries(file).filter(
    (entry) => entry.cookie.name === MAGIC_COOKIE && (entry.display === "" || entry.display === String(display)),
  );
  const best =
    entries.find(({ family, address }) => family === FAMILY_LOCAL && address === hostname) ??
    entries.find(({ family }) => family === FAMILY_WILD) ??
    entries[0];
  return best?.cookie;
}

/** ```family u16 | 4 × (length u16, bytes): address, display, name, data```, all big endian. */
function readEntries(file: Uint8Array): Entry[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const latin1 = new TextDecoder("latin1");
  const entries: Entry[] = [];
  let at = 0;
  const field = (): Uint8Array => {
    const length = view.getUint16(at);
    const bytes = file.subarray(at + 2, at + 2 + length);
    if (bytes.length < length) {
      throw new RangeError("cut short");
    }
    at += 2 + length;
    return bytes;
  };
  try {
    while (at < file.length) {
      const family = view.getUint16(at);
      at += 2;
      const [address, display, name] = [field(), field(), field()].map((bytes) => latin1.decode(bytes));
      const data = field();
      entries.push({
        family,
        address: address as string,
        display: display as string,
        cookie: { name: name as string, data },
      });
    }
  } catch {
    // A file that is being written to: what was whole counts.
  }
  return entries;
}
