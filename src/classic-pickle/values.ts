import type { Form } from "./forms.ts";

/** The callables that a picture's pickle names; nothing of the name is ever looked up or called. */
export type Callable = "reconstruct" | "frombuffer" | "ndarray" | "dtype" | "encode" | "bytearray";

/**
 * What is on the stack of the unpickler: inert descriptors. Bytes and texts are views into the payload, so no value
 * takes more memory than its opcode and its items.
 */
export type Value =
  | { readonly type: "none" }
  | { readonly type: "bool"; readonly value: boolean }
  /** NaN for what a float can't hold exactly. */
  | { readonly type: "int"; readonly value: number }
  /** Of which nothing needs the value. */
  | { readonly type: "float" }
  | RawText
  | RawBytes
  | { readonly type: "tuple"; readonly items: readonly Value[] }
  | { readonly type: "list"; readonly items: Value[] }
  /** Keys and values in turn. */
  | { readonly type: "dict"; readonly items: Value[] }
  | { readonly type: "callable"; readonly callable: Callable }
  | { readonly type: "dtype" }
  | NumpyArray;

/** A text as the pickle writes it. */
export interface RawText {
  readonly type: "text";
  readonly bytes: Uint8Array;
  readonly form: Form;
}

/** Bytes as the pickle writes them. Made plain only at the end. */
export interface RawBytes {
  readonly type: "bytes";
  readonly bytes: Uint8Array;
  readonly form: Form;
}

/** An array of uint8. `_reconstruct` makes it without content; its BUILD gives the content, once. */
export interface NumpyArray {
  readonly type: "array";
  content: ArrayContent | null;
}

/** What an array says of itself; sizes are checked by array-picture.ts. */
export interface ArrayContent {
  readonly shape: readonly number[];
  /** How far apart in `raw` neighbours along each axis of `shape` are, in bytes. */
  readonly strides: readonly number[];
  readonly raw: RawBytes;
}
