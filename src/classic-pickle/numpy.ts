import { ProtocolError } from "../wire.ts";
import type { ArrayContent, Callable, RawBytes, Value } from "./values.ts";

const MAX_QUOTED_BYTES = 60;
const MAX_RANK = 3;
const ascii = new TextDecoder("latin1");

/**
 * All that a pickle may name: module and name, as numpy 1 (`numpy.core`) and numpy 2 (`numpy._core`) write them.
 * `_codecs.encode` is how Python 3 writes bytes in protocols 0 to 2, `bytearray` a bytearray before protocol 5.
 */
const CALLABLES: ReadonlyMap<string, Callable> = new Map([
  ["numpy.core.multiarray\n_reconstruct", "reconstruct"],
  ["numpy._core.multiarray\n_reconstruct", "reconstruct"],
  ["numpy.core.numeric\n_frombuffer", "frombuffer"],
  ["numpy._core.numeric\n_frombuffer", "frombuffer"],
  ["numpy\nndarray", "ndarray"],
  ["numpy\ndtype", "dtype"],
  ["_codecs\nencode", "encode"],
  ["builtins\nbytearray", "bytearray"],
  ["__builtin__\nbytearray", "bytearray"],
]);

/** dtype.__setstate__ of a plain type: version, byte order, no subtype, names or fields, no own size, no flags. */
const DTYPE_STATE: readonly (number | string | null)[] = [3, "|", null, null, null, -1, -1, 0];

/**
 * The callable that `module` and `name` (UTF-8) stand for.
 * @throws ProtocolError "pickle-callable" for every other one
 */
export function findCallable(module: Uint8Array, name: Uint8Array): Callable {
  const isShort = module.length + name.length < MAX_QUOTED_BYTES;
  const callable = isShort ? CALLABLES.get(`${ascii.decode(module)}\n${ascii.decode(name)}`) : undefined;
  if (callable === undefined) {
    throw new ProtocolError(
      "pickle-callable",
      `a pickle names ${quote(module)} ${quote(name)}, only numpy's array and dtype are allowed`,
      "nothing was executed; the sender must pickle a numpy array or a JPEG's bytes, alone or in a list, tuple or dict",
    );
  }
  return callable;
}

/**
 * What REDUCE would get from calling `callable` with `args`, as a descriptor.
 * @throws ProtocolError when it is not one of the calls that numpy's pickles make
 */
export function reduce(callable: Value, args: Value): Value {
  if (callable.type !== "callable" || args.type !== "tuple") {
    throw new ProtocolError("pickle-callable", `a pickle calls a ${callable.type} with a ${args.type}`);
  }
  switch (callable.callable) {
    case "reconstruct":
      return reconstruct(args.items);
    case "frombuffer":
      return { type: "array", content: contentFromBuffer(args.items) };
    case "dtype":
      return dtype(args.items);
    case "encode":
      return encode(args.items);
    case "bytearray":
      return byteArray(args.items);
    case "ndarray":
      throw new ProtocolError("pickle-callable", "a pickle calls numpy.ndarray, which numpy's own pickles only name");
    default:
      return callable.callable satisfies never;
  }
}

/**
 * Gives `target` its state, as BUILD does.
 * @throws ProtocolError unless it is a dtype or an array without content, and the state that numpy gives it
 */
export function build(target: Value, state: Value): void {
  const items = state.type === "tuple" ? state.items : [];
  if (target.type === "dtype") {
    const isPlain = items.length === DTYPE_STATE.length && items.every((item, at) => plain(item) === DTYPE_STATE[at]);
    if (!isPlain) {
      throw new ProtocolError("pickle-dtype", "a pickle has a dtype whose state is not that of plain uint8");
    }
    return;
  }
  if (target.type !== "array" || target.content !== null) {
    throw new ProtocolError("pickle-value", `a pickle gives a state to a ${target.type} that takes none`);
  }
  target.content = contentFromState(items);
}

/** `_reconstruct(numpy.ndarray, (0,), b"b")`: an empty array, to be filled by BUILD. */
function reconstruct(args: readonly Value[]): Value {
  const [subtype, shape, kind] = args;
  const isArray = subtype?.type === "callable" && subtype.callable === "ndarray";
  const isEmpty = shape?.type === "tuple" && shape.items.length === 1 && plain(shape.items[0]) === 0;
  const isByte = shortText(kind) === "b";
  if (args.length !== 3 || !isArray || !isEmpty || !isByte) {
    throw new ProtocolError("pickle-value", "a pickle calls _reconstruct in another way than numpy does");
  }
  return { type: "array", content: null };
}

/** `dtype("u1", False, True)`; before numpy 1.20 the two are 0 and 1. */
function dtype(args: readonly Value[]): Value {
  const [name, align, copy] = args;
  if (shortText(name) !== "u1") {
    const found = name?.type === "text" || name?.type === "bytes" ? quote(name.bytes) : `a ${name?.type}`;
    throw new ProtocolError("pickle-dtype", `a pickle has an array of dtype ${found}, only "u1" (uint8) is allowed`);
  }
  if (args.length !== 3 || Number(plain(align)) !== 0 || Number(plain(copy)) !== 1) {
    throw new ProtocolError("pickle-dtype", "a pickle calls numpy.dtype in another way than numpy does");
  }
  return { type: "dtype" };
}

