/**
 * Pickles of numpy 2.4.6 on Python 3.13.0, annotated by pickletools, since the tests' own Python has numpy 1. All hold
 * the array of SAMPLE_SHAPE and SAMPLE_BYTES. Made by `pickle.dumps(array, protocol=…)`.
 */
export const NUMPY_2_PICKLES: readonly { readonly name: string; readonly hex: string }[] = [
  {
    name: "protocol 2, C order",
    hex: `
      80 02 63 6e 75 6d 70 79 2e 5f 63 6f 72 65 2e 6d 75 6c 74 69 61 72 72 61 79 0a 5f 72 65 63 6f 6e 73 74 72 75 63 74 0a 71 00   # PROTO 2, GLOBAL numpy._core.multiarray _reconstruct
      63 6e 75 6d 70 79 0a 6e 64 61 72 72 61 79 0a 71 01   # GLOBAL numpy ndarray
      4b 00 85 71 02 63 5f 63 6f 64 65 63 73 0a 65 6e 63 6f 64 65 0a 71 03   # BININT1 0, TUPLE1, GLOBAL _codecs encode
      58 01 00 00 00 62 71 04 58 06 00 00 00 6c 61 74 69 6e 31 71 05   # BINUNICODE b, BINUNICODE latin1
      86 71 06 52 71 07   # TUPLE2, REDUCE
      87 71 08 52 71 09   # TUPLE3, REDUCE
      28   # MARK
      4b 01 4b 02 4b 02 4b 03 87 71 0a 63 6e 75 6d 70 79 0a 64 74 79 70 65 0a 71 0b   # BININT1 1, BININT1 2, BININT1 2, BININT1 3, TUPLE3, GLOBAL numpy dtype
      58 02 00 00 00 75 31 71 0c 89 88 87 71 0d 52 71 0e   # BINUNICODE u1, NEWFALSE, NEWTRUE, TUPLE3, REDUCE
      28   # MARK
      4b 03 58 01 00 00 00 7c 71 0f 4e 4e 4e 4a ff ff ff ff 4a ff ff ff ff   # BININT1 3, BINUNICODE |, NONE, NONE, NONE, BININT -1, BININT -1
      4b 00 74 71 10   # BININT1 0, TUPLE
      62   # BUILD
      89 68 03 58 12 00 00 00 64 79 c2 8e c2 a3 c2 b8 c3 8d c3 a2 c3 b7 0c 21 36 4b 71 11   # NEWFALSE, BINGET 3, BINUNICODE (the bytes as text)
      68 05 86 71 12 52 71 13   # BINGET 5, TUPLE2, REDUCE
      74 71 14   # TUPLE
      62   # BUILD
      2e   # STOP
    `,
  },
  {
    name: "protocol 4, C order",
    hex: `
      80 04 95 99 00 00 00 00 00 00 00   # PROTO 4, FRAME 153
      8c 16 6e 75 6d 70 79 2e 5f 63 6f 72 65 2e 6d 75 6c 74 69 61 72 72 61 79 94   # SHORT_BINUNICODE numpy._core.multiarray
      8c 0c 5f 72 65 63 6f 6e 73 74 72 75 63 74 94 93 94   # SHORT_BINUNICODE _reconstruct, STACK_GLOBAL
      8c 05 6e 75 6d 70 79 94 8c 07 6e 64 61 72 72 61 79 94 93 94   # SHORT_BINUNICODE numpy, SHORT_BINUNICODE ndarray, STACK_GLOBAL
      4b 00 85 94 43 01 62 94   # BININT1 0, TUPLE1, SHORT_BINBYTES (1 bytes)
      87 94 52 94   # TUPLE3, REDUCE
      28   # MARK
      4b 01 4b 02 4b 02 4b 03 87 94 68 03 8c 05 64 74 79 70 65 94   # BININT1 1, BININT1 2, BININT1 2, BININT1 3, TUPLE3, BINGET 3, SHORT_BINUNICODE dtype
      93 94   # STACK_GLOBAL
      8c 02 75 31 94 89 88 87 94 52 94   # SHORT_BINUNICODE u1, NEWFALSE, NEWTRUE, TUPLE3, REDUCE
      28   # MARK
      4b 03 8c 01 7c 94 4e 4e 4e 4a ff ff ff ff 4a ff ff ff ff 4b 00   # BININT1 3, SHORT_BINUNICODE |, NONE, NONE, NONE, BININT -1, BININT -1, BININT1 0
      74 94   # TUPLE
      62   # BUILD
      89 43 0c 64 79 8e a3 b8 cd e2 f7 0c 21 36 4b 94   # NEWFALSE, SHORT_BINBYTES (12 bytes)
      74 94   # TUPLE
      62   # BUILD
      2e   # STOP
    `,
  },
  {
    name: "protocol 4, Fortran order",
    hex: `
      80 04 95 99 00 00 00 00 00 00 00   # PROTO 4, FRAME 153
      8c 16 6e 75 6d 70 79 2e 5f 63 6f 72 65 2e 6d 75 6c 74 69 61 72 72 61 79 94   # SHORT_BINUNICODE numpy._core.multiarray
      8c 0c 5f 72 65 63 6f 6e 73 74 72 75 63 74 94 93 94   # SHORT_BINUNICODE _reconstruct, STACK_GLOBAL
      8c 05 6e 75 6d 70 79 94 8c 07 6e 64 61 72 72 61 79 94 93 94   # SHORT_BINUNICODE numpy, SHORT_BINUNICODE ndarray, STACK_GLOBAL
      4b 00 85 94 43 01 62 94   # BININT1 0, TUPLE1, SHORT_BINBYTES (1 bytes)
      87 94 52 94   # TUPLE3, REDUCE
      28   # MARK
      4b 01 4b 02 4b 02 4b 03 87 94 68 03 8c 05 64 74 79 70 65 94   # BININT1 1, BININT1 2, BININT1 2, BININT1 3, TUPLE3, BINGET 3, SHORT_BINUNICODE dtype
      93 94   # STACK_GLOBAL
      8c 02 75 31 94 89 88 87 94 52 94   # SHORT_BINUNICODE u1, NEWFALSE, NEWTRUE, TUPLE3, REDUCE
      28   # MARK
      4b 03 8c 01 7c 94 4e 4e 4e 4a ff ff ff ff 4a ff ff ff ff 4b 00   # BININT1 3, SHORT_BINUNICODE |, NONE, NONE, NONE, BININT -1, BININT -1, BININT1 0
      74 94   # TUPLE
      62   # BUILD
      88 43 0c 64 e2 a3 21 79 f7 b8 36 8e 0c cd 4b 94   # NEWTRUE, SHORT_BINBYTES (12 bytes)
      74 94   # TUPLE
      62   # BUILD
      2e   # STOP
    `,
  },
  {
    name: "protocol 5, C order",
    hex: `
      80 05 95 84 00 00 00 00 00 00 00   # PROTO 5, FRAME 132
      8c 13 6e 75 6d 70 79 2e 5f 63 6f 72 65 2e 6e 75 6d 65 72 69 63 94   # SHORT_BINUNICODE numpy._core.numeric
      8c 0b 5f 66 72 6f 6d 62 75 66 66 65 72 94 93 94   # SHORT_BINUNICODE _frombuffer, STACK_GLOBAL
      28   # MARK
      96 0c 00 00 00 00 00 00 00 64 79 8e a3 b8 cd e2 f7 0c 21 36 4b 94   # BYTEARRAY8 (12 bytes)
      8c 05 6e 75 6d 70 79 94 8c 05 64 74 79 70 65 94 93 94   # SHORT_BINUNICODE numpy, SHORT_BINUNICODE dtype, STACK_GLOBAL
      8c 02 75 31 94 89 88 87 94 52 94   # SHORT_BINUNICODE u1, NEWFALSE, NEWTRUE, TUPLE3, REDUCE
      28   # MARK
      4b 03 8c 01 7c 94 4e 4e 4e 4a ff ff ff ff 4a ff ff ff ff 4b 00   # BININT1 3, SHORT_BINUNICODE |, NONE, NONE, NONE, BININT -1, BININT -1, BININT1 0
      74 94   # TUPLE
      62   # BUILD
      4b 02 4b 02 4b 03 87 94 8c 01 43 94 74 94   # BININT1 2, BININT1 2, BININT1 3, TUPLE3, SHORT_BINUNICODE C, TUPLE
      52 94   # REDUCE
      2e   # STOP
    `,
  },
  {
    name: "protocol 5, Fortran order",
    hex: `
      80 05 95 84 00 00 00 00 00 00 00   # PROTO 5, FRAME 132
      8c 13 6e 75 6d 70 79 2e 5f 63 6f 72 65 2e 6e 75 6d 65 72 69 63 94   # SHORT_BINUNICODE numpy._core.numeric
      8c 0b 5f 66 72 6f 6d 62 75 66 66 65 72 94 93 94   # SHORT_BINUNICODE _frombuffer, STACK_GLOBAL
      28   # MARK
      96 0c 00 00 00 00 00 00 00 64 e2 a3 21 79 f7 b8 36 8e 0c cd 4b 94   # BYTEARRAY8 (12 bytes)
      8c 05 6e 75 6d 70 79 94 8c 05 64 74 79 70 65 94 93 94   # SHORT_BINUNICODE numpy, SHORT_BINUNICODE dtype, STACK_GLOBAL
      8c 02 75 31 94 89 88 87 94 52 94   # SHORT_BINUNICODE u1, NEWFALSE, NEWTRUE, TUPLE3, REDUCE
      28   # MARK
      4b 03 8c 01 7c 94 4e 4e 4e 4a ff ff ff ff 4a ff ff ff ff 4b 00   # BININT1 3, SHORT_BINUNICODE |, NONE, NONE, NONE, BININT -1, BININT -1, BININT1 0
      74 94   # TUPLE
      62   # BUILD
      4b 02 4b 02 4b 03 87 94 8c 01 46 94 74 94   # BININT1 2, BININT1 2, BININT1 3, TUPLE3, SHORT_BINUNICODE F, TUPLE
      52 94   # REDUCE
      2e   # STOP
    `,
  },
  {
    name: "protocol 5, transposed from (2, 2, 3)",
    hex: `
      80 05 95 8c 00 00 00 00 00 00 00   # PROTO 5, FRAME 140
      8c 13 6e 75 6d 70 79 2e 5f 63 6f 72 65 2e 6e 75 6d 65 72 69 63 94   # SHORT_BINUNICODE numpy._core.numeric
      8c 0b 5f 66 72 6f 6d 62 75 66 66 65 72 94 93 94   # SHORT_BINUNICODE _frombuffer, STACK_GLOBAL
      28   # MARK
      96 0c 00 00 00 00 00 00 00 64 79 8e e2 f7 0c a3 b8 cd 21 36 4b 94   # BYTEARRAY8 (12 bytes)
      8c 05 6e 75 6d 70 79 94 8c 05 64 74 79 70 65 94 93 94   # SHORT_BINUNICODE numpy, SHORT_BINUNICODE dtype, STACK_GLOBAL
      8c 02 75 31 94 89 88 87 94 52 94   # SHORT_BINUNICODE u1, NEWFALSE, NEWTRUE, TUPLE3, REDUCE
      28   # MARK
      4b 03 8c 01 7c 94 4e 4e 4e 4a ff ff ff ff 4a ff ff ff ff 4b 00   # BININT1 3, SHORT_BINUNICODE |, NONE, NONE, NONE, BININT -1, BININT -1, BININT1 0
      74 94   # TUPLE
      62   # BUILD
      4b 02 4b 02 4b 03 87 94 8c 01 4b 94 4b 01 4b 00 4b 02 87 94   # BININT1 2, BININT1 2, BININT1 3, TUPLE3, SHORT_BINUNICODE K, BININT1 1, BININT1 0, BININT1 2, TUPLE3
      74 94   # TUPLE
      52 94   # REDUCE
      2e   # STOP
    `,
  },
];

/** The sample as it is shown: two rows of two pixels of three channels. */
export const SAMPLE_SHAPE = [2, 2, 3] as const;
export const SAMPLE_BYTES = Uint8Array.from({ length: 12 }, (_, index) => (index * 21 + 100) % 256);

/** The bytes of annotated hex: what stands before each "#". */
export function fromHex(annotated: string): Uint8Array {
  const digits = annotated
    .split("\n")
    .map((line) => line.split("#")[0])
    .join("")
    .replace(/\s/g, "");
  return Uint8Array.fromHex(digits);
}
