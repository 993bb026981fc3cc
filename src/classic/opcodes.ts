/**
 * The opcodes that a numpy array of at most 64 MiB needs in protocols 2 to 5, by the names of Lib/pickletools.py.
 * Those that CPython writes for other values only (lists, dicts, objects, sizes above 4 GiB) are not here.
 */
export const Opcode = {
  mark: 0x28,
  stop: 0x2e,
  binBytes: 0x42,
  shortBinBytes: 0x43,
  binInt: 0x4a,
  binInt1: 0x4b,
  binInt2: 0x4d,
  none: 0x4e,
  reduce: 0x52,
  binUnicode: 0x58,
  build: 0x62,
  global: 0x63,
  binGet: 0x68,
  binPut: 0x71,
  tuple: 0x74,
  proto: 0x80,
  tuple1: 0x85,
  tuple2: 0x86,
  tuple3: 0x87,
  newTrue: 0x88,
  newFalse: 0x89,
  shortBinUnicode: 0x8c,
  stackGlobal: 0x93,
  memoize: 0x94,
  frame: 0x95,
  byteArray8: 0x96,
} as const;

/** What the refused opcodes are called, for the message. */
const REFUSED_NAMES: ReadonlyMap<number, string> = new Map([
  [0x29, "EMPTY_TUPLE"],
  [0x30, "POP"],
  [0x31, "POP_MARK"],
  [0x32, "DUP"],
  [0x46, "FLOAT"],
  [0x47, "BINFLOAT"],
  [0x49, "INT"],
  [0x4c, "LONG"],
  [0x50, "PERSID"],
  [0x51, "BINPERSID"],
  [0x53, "STRING"],
  [0x54, "BINSTRING"],
  [0x55, "SHORT_BINSTRING"],
  [0x56, "UNICODE"],
  [0x5d, "EMPTY_LIST"],
  [0x61, "APPEND"],
  [0x64, "DICT"],
  [0x65, "APPENDS"],
  [0x67, "GET"],
  [0x69, "INST"],
  [0x6a, "LONG_BINGET"],
  [0x6c, "LIST"],
  [0x6f, "OBJ"],
  [0x70, "PUT"],
  [0x72, "LONG_BINPUT"],
  [0x73, "SETITEM"],
  [0x75, "SETITEMS"],
  [0x7d, "EMPTY_DICT"],
  [0x80, "PROTO"],
  [0x81, "NEWOBJ"],
  [0x82, "EXT1"],
  [0x83, "EXT2"],
  [0x84, "EXT4"],
  [0x8a, "LONG1"],
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
