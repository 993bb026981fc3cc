import { ProtocolError } from "../wire.ts";
import { Cursor } from "./cursor.ts";
import { build, findCallable, reduce } from "./numpy.ts";
import { Opcode, opcodeText } from "./opcodes.ts";
import { readIntLine, readLong, readQuoted } from "./scalars.ts";
import type { Value } from "./values.ts";

/**
 * A numpy array takes some 60 to 90 opcodes, 20 places of the memo and a stack of 14: limits with room for a few hundred
 * numbers and names beside it.
 */
const MAX_OPCODES = 1024;
const MAX_MEMO_ENTRIES = 512;
const MAX_DEPTH = 256;
/** Bytes of each line of GLOBAL, a module or a name; "numpy._core.multiarray" has 22. */
const MAX_LINE_BYTES = 100;
/** Bytes of a number that is written as a line. */
const MAX_NUMBER_BYTES = 40;

/**
 * Runs one pickle on a stack of inert values: an allow-list of opcodes, of callables and of arguments, with limits for
 * each count. Nothing is executed, and no memory is taken but for the values themselves.
 * Semantics: Lib/pickletools.py, PEP 307 (protocol 2), PEP 3154 (4), PEP 574 (5).
 */
export class Unpickler {
  readonly #in: Cursor;
  readonly #stack: Value[] = [];
  /** Heights of the stack at each open MARK. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, Value>();

  /** @param start where the opcodes begin, after PROTO */
  constructor(bytes: Uint8Array, start: number) {
    this.#in = new Cursor(bytes, start);
  }

  /**
   * The one value that the pickle holds.
   * @throws ProtocolError for everything that a picture's pickle does not have
   */
  run(): Value {
    for (let count = 0; count < MAX_OPCODES; count += 1) {
      const opcode = this.#in.byte();
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
    if (!this.#stepScalar(opcode) && !this.#stepContainer(opcode) && !this.#stepMemo(opcode)) {
      this.#stepObject(opcode);
    }
  }

  /** What puts one value on the stack that is written in place. */
  #stepScalar(opcode: number): boolean {
    switch (opcode) {
      case Opcode.none:
        this.#push({ type: "none" });
        return true;
      case Opcode.newTrue:
      case Opcode.newFalse:
        this.#push({ type: "bool", value: opcode === Opcode.newTrue });
        return true;
      case Opcode.binInt1:
        this.#push({ type: "int", value: this.#in.byte() });
        return true;
      case Opcode.binInt2:
        this.#push({ type: "int", value: this.#in.u16() });
        return true;
      case Opcode.binInt:
        this.#push({ type: "int", value: this.#in.i32() });
        return true;
      case Opcode.int:
      case Opcode.long:
        this.#push(readIntLine(this.#numberLine()));
        return true;
      case Opcode.long1:
        this.#push({ type: "int", value: readLong(this.#in.take(this.#in.byte())) });
        return true;
      case Opcode.float:
        this.#numberLine();
        this.#push({ type: "float" });
        return true;
      case Opcode.binFloat:
        this.#in.take(8);
        this.#push({ type: "float" });
        return true;
      case Opcode.shortBinUnicode:
        this.#push({ type: "text", bytes: this.#in.take(this.#in.byte()), form: "utf8" });
        return true;
      case Opcode.binUnicode:
        this.#push({ type: "text", bytes: this.#in.take(this.#in.u32()), form: "utf8" });
        return true;
      case Opcode.unicode:
        this.#push({ type: "text", bytes: this.#in.line(), form: "escaped" });
        return true;
      case Opcode.string:
        this.#push({ type: "bytes", bytes: readQuoted(this.#in.line()), form: "repr" });
        return true;
      case Opcode.shortBinBytes:
      case Opcode.shortBinString:
        this.#pushBytes(this.#in.byte());
        return true;
      case Opcode.binBytes:
      case Opcode.binString:
        this.#pushBytes(this.#in.u32());
        return true;
      case Opcode.byteArray8:
        this.#pushBytes(this.#in.u64());
        return true;
      default:
        return false;
    }
  }

