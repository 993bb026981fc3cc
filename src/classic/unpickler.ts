import { ProtocolError } from "../wire.ts";
import { build, findCallable, reduce } from "./numpy.ts";
import { Opcode, opcodeText } from "./opcodes.ts";
import type { Value } from "./values.ts";

/** A numpy array takes some 60 opcodes, 20 places of the memo and a stack of 14: limits with room to spare. */
const MAX_OPCODES = 256;
const MAX_MEMO_ENTRIES = 64;
const MAX_DEPTH = 32;
/** Bytes of each line of GLOBAL, a module or a name; "numpy._core.multiarray" has 22. */
const MAX_LINE_BYTES = 100;
const NEWLINE = 0x0a;

/**
 * Runs one pickle on a stack of inert values: an allow-list of opcodes, of callables and of arguments, with limits for
 * each count. Nothing is executed, and no memory is taken but for the values themselves.
 * Semantics: Lib/pickletools.py, PEP 307 (protocol 2), PEP 3154 (4), PEP 574 (5).
 */
export class Unpickler {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #stack: Value[] = [];
  /** Heights of the stack at each open MARK. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, Value>();
  #at: number;

  /** @param start where the opcodes begin, after PROTO */
  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = start;
  }

  /**
   * The one value that the pickle holds.
   * @throws ProtocolError for everything that a numpy array's pickle does not have
   */
  run(): Value {
    for (let count = 0; count < MAX_OPCODES; count += 1) {
      const opcode = this.#byte();
      if (opcode === Opcode.stop) {
        return this.#result();
      }
      this.#step(opcode);
      if (this.#stack.length + this.#marks.length > MAX_DEPTH) {
        throw new ProtocolError("pickle-depth", `a pickle stacks more than ${MAX_DEPTH} values, an array needs 14`);
      }
    }
    throw new ProtocolError("pickle-limit", `a pickle has more than ${MAX_OPCODES} opcodes, an array needs about 60`);
  }

  #step(opcode: number): void {
    switch (opcode) {
      case Opcode.frame:
        this.#frame();
        return;
      case Opcode.mark:
        this.#marks.push(this.#stack.length);
        return;
      case Opcode.none:
        this.#push({ type: "none" });
        return;
      case Opcode.newTrue:
      case Opcode.newFalse:
        this.#push({ type: "bool", value: opcode === Opcode.newTrue });
        return;
      case Opcode.binInt1:
        this.#push({ type: "int", value: this.#byte() });
        return;
      case Opcode.binInt2:
        this.#push({ type: "int", value: this.#view.getUint16(this.#advance(2), true) });
        return;
      case Opcode.binInt:
        this.#push({ type: "int", value: this.#view.getInt32(this.#advance(4), true) });
        return;
      case Opcode.shortBinUnicode:
        this.#push({ type: "text", utf8: this.#take(this.#byte()) });
        return;
      case Opcode.binUnicode:
        this.#push({ type: "text", utf8: this.#take(this.#u32()) });
        return;
      case Opcode.shortBinBytes:
        this.#pushBytes(this.#byte());
        return;
      case Opcode.binBytes:
        this.#pushBytes(this.#u32());
        return;
      case Opcode.byteArray8:
        this.#pushBytes(this.#u64());
        return;
      case Opcode.tuple1:
      case Opcode.tuple2:
      case Opcode.tuple3:
        this.#pushTuple(opcode - Opcode.tuple1 + 1);
        return;
      case Opcode.tuple:
        this.#pushTuple(this.#stack.length - this.#popMark());
        return;
      case Opcode.binPut:
        this.#remember(this.#byte());
        return;
      case Opcode.memoize:
        this.#remember(this.#memo.size);
        return;
      case Opcode.binGet:
        this.#push(this.#recall(this.#byte()));
        return;
      case Opcode.global:
        this.#push({ type: "callable", callable: findCallable(this.#line(), this.#line()) });
        return;
      case Opcode.stackGlobal: {
        const name = this.#popText();
        this.#push({ type: "callable", callable: findCallable(this.#popText(), name) });
        return;
      }
      case Opcode.reduce: {
        const args = this.#pop();
        this.#push(reduce(this.#pop(), args));
        return;
      }
      case Opcode.build: {
        const state = this.#pop();
        build(this.#top(), state);
        return;
      }
      default:
        throw new ProtocolError(
          "pickle-opcode",
          `a pickle uses opcode ${opcodeText(opcode)}, only those of a numpy array are allowed`,
        );
    }
  }

  #result(): Value {
    const value = this.#pop();
    if (this.#stack.length + this.#marks.length > 0) {
      throw new ProtocolError("pickle-value", "a pickle ends with more than one value on its stack");
    }
    const extra = this.#bytes.length - this.#at;
    if (extra > 0) {
      throw new ProtocolError("pickle-size", `a pickle ends ${extra} bytes before its message does`);
    }
    return value;
  }

  /** Frames (PEP 3154) only help a reader of files: their length is checked, and passed over. */
  #frame(): void {
    const length = this.#u64();
    if (length > this.#bytes.length - this.#at) {
      throw truncated(length, this.#bytes.length - this.#at);
    }
  }

  #push(value: Value): void {
    this.#stack.push(value);
  }

  #pushBytes(length: number): void {
    this.#push({ type: "bytes", bytes: this.#take(length), isLatin1Text: false });
  }

  #pushTuple(count: number): void {
    this.#requireStack(count);
    this.#push({ type: "tuple", items: this.#stack.splice(this.#stack.length - count) });
  }

  #pop(): Value {
    this.#requireStack(1);
    return this.#stack.pop() as Value;
  }

  #top(): Value {
    this.#requireStack(1);
    return this.#stack.at(-1) as Value;
  }

  #popText(): Uint8Array {
    const value = this.#pop();
    if (value.type !== "text") {
      throw new ProtocolError("pickle-callable", `a pickle names a callable by a ${value.type}, a text is needed`);
    }
    return value.utf8;
  }

  #popMark(): number {
    const height = this.#marks.pop();
    if (height === undefined) {
      throw new ProtocolError("pickle-value", "a pickle ends a tuple that it did not begin");
    }
    return height;
  }

  /** Values below an open MARK belong to what comes after its tuple. */
  #requireStack(count: number): void {
    if (this.#stack.length - (this.#marks.at(-1) ?? 0) < count) {
      throw new ProtocolError("pickle-value", "a pickle takes more values from its stack than it put there");
    }
  }

  #remember(index: number): void {
    this.#memo.set(index, this.#top());
    if (this.#memo.size > MAX_MEMO_ENTRIES) {
      throw new ProtocolError(
        "pickle-limit",
        `a pickle memoizes more than ${MAX_MEMO_ENTRIES} values, an array needs about 20`,
      );
    }
  }

  #recall(index: number): Value {
    const value = this.#memo.get(index);
    if (value === undefined) {
      throw new ProtocolError(
        "pickle-value",
        `a pickle recalls value ${index} of its memo, which it did not put there`,
      );
    }
    return value;
  }

  #line(): Uint8Array {
    const rest = this.#bytes.subarray(this.#at, this.#at + MAX_LINE_BYTES + 1);
    const length = rest.indexOf(NEWLINE);
    if (length >= 0) {
      this.#at += length + 1;
      return rest.subarray(0, length);
    }
    if (rest.length <= MAX_LINE_BYTES) {
      throw new ProtocolError("pickle-truncated", "a pickle ends within the name of a callable");
    }
    throw new ProtocolError("pickle-callable", `a pickle names a callable of more than ${MAX_LINE_BYTES} characters`);
  }

  #byte(): number {
    return this.#bytes[this.#advance(1)] as number;
  }

  #u32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  /** Above 2⁵³ it comes back rounded, and is longer than every payload anyway. */
  #u64(): number {
    const low = this.#u32();
    return this.#u32() * 2 ** 32 + low;
  }

  #take(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** Goes on by `length` bytes, which must be there; gives where they start. */
  #advance(length: number): number {
    const start = this.#at;
    const left = this.#bytes.length - start;
    if (length > left) {
      throw truncated(length, left);
    }
    this.#at = start + length;
    return start;
  }
}

function truncated(needed: number, left: number): ProtocolError {
  return new ProtocolError("pickle-truncated", `a pickle claims ${needed} more bytes where ${left} are left`);
}
