/** Keys that have names; all others are called by their letter. */
const NAMES: Readonly<Record<number, string>> = {
  65293: "Enter",
  65421: "Enter",
  65307: "Escape",
  65480: "F11",
};

const CONTROL = 0x4;
const ALT = 0x8;
const SUPER = 0x40;

/** What the keys of this keyboard are called, by keycode. */
export class Keymap {
  readonly #names = new Map<number, string>();

  /** @param reply of GetKeyboardMapping */
  constructor(reply: DataView, firstKeycode: number) {
    const perKey = reply.getUint8(1);
    const keys = perKey === 0 ? 0 : reply.getUint32(4, true) / perKey;
    for (let key = 0; key < keys; key++) {
      const symbols = Array.from({ length: perKey }, (_, index) =>
        reply.getUint32(32 + (key * perKey + index) * 4, true),
      );
      const name = symbols.map(nameOf).find((one) => one !== undefined);
      if (name !== undefined) {
        this.#names.set(firstKeycode + key, name);
      }
    }
  }

  /** "q", " ", "Escape"; undefined for keys without a name, and for shortcuts that are the desktop's. */
  name(keycode: number, state: number): string | undefined {
    return (state & (CONTROL | ALT | SUPER)) === 0 ? this.#names.get(keycode) : undefined;
  }
}

/** With a Greek or Russian keyboard the Latin letter of the key, which is among its symbols too. */
function nameOf(symbol: number): string | undefined {
  const isAscii = symbol >= 0x20 && symbol <= 0x7e;
  return NAMES[symbol] ?? (isAscii ? String.fromCharCode(symbol).toLowerCase() : undefined);
}
