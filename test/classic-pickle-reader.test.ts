import { describe, expect, test } from "bun:test";
import { encodeArray } from "../src/classic-pickle/encode.ts";
import type { LengthFormat } from "../src/classic-pickle/lengths.ts";
import { ClassicReader } from "../src/classic-pickle.ts";
import { MIB } from "../src/units.ts";
import { MAX_PAYLOAD_BYTES, type ProtocolError } from "../src/wire.ts";

const NONE = Uint8Array.of(0x80, 4, 0x4e, 0x2e);
const FRAME = encodeArray(
  Uint8Array.from({ length: 3072 }, (_, index) => index % 251),
  { shape: [32, 32, 3] },
);

function readerOf(maxBodyBytes?: number) {
  const payloads: Uint8Array[] = [];
  const startedAt: number[] = [];
  const reader = new ClassicReader({
    maxBodyBytes,
    onBody: (payload, at) => {
      payloads.push(payload);
      startedAt.push(at);
    },
  });
  return { reader, payloads, startedAt };
}

function header(prefix: LengthFormat, length: number): Uint8Array {
  if (prefix === "text") {
    return Buffer.from(String(length).padEnd(16));
  }
  const isLong = prefix.startsWith("u64");
  const isLittle = prefix.endsWith("le");
  const bytes = new Uint8Array(isLong ? 8 : 4);
  const view = new DataView(bytes.buffer);
  if (isLong) {
    view.setBigUint64(0, BigInt(length), isLittle);
  } else {
    view.setUint32(0, length, isLittle);
  }
  return bytes;
}

function message(prefix: LengthFormat, payload: Uint8Array): Uint8Array {
  return Buffer.concat([header(prefix, payload.length), payload]);
}

/** An array's pickle of exactly `length` bytes. */
function pickleOf(length: number): Uint8Array {
  const around = encodeArray(new Uint8Array(1), { shape: [1] }).length - 1;
  return encodeArray(new Uint8Array(length - around).fill(0xd8).fill(0xff, 0, 1), { shape: [length - around] });
}

function codeOf(run: () => void): string | null {
  try {
    run();
    return null;
  } catch (error) {
    return (error as ProtocolError).code;
  }
}

const PREFIXES: readonly LengthFormat[] = ["u64le", "u64be", "u32le", "u32be", "text"];
const JPEG = Buffer.concat([Uint8Array.of(0xff, 0xd8, 0xff, 0xe0), new Uint8Array(200), Uint8Array.of(0xff, 0xd9)]);
const BASE64 = Buffer.from(JPEG.toString("base64"));
const OLD = Buffer.from("cnumpy.core.multiarray\n_reconstruct\n...");

