/**
 * The opcodes that pictures need in protocols 0 to 5, as Python 2 and 3 write them, by the names of Lib/pickletools.py:
 * those of numpy arrays, and of bytes, texts, numbers, lists, tuples and dicts around them. What makes objects of any
 * other class is not here.
 */
export const Opcode = {
  mark: 0x28,
  emptyTuple: 0x29,
  stop: 0x2e,
  binBytes: 0x42,
  shortBinBytes: 0x43,
  float: 0x46,
  binFloat: 0x47,
  int: 0x49,
  binInt: 0x4a,
  binInt1: 0x4b,
  long: 0x4c,
  binInt2: 0x4d,
  none: 0x4e,
  reduce: 0x52,
  string: 0x53,
  binString: 0x54,
  shortBinString: 0x55,
  unicode: 0x56,
  binUnicode: 0x58,
  emptyList: 0x5d,
  append: 0x61,
  build: 0x62,
  global: 0x63,
  dict: 0x64,
  appends: 0x65,
  get: 0x67,
  binGet: 0x68,
  longBinGet: 0x6a,
  list: 0x6c,
  put: 0x70,
  binPut: 0x71,
  longBinPut: 0x72,
  setItem: 0x73,
  tuple: 0x74,
  setItems: 0x75,
  emptyDict: 0x7d,
  proto: 0x80,
  tuple1: 0x85,
  tuple2: 0x86,
  tuple3: 0x87,
  newTrue: 0x88,
  newFalse: 0x89,
  long1: 0x8a,
  shortBinUnicode: 0x8c,
  stackGlobal: 0x93,
  memoize: 0x94,
  frame: 0x95,
  byteArray8: 0x96,
} as const;

/** What the refused opcodes are called, for the message. */
const REFUSED_NAMES: ReadonlyMap<number, string> = new Map([
  [0x30, "POP"],
  [0x31, "POP_MARK"],
  [0x32, "DUP"],
  [0x50, "PERSID"],
  [0x51, "BINPERSID"],
  [0x69, "INST"],
  [0x6f, "OBJ"],
  [0x80, "PROTO"],
  [0x81, "NEWOBJ"],
  [0x82, "EXT1"],
  [0x83, "EXT2"],
  [0x84, "EXT4"],
  [0x8b, "LONG4"],
  [0x8d, "BINUNICODE8"],
  [0x8e, "BINBYTES8"],
  [0x8f, "EMPTY_SET"],
  [0x90, "ADDITEMS"],
  [0x91, "FROZENSET"],
  [0x92, "NEWOBJ_EX"],
  [0x97, "NEXT_BUFFER"],
  [0x98, "READONLY_BUFFER"],
]);

/** A refused opcode as people look it up: "0x81 (NEWOBJ)"; "0xff" where no protocol has it. */
export function opcodeText(opcode: number): string {
  const name = REFUSED_NAMES.get(opcode);
  const hex = `0x${opcode.toString(16).padStart(2, "0")}`;
  return name === undefined ? hex : `${hex} (${name})`;
}
