/** The callables that a numpy array's pickle names; nothing of the name is ever looked up or called. */
export type Callable = "reconstruct" | "frombuffer" | "ndarray" | "dtype" | "encode";

/**
 * What is on the stack of the unpickler: inert descriptors. Bytes and texts are views into the payload, so no value
 * takes more memory than its opcode and its items.
 */
export type Value =
  | { readonly type: "none" }
  | { readonly type: "bool"; readonly value: boolean }
  | { readonly type: "int"; readonly value: number }
  | { readonly type: "text"; readonly utf8: Uint8Array }
  | RawBytes
  | { readonly type: "tuple"; readonly items: readonly Value[] }
  | { readonly type: "callable"; readonly callable: Callable }
  | { readonly type: "dtype" }
  | NumpyArray;

/** Bytes as they are, or as protocol 2 has them: Latin-1 characters written in UTF-8. Made plain only at the end. */
export interface RawBytes {
  readonly type: "bytes";
  readonly bytes: Uint8Array;
  readonly isLatin1Text: boolean;
}

/** An array of uint8. `_reconstruct` makes it without content; its BUILD gives the content, once. */
export interface NumpyArray {
  readonly type: "array";
  content: ArrayContent | null;
}

/** What an array says of itself; sizes are checked by decode.ts. */
export interface ArrayContent {
  readonly shape: readonly number[];
  /** How far apart in `raw` neighbours along each axis of `shape` are, in bytes. */
  readonly strides: readonly number[];
  readonly raw: RawBytes;
}
