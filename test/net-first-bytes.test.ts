import { describe, expect, test } from "bun:test";
import { classify } from "../src/servers/tcp.ts";
import { fuzzSeed, Random } from "./support/random.ts";
import { bytesOf } from "./vectors/read.ts";

function bytes(...parts: readonly (string | number)[]): Uint8Array {
  const utf8 = new TextEncoder();
  return Uint8Array.from(parts.flatMap((part) => (typeof part === "string" ? [...utf8.encode(part)] : [part])));
}

/** A hello's first bytes, with a length of our choice. */
function helloOf(length: number): Uint8Array {
  const head = bytes(0, 0, 0, 0, 0, 0, 0, 0, 1, "LANVID");
  new DataView(head.buffer).setBigUint64(0, BigInt(length), true);
  return head;
}

const seed = fuzzSeed();
const MIB_64 = 64 * 1024 * 1024;

describe("the first bytes", () => {
  test.each([
    ["GET /", bytes("GET / HTTP/1.1\r\n"), "http"],
    ["HEAD /", bytes("HEAD / HTTP/1.1\r\n"), "http"],
    ["POST /", bytes("POST / HTTP/1.1\r\n"), "http-other"],
    ["PUT", bytes("PUT /"), "http-other"],
    ["DELETE", bytes("DELETE /"), "http-other"],
    ["OPTIONS", bytes("OPTIONS *"), "http-other"],
    ["PATCH", bytes("PATCH /"), "http-other"],
    ["CONNECT", bytes("CONNECT a:443"), "http-other"],
    ["TRACE", bytes("TRACE /"), "http-other"],
    ["HTTP/2", bytes("PRI * HTTP/2.0\r\n"), "http-other"],
    ["TLS 1.0 to 1.3", bytes(0x16, 3, 1, 2, 0, 1), "tls"],
    ["TLS, its record of 1.2", bytes(0x16, 3, 3, 2, 0, 1), "tls"],
    ["a hello", bytesOf("hello of a receiver"), "lanvid"],
    ["a hello of 790 bytes, which begins like TLS", helloOf(790), "lanvid"],
    ["a hello of 71 bytes, which begins like GET", helloOf(71), "lanvid"],
    ["a hello of the largest length", helloOf(MIB_64), "lanvid"],
    ["a hello above it", helloOf(MIB_64 + 1), "unknown"],
    ["an error in place of a hello", bytesOf("error"), "lanvid-error"],
    ["a pickle behind 8 bytes", bytes(0, 0x10, 0, 0, 0, 0, 0, 0, 0x80, 4), "classic-sender"],
    ["a pickle behind 4 bytes, little end first", bytes(0, 0x10, 0, 0, 0x80), "classic-sender"],
    ["a pickle behind 4 bytes, big end first", bytes(0, 1, 0x10, 0, 0x80), "classic-sender"],
    ["a pickle behind 8 bytes, big end first", bytes(0, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 4), "classic-sender"],
    ["a pickle of protocol 0", bytes(0, 0, 0x10, 0, "cnumpy"), "classic-sender"],
    ["a JPEG behind 4 bytes, little end first", bytes(0, 0x10, 0, 0, 0xff, 0xd8, 0xff), "classic-sender"],
    ["a JPEG behind 4 bytes, big end first", bytes(0, 0, 0x10, 0, 0xff, 0xd8, 0xff), "classic-sender"],
    ["a JPEG behind 8 bytes", bytes(0, 0x10, 0, 0, 0, 0, 0, 0, 0xff, 0xd8, 0xff), "classic-sender"],
    ["a JPEG behind 16 characters", bytes("12345".padEnd(16), 0xff, 0xd8, 0xff), "classic-sender"],
    ["a JPEG in base64 behind a line", bytes("12345\n/9j/"), "classic-sender"],
    ["a JPEG whose length begins like TLS", bytes(0x16, 3, 1, 0, 0xff, 0xd8, 0xff), "classic-sender"],
    ["a pickle whose length begins like TLS", bytes(0x16, 3, 1, 0, 0, 0, 0, 0, 0x80, 4), "classic-sender"],
    ["half a JPEG's start", bytes(0, 0, 0x10, 0, 0xff, 0xd8, 0xfe), "unknown"],
    ["a ZIP archive behind 8 bytes", bytes(0, 0x10, 0, 0, 0, 0, 0, 0, "PK"), "unknown"],
    ["a number and no picture", bytes("12345\n6789"), "unknown"],
    ["a web server's answer", bytes("HTTP/1.1 400 Bad Request\r\n"), "http-answer"],
    ["a pickle behind a length of 0", bytes(0, 0, 0, 0, 0x80), "unknown"],
    ["another message than hello", bytesOf("ping"), "unknown"],
    ["a message of length 0", bytes(0, 0, 0, 0, 0, 0, 0, 0, 1, "LANVID"), "unknown"],
    ["SSH", bytes("SSH-2.0-OpenSSH_9.6\r\n"), "unknown"],
    ["all ones", bytes(...Array(16).fill(0xff)), "unknown"],
  ] as const)("%s", (_, head, expected) => {
    expect(classify(head)).toBe(expected);
  });

  test("are never judged differently for having come in pieces", () => {
    const heads = [
      bytes("GET / HTTP/1.1\r\n"),
      bytes("OPTIONS * HTTP/1.1"),
      bytes(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3),
      bytesOf("hello of a receiver"),
      helloOf(790),
      helloOf(71),
      bytesOf("error"),
      bytes(0, 0x10, 0, 0, 0, 0, 0, 0, 0x80, 4),
      bytes(0, 0, 0, 0, 0, 1, 0x10, 0, 0xff, 0xd8, 0xff),
      bytes(0, 1, 0x10, 0, 0xff, 0xd8, 0xff),
      bytes(0x16, 3, 1, 0, 0xff, 0xd8, 0xff),
      bytes("   12345\r\n/9j/"),
      bytes("HTTP/1.1 400 Bad Request"),
    ];

    for (const head of heads) {
      const decided = classify(head);
      for (let at = 0; at < head.length; at++) {
        expect([decided, "more"]).toContain(classify(head.subarray(0, at)));
      }
    }
  });

  test(`of any kind never change their meaning when more come (seed ${seed})`, () => {
    const random = new Random(seed);
    const starts = [
      bytes("GET "),
      bytes("P"),
      bytes("HT"),
      bytes(0x16, 3),
      bytesOf("hello of a receiver"),
      bytes(9, 0, 0, 0),
      bytes(0, 0, 9, 0),
      bytes(0, 0, 9, 0, 0xff, 0xd8),
      bytes(0, 0, 0, 0, 0, 0, 9, 0),
      bytes("1234"),
      bytes("    12  "),
    ];

    for (let round = 0; round < 50_000; round++) {
      const start = random.pick(starts);
      const head = Uint8Array.from({ length: 16 }, (_, index) => start[index] ?? random.below(256));
      head[random.below(16)] = random.pick([0, 1, 8, 0x16, 0x80, 0xff]);
      const early = classify(head.subarray(0, random.below(16)));
      expect([classify(head), "more"]).toContain(early);
    }
  });

  test("of fifteen bytes always decide, of seventy those of a length as text", () => {
    for (let byte = 0; byte < 256; byte++) {
      const isText = " 0123456789".includes(String.fromCharCode(byte));
      expect(classify(new Uint8Array(isText ? 70 : 15).fill(byte))).not.toBe("more");
    }
  });
});
