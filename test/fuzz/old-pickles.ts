/** Pickles as text: what Python 2 and 3 write in protocols 0 and 1, and pictures in what programs put around them. */

/** One character per byte. */
function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** As Lib/pickle.py's save_str writes a text in protocol 0, of the characters that have the bytes' numbers. */
export function escaped(bytes: Uint8Array): string {
  const ESCAPED = ["\\", "\0", "\n", "\r", "\x1a"];
  const written = (one: string) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return [...textOf(bytes)].map((one) => (ESCAPED.includes(one) ? written(one) : one)).join("");
}

/** As Python 2 writes a string in protocol 0. */
export function quoted(bytes: Uint8Array): string {
  const NAMED: Readonly<Record<string, string>> = { "\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t" };
  const text = textOf(bytes).replace(
    /[\\'\n\r\t]|[^\x20-\x7e]/g,
    (one) => NAMED[one] ?? `\\x${one.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
  return `'${text}'`;
}

/** An array in protocol 0 of Python 3. */
export function protocol0Array(bytes: Uint8Array, shape: readonly number[]): Uint8Array {
  const sides = shape.map((side) => `I${side}\n`).join("");
  return bytesOf(
    "cnumpy.core.multiarray\n_reconstruct\np0\n(cnumpy\nndarray\np1\n(I0\ntp2\nc_codecs\nencode\np3\n(Vb\np4\nVlatin1\np5\n" +
      `tp6\nRp7\ntp8\nRp9\n(I1\n(${sides}tp10\ncnumpy\ndtype\np11\n(Vu1\np12\nI00\nI01\ntp13\nRp14\n(I3\nV|\np15\nNNNI-1\n` +
      `I-1\nI0\ntp16\nbI00\ng3\n(V${escaped(bytes)}\np17\ng5\ntp18\nRp19\ntp20\nb.`,
  );
}

/** The same of Python 2. */
export function python2Array(bytes: Uint8Array, shape: readonly number[]): Uint8Array {
  const sides = shape.map((side) => `L${side}L\n`).join("");
  return bytesOf(
    `cnumpy.core.multiarray\n_reconstruct\np1\n(cnumpy\nndarray\np2\n(I0\ntS'b'\ntRp3\n(I1\n(${sides}tcnumpy\ndtype\np4\n` +
      `(S'u1'\nI0\nI1\ntRp5\n(I3\nS'|'\nNNNI-1\nI-1\nI0\ntbI00\nS${quoted(bytes)}\ntb.`,
  );
}

const JPEG = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0x5c, 0x0a, 0x27, 0xff, 0xd9);

/** Bytes, lists, tuples and dicts in protocols 0 to 4, with `array`, a pickle of protocol 4, where they have one. */
export function wrapped(array: Uint8Array): Uint8Array[] {
  const inner = textOf(array.subarray(2, -1));
  const jpeg = textOf(JPEG);
  const base64 = JPEG.toBase64();
  return [
    `\x80\x04]\x94(K\x07${inner}e.`,
    `\x80\x04\x88${inner}\x86.`,
    `\x80\x04}\x94(\x8c\x02idK\x01\x8c\x05frame${inner}u.`,
    `\x80\x04C${String.fromCharCode(JPEG.length)}${jpeg}.`,
    `\x80\x03cbuiltins\nbytearray\nC${String.fromCharCode(JPEG.length)}${jpeg}\x85R.`,
    `\x80\x04\x89N\x86.`,
    `c_codecs\nencode\np0\n(V${escaped(JPEG)}\np1\nVlatin1\np2\ntp3\nRp4\n.`,
    `(lp0\nI7\naF1.5\nac_codecs\nencode\n(V${escaped(JPEG)}\nVlatin1\ntRa.`,
    `(dp0\nVframe\np1\nV${base64}\nsVid\nL5L\ns.`,
    `S${quoted(JPEG)}\np0\n.`,
    `U${String.fromCharCode(JPEG.length)}${jpeg}.`,
    `]q\0(G\x3f\xf8\0\0\0\0\0\0\x8a\x02\x10\x27T${String.fromCharCode(JPEG.length)}\0\0\0${jpeg}e.`,
  ].map(bytesOf);
}
