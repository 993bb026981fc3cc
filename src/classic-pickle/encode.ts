import { KIB } from "../units.ts";
import { MAX_PAYLOAD_BYTES } from "../wire.ts";
import { utf8Length, writeUtf8 } from "./latin1.ts";
import { bytesOfWritten, type WrittenLength, writeLength } from "./lengths.ts";
import { Opcode } from "./opcodes.ts";

/** The pickle protocols that can be written. Python 3.6 and 3.7 read up to 4, later ones 5, Python 2.7 reads 2 only. */
export type PickleProtocol = 2 | 3 | 4 | 5;
/** What every Python 3 reads, and the default of Python 3.8 to 3.13. */
export const DEFAULT_PICKLE_PROTOCOL: PickleProtocol = 4;

const MAX_DIMENSION = 2 ** 31 - 1;
/** More than a pickle takes beside its array: some 200 bytes. */
const ENVELOPE_BYTES = KIB;

/**
 * How many bytes of a uint8 array fit into a message, whatever they are: protocol 2 writes those above 127 as two.
 * @param protocol null for no pickle
 */
export function maxArrayBytes(protocol: PickleProtocol | null): number {
  return Math.floor((MAX_PAYLOAD_BYTES - ENVELOPE_BYTES) / (protocol === 2 ? 2 : 1));
}

export interface ArrayOptions {
  /** Sides from the outermost on: (height, width, 3) for BGR pixels, (N, 1) or (N,) for a JPEG. */
  readonly shape: readonly number[];
  /** DEFAULT_PICKLE_PROTOCOL unless given. */
  readonly protocol?: PickleProtocol | undefined;
}

/** What stands before and after an array's bytes; depends on the shape and protocol only, so it can be kept. */
export interface ArrayEnvelope {
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
}

/**
 * The pickle of a uint8 numpy array in C order, around its bytes: head + bytes + tail. Not for protocol 2, where the
 * bytes themselves look different.
 *
 * ```
 *   80 PP                                      PROTO
 *   c numpy.core.multiarray _reconstruct       GLOBAL
 *   c numpy ndarray   K 0 TUPLE1   C "b"       its arguments: the type, (0,), b"b"
 *   TUPLE3 REDUCE                              an empty array
 *   ( K 1   ( J h J w J 3 t                    its state: version 1, the shape,
 *     c numpy dtype   X "u1"  False True       the dtype uint8,
 *     TUPLE3 REDUCE
 *     ( K 3 X "|" N N N J -1 J -1 K 0 t BUILD
 *     False                                    not in Fortran order,
 *     B length                                 BINBYTES
 *   ── bytes ──
 *   t BUILD .                                  TUPLE BUILD STOP
 * ```
 *
 * This is what numpy 1 itself writes, without FRAME and memo, which readers do without. It was chosen since numpy 2
 * keeps `numpy.core.multiarray._reconstruct` importable without a warning for old pickles (numpy/core/multiarray.py),
 * while its own `numpy._core` is missing from most of numpy 1 and `numpy.core.numeric._frombuffer` warns in numpy 2;
 * and since the array is writable, so that scripts may draw on it, and takes the bytes over without a copy. The public
 * `numpy.ndarray(shape, "u1", bytes)` would be read-only, and over a bytearray costs a copy. Protocol 5 differs in
 * its number only. Loads with warnings as errors on Python 3.6 with numpy 1.13 to Python 3.13 with numpy 2.4.
 * @throws RangeError for a shape that no message can hold
 */
export function arrayEnvelope(shape: readonly number[], protocol: 3 | 4 | 5): ArrayEnvelope {
  const length = byteCountOf(shape);
  const head = bytesOf(headText(shape, protocol), `B${u32(length)}`);
  return { head, tail: bytesOf("tb.") };
}

/**
 * A uint8 array's pickle; `bytes` are copied once.
 * @throws RangeError when `bytes` do not fit the shape, or the pickle is above 64 MiB
 */
export function encodeArray(bytes: Uint8Array, options: ArrayOptions): Uint8Array {
  return encodeAfter(0, bytes, options);
}

export interface MessageOptions {
  readonly shape: readonly number[];
  /** DEFAULT_PICKLE_PROTOCOL unless given; null for the bytes themselves, without a pickle. */
  readonly protocol?: PickleProtocol | null | undefined;
  /** "u64le" unless given, as `struct.pack("Q", …)` writes it. */
  readonly length?: WrittenLength | undefined;
}