/** `_codecs.encode(text, "latin1")`: bytes in protocols 0 to 2. Left as text here, so that repeating it costs nothing. */
function encode(args: readonly Value[]): Value {
  const [text, encoding] = args;
  if (args.length !== 2 || text?.type !== "text" || shortText(encoding) !== "latin1") {
    throw new ProtocolError("pickle-callable", "a pickle calls _codecs.encode with anything but a string and latin1");
  }
  return { ...text, type: "bytes" };
}

/** `bytearray(bytes)`; `bytearray(text, "latin-1")` in protocols 0 to 2. */
function byteArray(args: readonly Value[]): Value {
  const [content, encoding] = args;
  if (args.length === 1 && content?.type === "bytes") {
    return content;
  }
  if (args.length !== 2 || content?.type !== "text" || shortText(encoding) !== "latin-1") {
    throw new ProtocolError("pickle-callable", "a pickle calls bytearray with anything but its content");
  }
  return { ...content, type: "bytes" };
}

/** ndarray.__setstate__: (1, shape, dtype, is Fortran order, bytes). */
function contentFromState(items: readonly Value[]): ArrayContent {
  const [version, shapeValue, type, isFortran, raw] = items;
  const order = plain(isFortran);
  const isOrder = order === true || order === false || order === 0 || order === 1;
  if (items.length !== 5 || plain(version) !== 1 || !isOrder) {
    throw new ProtocolError("pickle-value", "a pickle has an array with a state that numpy does not give it");
  }
  const shape = readShape(shapeValue);
  return { shape, strides: stridesOf(shape, order ? "F" : "C"), raw: readRaw(type, raw) };
}

/**
 * `_frombuffer(buffer, dtype, shape, order)` of protocol 5. From numpy 2.3 on the order may be "K" with the axes of a
 * transposition as a fifth argument.
 */
function contentFromBuffer(args: readonly Value[]): ArrayContent {
  const [raw, type, shapeValue, orderValue, axesValue] = args;
  const shape = readShape(shapeValue);
  const order = shortText(orderValue);
  if (args.length === 4 && (order === "C" || order === "F")) {
    return { shape, strides: stridesOf(shape, order), raw: readRaw(type, raw) };
  }
  if (args.length !== 5 || order !== "K") {
    throw new ProtocolError("pickle-value", "a pickle calls _frombuffer in another way than numpy does");
  }
  const strides = stridesOf(shape, "C");
  const axes = readAxes(axesValue, shape.length);
  return {
    shape: axes.map((axis) => shape[axis] as number),
    strides: axes.map((axis) => strides[axis] as number),
    raw: readRaw(type, raw),
  };
}

function readRaw(type: Value | undefined, raw: Value | undefined): RawBytes {
  if (type?.type !== "dtype") {
    throw new ProtocolError("pickle-dtype", `a pickle has an array whose dtype is a ${type?.type}`);
  }
  if (raw?.type !== "bytes") {
    throw new ProtocolError("pickle-value", `a pickle has an array whose content is a ${raw?.type}, bytes are needed`);
  }
  return raw;
}

function readShape(value: Value | undefined): number[] {
  const items = value?.type === "tuple" ? value.items : [];
  const sides = items.flatMap((item) => (item.type === "int" && item.value > 0 ? [item.value] : []));
  if (sides.length !== items.length || sides.length < 1 || sides.length > MAX_RANK) {
    const found = items.map((item) => (item.type === "int" ? item.value : item.type)).join(", ");
    throw new ProtocolError(
      "pickle-shape",
      `an array has the shape (${found}), 1 to ${MAX_RANK} dimensions above 0 are allowed`,
    );
  }
  return sides;
}

/** A permutation of the axes 0 to `rank` − 1. */
function readAxes(value: Value | undefined, rank: number): number[] {
  const items = value?.type === "tuple" ? value.items : [];
  const axes = items.flatMap((item) => (item.type === "int" ? [item.value] : []));
  const isPermutation = axes.toSorted().every((axis, at) => axis === at);
  if (items.length !== rank || axes.length !== rank || !isPermutation) {
    throw new ProtocolError(
      "pickle-shape",
      `an array of ${rank} dimensions is transposed by something other than its axes`,
    );
  }
  return axes;
}

function stridesOf(shape: readonly number[], order: "C" | "F"): number[] {
  const strides = shape.map(() => 1);
  for (let step = 1; step < shape.length; step += 1) {
    const [at, before] = order === "F" ? [step, step - 1] : [shape.length - 1 - step, shape.length - step];
    strides[at] = (strides[before] as number) * (shape[before] as number);
  }
  return strides;
}

/** The value itself where it is one of few bytes; undefined for all others, which equal nothing. */
function plain(value: Value | undefined): number | string | boolean | null | undefined {
  switch (value?.type) {
    case "int":
    case "bool":
      return value.value;
    case "none":
      return null;
    default:
      return shortText(value);
  }
}

/** A short text, or Python 2's string, as it is written: none that is needed has an escape. Undefined for all else. */
function shortText(value: Value | undefined): string | undefined {
  const isText = value?.type === "text" || value?.type === "bytes";
  return isText && value.bytes.length <= MAX_QUOTED_BYTES ? ascii.decode(value.bytes) : undefined;
}

/** A peer's text for a message: short, and without what moves a terminal's cursor. */
function quote(bytes: Uint8Array): string {
  const text = ascii.decode(bytes.subarray(0, MAX_QUOTED_BYTES)).replace(/[^\x20-\x7e]/g, "?");
  return `"${text}${bytes.length > MAX_QUOTED_BYTES ? "…" : ""}"`;
}
