import { describe, expect, test } from "bun:test";
import { MessageReader } from "../src/net.ts";
import { MIB } from "../src/units.ts";
import { Kind, MAX_PAYLOAD_BYTES, type ProtocolError, withLength } from "../src/wire.ts";
import { bytesOf, payloadOf } from "./vectors/read.ts";

function readerOf(acceptsVideo: boolean) {
  const payloads: Uint8Array[] = [];
  const startedAt: number[] = [];
  const reader = new MessageReader({
    acceptsVideo,
    onMessage: (payload, at) => {
      payloads.push(payload);
      startedAt.push(at);
    },
  });
  return { reader, payloads, startedAt };
}

function header(length: number, kind: number): Uint8Array {
  const bytes = new Uint8Array(9);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes[8] = kind;
  return bytes;
}

function codeOf(run: () => void): string | null {
  try {
    run();
    return null;
  } catch (error) {
    return (error as ProtocolError).code;
  }
}

describe("a message reader", () => {
  test("says when a message's first byte came", () => {
    const { reader, startedAt } = readerOf(true);
    const ping = bytesOf("ping");

    reader.push(ping.subarray(0, 3), 10);
    reader.push(ping.subarray(3, 20), 20);
    reader.push(Uint8Array.from([...ping.subarray(20), ...ping]), 30);

    expect(startedAt).toEqual([10, 30]);
  });

  test("gives a whole message of one chunk as a view, without a copy", () => {
    const { reader, payloads } = readerOf(true);
    const video = bytesOf("video").slice();

    reader.push(video, 0);

    expect(payloads[0]?.buffer).toBe(video.buffer);
  });

  test("refuses video from a receiver by its first nine bytes", () => {
    const { reader } = readerOf(false);

    expect(codeOf(() => reader.push(header(1000, Kind.video), 0))).toBe("wrong-role");
  });

  test("takes a message of the largest length, and none above", () => {
    const largest = readerOf(true);
    const above = readerOf(true);

    largest.reader.push(header(MAX_PAYLOAD_BYTES, Kind.video), 0);
    for (let left = MAX_PAYLOAD_BYTES - 1; left > 0; left -= MIB) {
      largest.reader.push(new Uint8Array(Math.min(left, MIB)).fill(7), 0);
    }

    expect(largest.payloads[0]?.length).toBe(MAX_PAYLOAD_BYTES);
    expect(largest.payloads[0]?.at(-1)).toBe(7);
    expect(codeOf(() => above.reader.push(header(MAX_PAYLOAD_BYTES + 1, Kind.video), 0))).toBe("length");
  });

  test.each([2 ** 32, 2 ** 53, 0xffff_ffff_ffff_f800])("refuses a length of %d, not its low 32 bits", (length) => {
    const { reader } = readerOf(true);

    expect(codeOf(() => reader.push(header(length, Kind.video), 0))).toBe("length");
  });

  test("stays failed", () => {
    const { reader, payloads } = readerOf(true);

    expect(codeOf(() => reader.push(header(0, 0), 0))).toBe("empty-message");
    expect(codeOf(() => reader.push(bytesOf("ping"), 0))).toBe("empty-message");
    expect(payloads).toEqual([]);
  });

  test("skips a kind of a later version without keeping it, and goes on after it", () => {
    const { reader, payloads } = readerOf(false);
    const before = process.memoryUsage().arrayBuffers;

    reader.push(header(MAX_PAYLOAD_BYTES, 0x10), 0);
    const chunk = new Uint8Array(MIB);
    for (let left = MAX_PAYLOAD_BYTES - 1; left > 0; left -= MIB) {
      reader.push(chunk.subarray(0, Math.min(left, MIB)), 0);
    }
    const held = process.memoryUsage().arrayBuffers - before;
    reader.push(bytesOf("ping"), 0);

    expect(held).toBeLessThan(2 * MIB);
    expect(payloads).toEqual([payloadOf("ping")]);
  });

  test("takes memory for what came, not for what was claimed", () => {
    const before = process.memoryUsage().arrayBuffers;

    const readers = Array.from({ length: 100 }, () => {
      const { reader } = readerOf(true);
      reader.push(header(MAX_PAYLOAD_BYTES, Kind.video), 0);
      reader.push(new Uint8Array(1000), 0);
      return reader;
    });
    const held = process.memoryUsage().arrayBuffers - before;

    expect(readers.length).toBe(100);
    expect(held).toBeLessThan(16 * MIB);
  });

  test("puts a picture of many chunks together", () => {
    const { reader, payloads } = readerOf(true);
    const picture = Uint8Array.from({ length: 3_000_001 }, (_, index) => (index * 31) % 251);
    picture[0] = Kind.video;
    const bytes = withLength(picture);

    for (let at = 0; at < bytes.length; at += 65_536) {
      reader.push(bytes.slice(at, at + 65_536), 0);
    }

    expect(payloads.length).toBe(1);
    expect(Buffer.compare(payloads[0] as Uint8Array, picture)).toBe(0);
  });
});