/**
 * A whole classic message: the length, and the pickle or the bytes. One allocation; `bytes` are copied once.
 * @throws RangeError when `bytes` do not fit the shape, or the pickle is above 64 MiB
 */
export function classicMessage(bytes: Uint8Array, { shape, protocol, length = "u64le" }: MessageOptions): Uint8Array {
  const room = bytesOfWritten(length);
  const message = protocol === null ? plainAfter(room, bytes) : encodeAfter(room, bytes, { shape, protocol });
  writeLength(message, message.length - room, length);
  return message;
}

function plainAfter(room: number, bytes: Uint8Array): Uint8Array {
  const message = allocate(room, bytes.length, "picture");
  message.set(bytes, room);
  return message;
}

/** The pickle behind `room` bytes of zero. */
function encodeAfter(room: number, bytes: Uint8Array, options: ArrayOptions): Uint8Array {
  const { shape, protocol = DEFAULT_PICKLE_PROTOCOL } = options;
  const expected = byteCountOf(shape);
  if (bytes.length !== expected) {
    throw new RangeError(`an array of shape (${shape.join(", ")}) has ${expected} bytes, not ${bytes.length}`);
  }
  if (protocol === 2) {
    return encodeProtocol2(room, bytes, shape);
  }
  const { head, tail } = arrayEnvelope(shape, protocol);
  const result = allocate(room, head.length + bytes.length + tail.length);
  result.set(head, room);
  result.set(bytes, room + head.length);
  result.set(tail, room + head.length + bytes.length);
  return result;
}

/** As encodeAfter, with the bytes as Latin-1 text: `c _codecs encode  X length text  X "latin1"  TUPLE2 REDUCE`. */
function encodeProtocol2(room: number, bytes: Uint8Array, shape: readonly number[]): Uint8Array {
  const textLength = utf8Length(bytes);
  const head = bytesOf(headText(shape, 2), `c_codecs\nencode\nX${u32(textLength)}`);
  const tail = bytesOf(text("latin1"), "\x86Rtb.");
  const result = allocate(room, head.length + textLength + tail.length);
  result.set(head, room);
  writeUtf8(bytes, result, room + head.length);
  result.set(tail, room + head.length + textLength);
  return result;
}

function allocate(room: number, length: number, what = "pickle"): Uint8Array {
  if (length > MAX_PAYLOAD_BYTES) {
    throw new RangeError(`a ${what} would have ${length} bytes, at most ${MAX_PAYLOAD_BYTES} are allowed`);
  }
  return new Uint8Array(room + length);
}

function byteCountOf(shape: readonly number[]): number {
  const isShape = shape.every((side) => Number.isInteger(side) && side > 0 && side <= MAX_DIMENSION);
  const count = shape.reduce((product, side) => product * side, 1);
  if (shape.length === 0 || !isShape || count > MAX_PAYLOAD_BYTES) {
    throw new RangeError(
      `an array cannot have the shape (${shape.join(", ")}): its sides are whole numbers above 0, ` +
        `it has at most ${MAX_PAYLOAD_BYTES} bytes`,
    );
  }
  return count;
}

/** All before the array's bytes, one character per byte. */
function headText(shape: readonly number[], protocol: PickleProtocol): string {
  const sides = shape.map((side) => `J${u32(side)}`).join("");
  const kind = protocol === 2 ? `c_codecs\nencode\n${text("b")}${text("latin1")}\x86R` : "C\x01b";
  const dtype = `cnumpy\ndtype\n${text("u1")}\x89\x88\x87R`;
  const dtypeState = `(K\x03${text("|")}NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb`;
  return [
    String.fromCharCode(Opcode.proto, protocol),
    `cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85${kind}\x87R`,
    `(K\x01(${sides}t${dtype}${dtypeState}\x89`,
  ].join("");
}

/** BINUNICODE of an ASCII text. */
function text(value: string): string {
  return `X${u32(value.length)}${value}`;
}

function u32(value: number): string {
  return String.fromCharCode(value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, value >>> 24);
}

function bytesOf(...parts: readonly string[]): Uint8Array {
  return Uint8Array.from(parts.join(""), (character) => character.charCodeAt(0));
}