describe("a classic reader", () => {
  test.each(PREFIXES)("knows the prefix %s by the first message, however the bytes are cut", (prefix) => {
    const bytes = Buffer.concat([FRAME, NONE, FRAME].map((payload) => message(prefix, payload)));

    for (let at = 0; at <= bytes.length; at += 1) {
      const { reader, payloads } = readerOf();
      reader.push(bytes.subarray(0, at), 0);
      reader.push(bytes.subarray(at), 0);

      expect(reader.format).toBe(prefix);
      expect(payloads.map((payload) => Buffer.from(payload))).toEqual([FRAME, NONE, FRAME].map(Buffer.from));
    }
  });

  test.each(
    PREFIXES.flatMap((prefix) => [
      [prefix, "a JPEG", JPEG] as const,
      [prefix, "base64", BASE64] as const,
      [prefix, "a pickle of protocol 0", OLD] as const,
    ]),
  )("knows the prefix %s before %s, however the bytes are cut", (prefix, _, body) => {
    const bytes = Buffer.concat([message(prefix, body), message(prefix, FRAME), message(prefix, body)]);

    for (let at = 0; at <= 400; at += 1) {
      const { reader, payloads } = readerOf();
      reader.push(bytes.subarray(0, at), 0);
      reader.push(bytes.subarray(at), 0);

      expect(reader.format).toBe(prefix);
      expect(payloads.map((payload) => Buffer.from(payload))).toEqual([body, FRAME, body].map(Buffer.from));
    }
  });

  test.each([
    ["spaces after it", "206".padEnd(16)],
    ["spaces before it", "206".padStart(10)],
    ["zeros before it", "206".padStart(8, "0")],
    ["64 characters", "206".padEnd(64)],
    ["a line end", "0206\n"],
    ["a line end of Windows", "00206\r\n"],
  ])("reads a length as text with %s, in whatever pieces", (_, head) => {
    const body = JPEG;
    const bytes = Buffer.concat([Buffer.from(head), body, Buffer.from(head), body]);

    for (const step of [1, 3, bytes.length]) {
      const { reader, payloads } = readerOf();
      for (let at = 0; at < bytes.length; at += step) {
        reader.push(bytes.subarray(at, at + step), 0);
      }

      expect(payloads.map((payload) => Buffer.from(payload))).toEqual([body, body]);
    }
  });

  test("takes the shorter length of two for a JPEG that ends there, else the longer one", () => {
    const short = 0x0003_0201;
    const jpeg = (length: number) => {
      const bytes = Buffer.alloc(length, 7);
      bytes.set([0xff, 0xd8, 0xff]);
      bytes.set([0xff, 0xd9], length - 2);
      return bytes;
    };

    for (const [prefix, length] of [
      ["u32be", short],
      ["u32le", short],
      ["u32be", 0x0102_0300],
    ] as const) {
      const { reader, payloads } = readerOf();
      reader.push(Buffer.concat([message(prefix, jpeg(length)), message(prefix, JPEG)]), 0);

      expect(reader.format).toBe(prefix);
      expect(payloads.map(({ length }) => length)).toEqual([length, JPEG.length]);
    }
  });

  test.each(["u32le", "u32be", "u64le", "u64be"] as const)(
    "says when a length of zero ends the stream: %s",
    (prefix) => {
      const seen: string[] = [];
      const reader = new ClassicReader({ onBody: () => seen.push("body"), onOver: () => seen.push("over") });

      reader.push(Buffer.concat([message(prefix, JPEG), header(prefix, 0), Buffer.from("what comes then")]), 0);
      reader.push(Buffer.from("is not read"), 0);

      expect(seen).toEqual(["body", "over"]);
    },
  );

  test.each(PREFIXES)("reads %s one byte at a time", (prefix) => {
    const { reader, payloads } = readerOf();

    for (const byte of Buffer.concat([message(prefix, NONE), message(prefix, FRAME)])) {
      reader.push(Uint8Array.of(byte), 0);
    }

    expect(payloads).toEqual([NONE, FRAME]);
  });

  test.each(["u32le", "u32be"] as const)("tells %s apart when the length fits in both orders", (prefix) => {
    // 0x00030201 bytes one way are 0x01020300 the other: 197,121 and 16,909,056.
    for (const length of [0x0003_0201, 0x0102_0300]) {
      const pickle = pickleOf(length);
      const bytes = Buffer.concat([message(prefix, pickle), message(prefix, NONE)]);
      const { reader, payloads } = readerOf();

      for (let at = 0; at < bytes.length; at += 65_536) {
        reader.push(bytes.subarray(at, at + 65_536), 0);
      }

      expect(reader.format).toBe(prefix);
      expect(payloads.map(({ length }) => length)).toEqual([length, NONE.length]);
      expect(Buffer.compare(payloads[0] as Uint8Array, pickle)).toBe(0);
    }
  });

  test("leaves the byte order open after a length that is the same in both", () => {
    const pickle = pickleOf(0x0001_0100);
    const { reader, payloads } = readerOf();

    reader.push(message("u32be", pickle), 0);
    expect(reader.format).toBeNull();
    reader.push(message("u32be", FRAME), 0);

    expect(reader.format).toBe("u32be");
    expect(payloads.length).toBe(2);
  });

  test("sticks to the prefix of the first message", () => {
    const { reader } = readerOf();
    reader.push(message("u64le", NONE), 0);

    expect(codeOf(() => reader.push(message("u32be", FRAME), 0))).toBe("length");
  });

  test("says when a message's first byte came", () => {
    const bytes = message("u64le", NONE);
    const { reader, startedAt } = readerOf();

    reader.push(bytes.subarray(0, 3), 10);
    reader.push(bytes.subarray(3, 10), 20);
    reader.push(Buffer.concat([bytes.subarray(10), bytes]), 30);

    expect(startedAt).toEqual([10, 30]);
  });

  test("gives a whole message of one chunk as a view, without a copy", () => {
    const bytes = Uint8Array.from(message("u64le", FRAME));
    const { reader, payloads } = readerOf();

    reader.push(bytes, 0);

    expect(payloads[0]?.buffer).toBe(bytes.buffer);
  });

  test.each([
    ["an empty message", header("u64le", 0), "empty-message"],
    ["one byte too many", header("u64le", MAX_PAYLOAD_BYTES + 1), "length"],
    ["32 GiB", header("u64le", 2 ** 35), "length"],
    ["2^63", Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0x80), "length"],
    ["a 4-byte length above 64 MiB in both orders", Uint8Array.of(5, 0, 0, 5, 0x80), "length"],
    ["a 4-byte length of zero", Uint8Array.of(0, 0, 0, 0, 0x80), "length"],
    ["a length as text of more than 64 characters", Buffer.from("123".padEnd(65)), "length"],
    ["a length as text above 64 MiB", Buffer.from(`${2 ** 26 + 1}   \x80`, "latin1"), "length"],
    ["two numbers", Buffer.from("1234 5678 "), "length"],
    ["no number", Buffer.from("        \x80", "latin1"), "length"],
    ["a number of more than a double holds", Buffer.from(`${"9".repeat(60)}\x80`, "latin1"), "length"],
    ["half a JPEG's start", Buffer.concat([header("u32be", 900), Uint8Array.of(0xff, 0xd8, 0x00)]), "length"],
    ["a JPEG of 3 bytes", Buffer.concat([header("u64le", 3), Uint8Array.of(0xff, 0xd8, 0xff)]), "pickle-protocol"],
    ["a ZIP archive behind Q", Buffer.concat([header("u64le", 900), Buffer.from("PK")]), "pickle-protocol"],
    ["a lanvid's hello", Buffer.concat([header("u64le", 80), Buffer.from("\x01LANVID\x01{")]), "pickle-protocol"],
  ])("refuses %s", (_, bytes, code) => {
    for (const step of [1, bytes.length]) {
      const { reader, payloads } = readerOf();
      const push = () => {
        for (let at = 0; at < bytes.length; at += step) {
          reader.push(bytes.subarray(at, at + step), 0);
        }
      };

      expect(codeOf(push)).toBe(code);
      expect(codeOf(() => reader.push(message("u64le", NONE), 0))).toBe(code);
      expect(payloads).toEqual([]);
    }
  });

  test("keeps to a smaller limit where one is given", () => {
    const { reader } = readerOf(1000);

    expect(codeOf(() => reader.push(header("u64le", 1001), 0))).toBe("length");
  });

  test("takes memory for what came, not for what was claimed", () => {
    const before = process.memoryUsage().arrayBuffers;

    const readers = Array.from({ length: 100 }, (_, index) => {
      const { reader } = readerOf();
      reader.push(header(index % 2 === 0 ? "u64le" : "u32be", MAX_PAYLOAD_BYTES), 0);
      reader.push(Uint8Array.of(0x80, 4, 0, 0), 0);
      return reader;
    });
    const held = process.memoryUsage().arrayBuffers - before;

    expect(readers.length).toBe(100);
    expect(held).toBeLessThan(16 * MIB);
  });

  test("copies a frame once, from the second of a size on", () => {
    const pickle = encodeArray(new Uint8Array(1080 * 1920 * 3).fill(7), { shape: [1080, 1920, 3] });
    const bytes = message("u64le", pickle);
    const { reader, payloads } = readerOf();

    for (let frame = 0; frame < 2; frame += 1) {
      for (let at = 0; at < bytes.length; at += 65_536) {
        reader.push(bytes.subarray(at, at + 65_536), 0);
      }
    }

    expect(payloads.map(({ length }) => length)).toEqual([pickle.length, pickle.length]);
    expect(payloads[1]?.buffer.byteLength).toBe(pickle.length);
    expect(Buffer.compare(payloads[1] as Uint8Array, pickle)).toBe(0);
  });
});
