import { describe, expect, test } from "bun:test";
import { ClassicReader, encodeArray, type LengthPrefix } from "../src/classic.ts";
import { MIB } from "../src/units.ts";
import { MAX_PAYLOAD_BYTES, type ProtocolError } from "../src/wire.ts";

const NONE = Uint8Array.of(0x80, 4, 0x4e, 0x2e);
const FRAME = encodeArray(
  Uint8Array.from({ length: 3072 }, (_, index) => index % 251),
  { shape: [32, 32, 3] },
);

function readerOf(maxPayloadBytes?: number) {
  const payloads: Uint8Array[] = [];
  const startedAt: number[] = [];
  const reader = new ClassicReader({
    maxPayloadBytes,
    onPayload: (payload, at) => {
      payloads.push(payload);
      startedAt.push(at);
    },
  });
  return { reader, payloads, startedAt };
}

function header(prefix: LengthPrefix, length: number): Uint8Array {
  const bytes = new Uint8Array(prefix === "u64le" ? 8 : 4);
  const view = new DataView(bytes.buffer);
  if (prefix === "u64le") {
    view.setBigUint64(0, BigInt(length), true);
  } else {
    view.setUint32(0, length, prefix === "u32le");
  }
  return bytes;
}

function message(prefix: LengthPrefix, payload: Uint8Array): Uint8Array {
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

const PREFIXES: readonly LengthPrefix[] = ["u64le", "u32le", "u32be"];

describe("a classic reader", () => {
  test.each(PREFIXES)("knows the prefix %s by the first message, however the bytes are cut", (prefix) => {
    const bytes = Buffer.concat([FRAME, NONE, FRAME].map((payload) => message(prefix, payload)));

    for (let at = 0; at <= bytes.length; at += 1) {
      const { reader, payloads } = readerOf();
      reader.push(bytes.subarray(0, at), 0);
      reader.push(bytes.subarray(at), 0);

      expect(reader.prefix).toBe(prefix);
      expect(payloads.map((payload) => Buffer.from(payload))).toEqual([FRAME, NONE, FRAME].map(Buffer.from));
    }
  });

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

      expect(reader.prefix).toBe(prefix);
      expect(payloads.map(({ length }) => length)).toEqual([length, NONE.length]);
      expect(Buffer.compare(payloads[0] as Uint8Array, pickle)).toBe(0);
    }
  });

  test("leaves the byte order open after a length that is the same in both", () => {
    const pickle = pickleOf(0x0001_0100);
    const { reader, payloads } = readerOf();

    reader.push(message("u32be", pickle), 0);
    expect(reader.prefix).toBeNull();
    reader.push(message("u32be", FRAME), 0);

    expect(reader.prefix).toBe("u32be");
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
    ["4 GiB", header("u64le", 2 ** 32), "length"],
    ["2^63", Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0x80), "length"],
    ["a 4-byte length above 64 MiB in both orders", Uint8Array.of(5, 0, 0, 5, 0x80), "length"],
    ["a 4-byte length of zero", Uint8Array.of(0, 0, 0, 0, 0x80), "length"],
    ["a pickle of protocol 0 behind Q", Buffer.concat([header("u64le", 9), Buffer.from("c")]), "pickle-protocol"],
    ["a pickle of protocol 1 behind L", Buffer.concat([header("u32le", 9), Buffer.from("(")]), "pickle-protocol"],
    ["a list of protocol 0 behind >L", Buffer.concat([header("u32be", 9), Buffer.from("]")]), "pickle-protocol"],
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
