import { encodeArray } from "../../src/classic-pickle/encode.ts";
import type { LengthFormat } from "../../src/classic-pickle/lengths.ts";
import { ClassicReader, decodePicture } from "../../src/classic-pickle.ts";
import { classify } from "../../src/servers/tcp.ts";
import { ProtocolError } from "../../src/wire.ts";
import type { Random } from "../support/random.ts";
import { protocol0Array, wrapped } from "./old-pickles.ts";
import type { Parser } from "./parsers.ts";

const FORMATS: readonly LengthFormat[] = ["u64le", "u64be", "u32le", "u32be", "text"];

function message(format: LengthFormat, body: Uint8Array): Uint8Array {
  if (format === "text") {
    return Buffer.concat([Buffer.from(String(body.length).padEnd(16)), body]);
  }
  const view = new DataView(new ArrayBuffer(format.startsWith("u64") ? 8 : 4));
  view.setUint32(format === "u64be" ? 4 : 0, body.length, format.endsWith("le"));
  return Buffer.concat([new Uint8Array(view.buffer), body]);
}

function bodies(): Uint8Array[] {
  const shape = [2, 2, 3];
  const pixels = Uint8Array.from({ length: 12 }, (_, index) => index * 21);
  const array = encodeArray(pixels, { shape });
  const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 1, 2, 3, 0xff, 0xd9);
  return [array, protocol0Array(pixels, shape), ...wrapped(array), jpeg, Buffer.from(jpeg.toBase64())];
}

interface Outcome {
  readonly bodies: readonly string[];
  /** Why it ended; null if it goes on. */
  readonly code: string | null;
}

/** What a reader gives when the bytes come in these pieces. */
function read(pieces: readonly Uint8Array[]): Outcome {
  const found: string[] = [];
  let isOver = false;
  const reader = new ClassicReader({
    onBody(body) {
      found.push(Buffer.from(body).toString("hex"));
      decodePicture(body);
    },
    onOver() {
      isOver = true;
    },
  });
  try {
    for (const piece of pieces) {
      reader.push(piece, 0);
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) {
      throw error;
    }
    return { bodies: found, code: error.code };
  }
  return { bodies: found, code: isOver ? "over" : null };
}

function cut(bytes: Uint8Array, random: Random): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + random.below(random.pick([1, 4, 20, 400]));
    pieces.push(bytes.subarray(at, end));
    at = end;
  }
  return pieces;
}

/** A classic sender's stream: in whatever pieces it comes, the same pictures come out, or the same reason. */
export const CLASSIC_STREAM: Parser = {
  name: "a classic sender's stream",
  corpus: FORMATS.flatMap((format) =>
    bodies().map((body) => Buffer.concat([message(format, body), message(format, body), message(format, body)])),
  ),
  words: [
    "\0\0\0\0",
    "\0\0\0\x09",
    "\x09\0\0\0",
    "    ",
    "9",
    "\n",
    "\r\n",
    "\xff\xd8\xff",
    "/9j/",
    "\x80\x04",
    "c",
    "\xff",
  ].map((text) => Buffer.from(text, "latin1")),
  feed(bytes, random) {
    const whole = read([bytes]);
    const inPieces = read(cut(bytes, random));
    if (JSON.stringify(whole) !== JSON.stringify(inPieces)) {
      throw new TypeError(`whole ${JSON.stringify(whole)}, in pieces ${JSON.stringify(inPieces)}`);
    }
    const isClassic = classify(bytes) === "classic-sender";
    if (whole.bodies.length > 0 && !isClassic) {
      throw new TypeError(`it is read, but it is taken for ${classify(bytes)}`);
    }
    const what = whole.bodies.length > 0 ? "pictures" : "no picture";
    return whole.code === null ? what : `${what}, then ${whole.code}`;
  },
  outcomes: [
    "pictures",
    "pictures, then length",
    "pictures, then over",
    "pictures, then pickle-value",
    "pictures, then pickle-protocol",
    "no picture",
    "no picture, then length",
    "no picture, then pickle-protocol",
  ],
};