  #stepContainer(opcode: number): boolean {
    switch (opcode) {
      case Opcode.mark:
        this.#marks.push(this.#stack.length);
        return true;
      case Opcode.emptyTuple:
        this.#push({ type: "tuple", items: [] });
        return true;
      case Opcode.tuple1:
      case Opcode.tuple2:
      case Opcode.tuple3:
        this.#push({ type: "tuple", items: this.#popMany(opcode - Opcode.tuple1 + 1) });
        return true;
      case Opcode.tuple:
        this.#push({ type: "tuple", items: this.#popToMark() });
        return true;
      case Opcode.emptyList:
        this.#push({ type: "list", items: [] });
        return true;
      case Opcode.list:
        this.#push({ type: "list", items: this.#popToMark() });
        return true;
      case Opcode.append:
        this.#extend("list", this.#popMany(1));
        return true;
      case Opcode.appends:
        this.#extend("list", this.#popToMark());
        return true;
      case Opcode.emptyDict:
        this.#push({ type: "dict", items: [] });
        return true;
      case Opcode.dict: {
        const items = this.#popToMark();
        this.#push({ type: "dict", items: [] });
        this.#extend("dict", items);
        return true;
      }
      case Opcode.setItem:
        this.#extend("dict", this.#popMany(2));
        return true;
      case Opcode.setItems:
        this.#extend("dict", this.#popToMark());
        return true;
      default:
        return false;
    }
  }

  #stepMemo(opcode: number): boolean {
    switch (opcode) {
      case Opcode.put:
        this.#remember(this.#index());
        return true;
      case Opcode.binPut:
        this.#remember(this.#in.byte());
        return true;
      case Opcode.longBinPut:
        this.#remember(this.#in.u32());
        return true;
      case Opcode.memoize:
        this.#remember(this.#memo.size);
        return true;
      case Opcode.get:
        this.#push(this.#recall(this.#index()));
        return true;
      case Opcode.binGet:
        this.#push(this.#recall(this.#in.byte()));
        return true;
      case Opcode.longBinGet:
        this.#push(this.#recall(this.#in.u32()));
        return true;
      default:
        return false;
    }
  }

  /** What names callables and calls them, and frames; all else is refused. */
  #stepObject(opcode: number): void {
    switch (opcode) {
      case Opcode.frame:
        // Frames (PEP 3154) only help a reader of files: their length is checked, and passed over.
        this.#in.require(this.#in.u64());
        return;
      case Opcode.global:
        this.#push({ type: "callable", callable: findCallable(this.#nameLine(), this.#nameLine()) });
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
          `a pickle uses opcode ${opcodeText(opcode)}, only those that a picture needs are allowed`,
        );
    }
  }

  #result(): Value {
    const value = this.#pop();
    if (this.#stack.length + this.#marks.length > 0) {
      throw new ProtocolError("pickle-value", "a pickle ends with more than one value on its stack");
    }
    if (this.#in.left > 0) {
      throw new ProtocolError("pickle-size", `a pickle ends ${this.#in.left} bytes before its message does`);
    }
    return value;
  }

  #push(value: Value): void {
    this.#stack.push(value);
  }

  #pushBytes(length: number): void {
    this.#push({ type: "bytes", bytes: this.#in.take(length), form: "plain" });
  }

  /** Adds to the list or dict on top of the stack. */
  #extend(type: "list" | "dict", items: readonly Value[]): void {
    const target = this.#top();
    if (target.type !== type || (type === "dict" && items.length % 2 !== 0)) {
      throw new ProtocolError(
        "pickle-value",
        `a pickle adds ${items.length} values to a ${target.type} as to a ${type}`,
      );
    }
    target.items.push(...items);
  }

  #pop(): Value {
    this.#requireStack(1);
    return this.#stack.pop() as Value;
  }

  #popMany(count: number): Value[] {
    this.#requireStack(count);
    return this.#stack.splice(this.#stack.length - count);
  }

  #top(): Value {
    this.#requireStack(1);
    return this.#stack.at(-1) as Value;
  }

  #popText(): Uint8Array {
    const value = this.#pop();
    if (value.type !== "text") {
      throw new ProtocolError("pickle-callable", `a pickle names a callable by a ${value.type}, a string is needed`);
    }
    return value.bytes;
  }

  #popToMark(): Value[] {
    const height = this.#marks.pop();
    if (height === undefined) {
      throw new ProtocolError("pickle-value", "a pickle ends a tuple, list or dict that it did not begin");
    }
    return this.#stack.splice(height);
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

  /** Where in the memo, of PUT and GET. */
  #index(): number {
    const { type, value } = readIntLine(this.#numberLine());
    if (type !== "int" || !Number.isSafeInteger(value)) {
      throw new ProtocolError("pickle-value", "a pickle has a memo index that is not a number");
    }
    return value;
  }

  #nameLine(): Uint8Array {
    return this.#in.shortLine(MAX_LINE_BYTES, "a callable's name", "pickle-callable");
  }

  #numberLine(): Uint8Array {
    return this.#in.shortLine(MAX_NUMBER_BYTES, "a number", "pickle-value");
  }
}
