/** Keys that have names; all others are called by their letter. */
const NAMES: Readonly<Record<number, string>> = {
  65293: "Enter",
  65421: "Enter",
  65307: "Escape",
  65470: "F1",
  65480: "F11",
};

const QUESTION_MARK = 0x3f;
const SHIFT = 0x1;
const CONTROL = 0x4;
const ALT = 0x8;
const SUPER = 0x40;

/** What the keys of this keyboard are called, by keycode. */
export class Keymap {
  readonly #names = new Map<number, string>();
  /** Keys that give "?" with Shift, and in which of the keyboard's groups. */
  readonly #questionMarks = new Map<number, readonly number[]>();

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
      // Two symbols for each group, without Shift and with it.
      const groups = symbols.flatMap((symbol, at) => (symbol === QUESTION_MARK && at % 2 === 1 ? [(at - 1) / 2] : []));
      if (groups.length > 0) {
        this.#questionMarks.set(firstKeycode + key, groups);
      }
    }
  }

  /** "q", " ", "?", "Escape"; undefined for keys without a name, and for shortcuts that are the desktop's. */
  name(keycode: number, state: number): string | undefined {
    if ((state & (CONTROL | ALT | SUPER)) !== 0) {
      return undefined;
    }
    const group = (state >> 13) & 3;
    const isQuestion = (state & SHIFT) !== 0 && this.#questionMarks.get(keycode)?.includes(group) === true;
    return isQuestion ? "?" : this.#names.get(keycode);
  }
}

/** With a Greek or Russian keyboard the Latin letter of the key, which is among its symbols too. */
function nameOf(symbol: number): string | undefined {
  const isAscii = symbol >= 0x20 && symbol <= 0x7e;
  return NAMES[symbol] ?? (isAscii ? String.fromCharCode(symbol).toLowerCase() : undefined);
}
