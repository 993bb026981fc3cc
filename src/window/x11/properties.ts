import { iconWords } from "../icon.ts";
import type { XConnection } from "./connection.ts";
import * as x from "./requests.ts";

/** Atoms that are asked for by name. */
const ATOM_NAMES = [
  "WM_PROTOCOLS",
  "WM_DELETE_WINDOW",
  "_NET_WM_PING",
  "_NET_WM_NAME",
  "_NET_WM_ICON_NAME",
  "_NET_WM_ICON",
  "UTF8_STRING",
  "COMPOUND_TEXT",
  "_NET_WM_STATE",
  "_NET_WM_STATE_FULLSCREEN",
  "_NET_WM_PID",
] as const;
export type Atoms = Readonly<Record<(typeof ATOM_NAMES)[number], number>>;

/** The picture's area can be made no smaller than this. */
const LEAST_SIZE = { width: 160, height: 90 };
/** CARD32s of WM_SIZE_HINTS (ICCCM 4.1.2.3), the flag for the least size, and where that stands. */
const SIZE_HINTS = { words: 18, hasLeast: 0x10, at: 5 };
const text = new TextEncoder();

export async function askAtoms(connection: XConnection): Promise<Atoms> {
  const replies = await Promise.all(ATOM_NAMES.map((name) => connection.ask(x.internAtom(name))));
  return Object.fromEntries(ATOM_NAMES.map((name, index) => [name, replies[index]?.getUint32(8, true)])) as Atoms;
}

/** What a window tells its manager of itself. */
export class Properties {
  readonly #connection: XConnection;
  readonly #atoms: Atoms;
  readonly #window: number;

  constructor(connection: XConnection, atoms: Atoms, window: number) {
    this.#connection = connection;
    this.#atoms = atoms;
    this.#window = window;
  }

  /** All but the name. */
  begin(): void {
    const { WM_PROTOCOLS, WM_DELETE_WINDOW, _NET_WM_PING, _NET_WM_PID, _NET_WM_ICON } = this.#atoms;
    this.#words(WM_PROTOCOLS, x.ATOM.atom, WM_DELETE_WINDOW, _NET_WM_PING);
    this.#words(_NET_WM_PID, x.ATOM.cardinal, process.pid);
    // It takes input, and begins unfolded (WM_HINTS: InputHint and StateHint).
    this.#words(x.ATOM.wmHints, x.ATOM.wmHints, 0x3, 1, 1, 0, 0, 0, 0, 0, 0);
    const hints = Array.from({ length: SIZE_HINTS.words }, () => 0);
    hints[0] = SIZE_HINTS.hasLeast;
    hints.splice(SIZE_HINTS.at, 2, LEAST_SIZE.width, LEAST_SIZE.height);
    this.#words(x.ATOM.wmNormalHints, x.ATOM.wmSizeHints, ...hints);
    this.#words(_NET_WM_ICON, x.ATOM.cardinal, ...iconWords());
    this.#set(x.ATOM.wmClass, x.ATOM.string, text.encode("lanvid\0lanvid\0"));
  }

  name(title: string): void {
    const { _NET_WM_NAME, _NET_WM_ICON_NAME, UTF8_STRING, COMPOUND_TEXT } = this.#atoms;
    const utf8 = text.encode(title);
    this.#set(_NET_WM_NAME, UTF8_STRING, utf8);
    this.#set(_NET_WM_ICON_NAME, UTF8_STRING, utf8);
    // For managers of before: Latin-1, else "Compound Text Encoding" with a segment of UTF-8.
    const plain = title.replaceAll("–", "-");
    const isLatin1 = /^[ -~\u{a0}-\u{ff}]*$/u.test(plain);
    const compound = isLatin1 ? latin1(plain) : text.encode(`\x1b%G${title}\x1b%@`);
    this.#set(x.ATOM.wmName, isLatin1 ? x.ATOM.string : COMPOUND_TEXT, compound);
  }

  #words(property: number, type: number, ...values: readonly number[]): void {
    this.#connection.send(x.changeProperty(this.#window, property, type, 32, x.wordsOf(...values)));
  }

  #set(property: number, type: number, bytes: Uint8Array): void {
    this.#connection.send(x.changeProperty(this.#window, property, type, 8, bytes));
  }
}

function latin1(value: string): Uint8Array {
  return Uint8Array.from(value, (character) => character.charCodeAt(0));
}
