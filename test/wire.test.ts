import { describe, expect, test } from "bun:test";
import { heard } from "../src/errors.ts";
import { MessageReader } from "../src/net.ts";
import { decodeMessage, MAX_CONTROL_BYTES, ProtocolError } from "../src/wire.ts";
import { accepted, bytesOf, parseVector, payloadOf, refused } from "./vectors/read.ts";
import { meanings } from "./vectors/table.ts";

/** What a reader made of bytes: the payloads, and the code of the reason that it stopped for. */
function readAll(chunks: readonly Uint8Array[]): { payloads: Uint8Array[]; code: string | null } {
  const payloads: Uint8Array[] = [];
  const reader = new MessageReader({
    acceptsVideo: true,
    onMessage: (payload) => {
      decodeMessage(payload);
      payloads.push(payload);
    },
  });
  try {
    for (const chunk of chunks) {
      reader.push(chunk, 0);
    }
    return { payloads, code: null };
  } catch (error) {
    return { payloads, code: (error as ProtocolError).code };
  }
}

function cut(bytes: Uint8Array, at: number): Uint8Array[] {
  return [bytes.slice(0, at), bytes.slice(at)];
}

function codeOf(run: () => unknown): string | null {
  try {
    run();
    return null;
  } catch (error) {
    return error instanceof ProtocolError ? error.code : `not a ProtocolError: ${error}`;
  }
}

function bytes(...parts: readonly (string | number)[]): Uint8Array {
  const utf8 = new TextEncoder();
  return Uint8Array.from(parts.flatMap((part) => (typeof part === "string" ? [...utf8.encode(part)] : [part])));
}

describe("the vectors of docs/protocol.md", () => {
  test("each has a meaning, and each meaning a vector", () => {
    expect([...accepted.keys()].sort()).toEqual(meanings.map(({ name }) => name).sort());
  });

  test("a line that does not begin with hexadecimal pairs is refused", () => {
    expect(() => parseVector("04  kind\nack")).toThrow(SyntaxError);
  });

  test.each(meanings)("$name: its length is that of its payload", ({ name }) => {
    const vector = bytesOf(name);

    const length = new DataView(vector.buffer).getBigUint64(0, true);

    expect(Number(length)).toBe(vector.length - 8);
  });

  test.each(meanings)("$name: decodes to what it means", ({ name, message }) => {
    expect(decodeMessage(payloadOf(name))).toEqual(message);
  });

  test.each(meanings.filter(({ encode }) => encode !== null))("$name: is what encoding gives", ({ name, encode }) => {
    expect(encode?.()).toEqual(payloadOf(name));
  });

  test.each(meanings)("$name: arrives whole, however it is split", ({ name, message }) => {
    const vector = bytesOf(name);
    const whole = message.kind === "unknown" ? [] : [payloadOf(name)];

    for (let at = 0; at <= vector.length; at++) {
      expect(readAll(cut(vector, at))).toEqual({ payloads: whole, code: null });
    }
  });

  test("all of them in a row arrive, split at every offset and byte by byte", () => {
    const known = meanings.filter(({ message }) => message.kind !== "unknown");
    const row = Uint8Array.from(meanings.flatMap(({ name }) => [...bytesOf(name)]));
    const whole = { payloads: known.map(({ name }) => payloadOf(name)), code: null };

    for (let at = 0; at <= row.length; at++) {
      expect(readAll(cut(row, at))).toEqual(whole);
    }
    expect(readAll(Array.from(row, (byte) => Uint8Array.of(byte)))).toEqual(whole);
  });

  test.each(refused)("a refused one ends with $name, however it is split", ({ name, bytes: vector }) => {
    for (let at = 0; at <= vector.length; at++) {
      expect(readAll(cut(vector, at))).toEqual({ payloads: [], code: name });
    }
  });

  test("what came before a refused one arrives, what comes after does not", () => {
    const before = bytesOf("ping");

    for (const { name, bytes: vector } of refused) {
      const row = Uint8Array.from([...before, ...vector, ...bytesOf("pong")]);
      expect(readAll([row])).toEqual({ payloads: [payloadOf("ping")], code: name });
    }
  });
});

describe("decoding", () => {
  const goodbye = (code: string, message: string) => bytes(7, JSON.stringify({ code, message }));
  const stream = (change: object) =>
    bytes(2, JSON.stringify({ state: "live", name: "a", codec: null, error: null, ...change }));
  const hello = (change: object) => {
    const fields = { role: "receiver", name: "", program: "", codecs: ["mjpeg"], maxDelayMs: null, ...change };
    return bytes(1, "LANVID", 1, JSON.stringify(fields));
  };

  test("a payload without a byte is refused", () => {
    expect(codeOf(() => decodeMessage(new Uint8Array(0)))).toBe("empty-message");
  });

  test.each([1, 2, 4, 5, 6, 7, 8])("kind %i may have 4096 bytes, not 4097", (kind) => {
    const withBytes = (count: number) => Uint8Array.from([kind, ...new Uint8Array(count - 1)]);

    expect(codeOf(() => decodeMessage(withBytes(MAX_CONTROL_BYTES)))).not.toBe("message-too-long");
    expect(codeOf(() => decodeMessage(withBytes(MAX_CONTROL_BYTES + 1)))).toBe("message-too-long");
  });

  test("a kind of a later version is unknown, however long it is", () => {
    const sound = new Uint8Array(100_000);
    sound[0] = 0x11;

    expect(decodeMessage(sound)).toEqual({ kind: "unknown", value: 0x11 });
  });

  test("bytes after the last field are not looked at", () => {
    const ping = Uint8Array.from([...payloadOf("ping"), 1, 2, 3]);

    expect(decodeMessage(ping)).toEqual(decodeMessage(payloadOf("ping")));
  });

  test("flags that this version does not name are not looked at", () => {
    const video = payloadOf("video").slice();
    video[1] = 0b1111_1001;

    expect(decodeMessage(video)).toEqual(decodeMessage(payloadOf("video")));
  });

  test("a picture is a view into its payload, not a copy", () => {
    const payload = payloadOf("video");

    const message = decodeMessage(payload);

    expect(message.kind === "video" && message.video.bytes.buffer).toBe(payload.buffer);
  });

  test.each([
    ["a name of 200 characters", stream({ name: "n".repeat(200) }), null],
    ["a name of 201", stream({ name: "n".repeat(201) }), "bad-field"],
    ["a reason of 400 characters", stream({ error: "e".repeat(400) }), null],
    ["a reason of 401", stream({ error: "e".repeat(401) }), "bad-field"],
    ["a width of 65535", stream({ width: 65_535 }), null],
    ["a width that is no whole number", stream({ width: 1.5 }), "bad-field"],
    ["a width below 0", stream({ width: -1 }), "bad-field"],
    ["255 hops", stream({ hops: 255 }), null],
    ["256 hops", stream({ hops: 256 }), "bad-field"],
    ["a state that there is not", stream({ state: "gone" }), "bad-field"],
    ["restarts in words", stream({ restarts: "two" }), "bad-field"],
    ["a role that there is not", hello({ role: "both" }), "bad-field"],
    ["16 codecs", hello({ codecs: Array(16).fill("mjpeg") }), null],
    ["17 codecs", hello({ codecs: Array(17).fill("mjpeg") }), "bad-field"],
    ["a codec that is no text", hello({ codecs: [1] }), "bad-field"],
    ["codecs that are no list", hello({ codecs: "mjpeg" }), "bad-field"],
    ["a delay of 600 000 ms", hello({ maxDelayMs: 600_000 }), null],
    ["a delay of 600 001 ms", hello({ maxDelayMs: 600_001 }), "bad-field"],
    ["a code of 201 characters", goodbye("c".repeat(201), ""), "bad-field"],
    ["a hello cut off after its magic", bytes(1, "LANVID"), "version"],
    ["a hello of its kind only", bytes(1), "not-lanvid"],
  ])("%s", (_, payload, code) => {
    expect(codeOf(() => decodeMessage(payload))).toBe(code);
  });

  test("texts cannot move a terminal's cursor", () => {
    const unsafe = "a\u001b[2Jb\u0007c\u009bd\u202ee\u2028f";
    const safe = "a [2Jb c d e f";

    const notice = decodeMessage(goodbye(unsafe, unsafe));
    const greeting = decodeMessage(hello({ name: unsafe, program: unsafe, codecs: [unsafe] }));

    expect(notice).toEqual({ kind: "goodbye", notice: { code: safe, message: heard(safe) } });
    expect(greeting).toMatchObject({ hello: { name: safe, program: safe, codecs: [safe] } });
  });

  test.each([
    bytes(7, "\u001b[2J"),
    bytes(7, "{\u001b[2J"),
    bytes(7, '{"a":\u009b}'),
    Uint8Array.from([1, 0x9b, 0x1b, 0x5b, 0x32, 0x4a, 0x41, 1]),
  ])("nor can the reasons for refusing what is no text: %p", (payload) => {
    let message = "";

    try {
      decodeMessage(payload);
    } catch (error) {
      message = (error as Error).message;
    }

    expect(message).not.toBe("");
    expect(message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});
