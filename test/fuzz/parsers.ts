import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { hostPolicy } from "../../src/access.ts";
import { parseAvfoundation } from "../../src/capture/avfoundation-listing.ts";
import { parseFormats } from "../../src/capture/cameras.ts";
import { parseDshowCameras, parseDshowFormats } from "../../src/capture/dshow-listing.ts";
import { LanvidError } from "../../src/errors.ts";
import { MultipartReader, NutReader } from "../../src/ffmpeg.ts";
import { nalUnits } from "../../src/media/h264.ts";
import {
  accessUnitFault,
  Fmp4Muxer,
  type H264Parameters,
  h264Parameters,
  isKeyAccessUnit,
  jpegSize,
  lengthPrefixed,
} from "../../src/media.ts";
import type { Container } from "../../src/outputs/recorder/container.ts";
import { FragmentedMp4 } from "../../src/outputs/recorder/fragmented-mp4.ts";
import { Matroska } from "../../src/outputs/recorder/matroska.ts";
import { redirect } from "../../src/servers/tcp/http-redirect.ts";
import { classify } from "../../src/servers/tcp.ts";
import { KIB } from "../../src/units.ts";
import { decodeMessage, LENGTH_BYTES, ProtocolError, splitMessages } from "../../src/wire.ts";
import type { Random } from "../support/random.ts";
import { accepted } from "../vectors/read.ts";
import { CLASSIC_STREAM } from "./classic-stream.ts";

/** A parser, what it is fed, and what it may say. */
export interface Parser {
  readonly name: string;
  /** What is mutated. */
  readonly corpus: readonly Uint8Array[];
  /** Pieces that mean something to it. */
  readonly words: readonly Uint8Array[];
  /**
   * @returns in a word what became of the input
   * @throws when it did what it must not
   */
  readonly feed: (bytes: Uint8Array, random: Random) => string;
  /** What must become of some inputs. */
  readonly outcomes: readonly string[];
}

const CORPUS = join(import.meta.dir, "corpus");
const LISTINGS = join(import.meta.dir, "../fixtures/listings");
const MAX_SIDE = 65_535;
/** The annotated messages of docs/protocol.md. */
const MESSAGES = [...accepted.values()].map(({ bytes }) => bytes);

/** Files of the corpus, or of the listings, whose names match. */
function files(pattern: RegExp, folder = CORPUS): Uint8Array[] {
  return readdirSync(folder)
    .filter((name) => pattern.test(name))
    .sort()
    .map((name) => readFileSync(join(folder, name)));
}

function words(...texts: readonly string[]): Uint8Array[] {
  return texts.map((text) => Buffer.from(text, "latin1"));
}

const START_CODES = words("\0\0\0\x01", "\0\0\x01", "\0\0\x03", "\x67", "\x68", "\x65", "\xff\xff\xff\xff", "\0\0\0\0");
const HEAD_WORDS = words(
  "GET ",
  "HEAD ",
  "POST ",
  " HTTP/1.1",
  "\r\n",
  "\n",
  "\r\n\r\n",
  "Host: ",
  "host:",
  ":",
  "[::1]",
);
const HOST_WORDS = words(
  "127.0.0.1",
  "evil.example",
  "@",
  "/",
  "//",
  "\\",
  "%0d%0a",
  "\0",
  "http://evil.example/",
  " ",
);
const LISTING_WORDS = words(
  '"',
  "]",
  "[",
  ":",
  " : ",
  "640x480",
  "x",
  " min s=",
  "fps=",
  "\n",
  "(video)",
  "(none)",
  "1e999",
);

/** Cuts into two or three, so that a reader keeps state between them. */
function pieces(bytes: Uint8Array, random: Random): Uint8Array[] {
  const at = random.below(bytes.length + 1);
  const again = at + random.below(bytes.length - at + 1);
  return [bytes.subarray(0, at), bytes.subarray(at, again), bytes.subarray(again)];
}

/** A reader of ffmpeg's output may complain, in words. */
function complaint(error: unknown): string {
  if (error instanceof LanvidError && error.code === "bad-output") {
    return `refused: ${error.message.replace(/begins with [\da-f]+$/, "begins with …").replace(/\d+/g, "…")}`;
  }
  throw error;
}

function check(isRight: boolean, what: string): void {
  if (!isRight) {
    throw new TypeError(what);
  }
}

function isSide(side: number): boolean {
  return Number.isInteger(side) && side > 0 && side <= MAX_SIDE;
}

const hosts = hostPolicy([]);

/** What a file or a player is given of one access unit, by everything that writes H.264. */
function contained(bytes: Uint8Array, parameters: H264Parameters): number {
  const muxer = new Fmp4Muxer();
  const sample = { bytes, isKey: true, timeMicros: 0, keepsParameters: true };
  const sizes = [muxer.init(parameters).length, muxer.fragment([sample], 33_333).length];
  const containers: readonly Container[] = [new FragmentedMp4(), new Matroska(new Date(0))];
  for (const container of containers) {
    container.begin(parameters);
    const parts = [container.add(sample), container.add({ ...sample, timeMicros: 600_000 }), container.flush()].flat();
    const { tail } = container.finish();
    sizes.push([...parts, ...tail].reduce((sum, part) => sum + part.length, 0));
  }
  return Math.max(...sizes);
}

/** All of them, but for pickles and conversations, which have campaigns of their own. */
export const PARSERS: readonly Parser[] = [
  CLASSIC_STREAM,
  {
    name: "multipart out of ffmpeg",
    corpus: files(/\.mpjpeg$/),
    words: words("\r\n\r\n", "Content-length: ", "0", "-1", "67108865", "99999999999999999999", "--ffmpeg\r\n"),
    feed(bytes, random) {
      let pictures = 0;
      const reader = new MultipartReader((picture) => {
        pictures += 1;
        check(picture.length > 0 && picture.length <= bytes.length, `a picture of ${picture.length} bytes`);
      });
      try {
        for (const piece of pieces(bytes, random)) {
          reader.push(piece);
        }
      } catch (error) {
        return complaint(error);
      }
      return pictures > 0 ? "pictures" : "no picture";
    },
    outcomes: ["pictures", "refused: a picture without its length", "refused: no picture begins within … bytes"],
  },
  {
    name: "NUT out of ffmpeg",
    corpus: files(/\.nut$/),
    words: words(
      "NM\x7a\x56\x1f\x5f\x04\xad",
      "NS\x11\x40\x5b\xf2\xf9\xdb",
      "NK",
      "\xff\xff\xff\x7f",
      "\x80\x80\x80\x80",
    ),
    feed(bytes, random) {
      let frames = 0;
      const reader = new NutReader(({ bytes: frame, ptsMicros }) => {
        frames += 1;
        check(frame.length > 0 && Number.isInteger(ptsMicros), `a frame of ${frame.length} bytes at ${ptsMicros}`);
      });
      try {
        for (const piece of pieces(bytes, random)) {
          reader.push(piece);
        }
      } catch (error) {
        return complaint(error);
      }
      return frames > 0 ? "frames" : "no frame";
    },
    outcomes: ["frames", "no frame", "refused: it does not begin as NUT does"],
  },
  {
    name: "JPEG header",
    corpus: files(/\.jpg$/),
    words: words(
      "\xff\xd8",
      "\xff\xc0\0\x11",
      "\xff\xc4",
      "\xff\xda",
      "\xff\xff\xff",
      "\xff\xe0\0\0",
      "\0\0",
      "\xff\xd9",
    ),
    feed(bytes) {
      const size = jpegSize(bytes);
      check(size === undefined || (isSide(size.width) && isSide(size.height)), `a size of ${JSON.stringify(size)}`);
      return size === undefined ? "refused" : "size";
    },
    outcomes: ["size", "refused"],
  },
  {
    name: "H.264 parameters",
    corpus: files(/\.h264$/),
    words: START_CODES,
    feed(bytes) {
      const units = nalUnits(bytes);
      const total = units.reduce((sum, { length }) => sum + length, 0);
      check(total <= bytes.length && units.every(({ length }) => length > 0), `${total} bytes of NAL units`);
      const isKey = isKeyAccessUnit(bytes);
      const parameters = h264Parameters(bytes);
      if (parameters === undefined) {
        return isKey ? "refused, with a key picture" : "refused";
      }
      const { codec, width, height } = parameters;
      check(isSide(width) && isSide(height) && /^avc1\.[\da-f]{6}$/.test(codec), `${codec} of ${width}×${height}`);
      return "parameters";
    },
    outcomes: ["parameters", "refused, with a key picture", "refused"],
  },
  {
    name: "H.264 into files",
    corpus: files(/\.h264$/),
    words: [...START_CODES, Buffer.from("\0\0\x01\x65".repeat(1030), "latin1"), Buffer.alloc(5000, "\x67")],
    feed(bytes) {
      const prefixed = lengthPrefixed({ bytes, keepsParameters: true });
      const units = nalUnits(bytes);
      const total = units.reduce((sum, { length }) => sum + 4 + length, 0);
      check(prefixed.length <= total, `${prefixed.length} bytes with lengths, of ${total}`);
      const parameters = h264Parameters(bytes);
      if (parameters === undefined) {
        return "no beginning";
      }
      const size = contained(bytes, parameters);
      check(size <= 2 * total + 64 * KIB, `${size} bytes are written of ${bytes.length}`);
      return accessUnitFault(bytes)?.replace(/\d+/g, "…") ?? "whole";
    },
    outcomes: ["whole", "no beginning", "more than … NAL units", "a parameter set of … bytes, at most … are allowed"],
  },
  {
    name: "first bytes and HTTP head",
    corpus: [
      ...words(
        "GET / HTTP/1.1\r\nHost: 10.0.0.4:10050\r\nUser-Agent: x\r\n\r\n",
        "HEAD /stream?x=1 HTTP/1.1\r\nHost: [fd00::1]:10050\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx",
        "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03",
      ),
      ...MESSAGES.map((bytes) => bytes.slice(0, 200)),
      ...CLASSIC_STREAM.corpus.map((bytes) => bytes.slice(0, 200)),
    ],
    words: [...HEAD_WORDS, ...HOST_WORDS],
    feed(bytes) {
      const peer = classify(bytes);
      if (peer !== "http" && peer !== "http-other") {
        return peer;
      }
      const answer = redirect(bytes, peer, { port: 8080, allowsHost: (host) => hosts.allows(host) }, "10.0.0.4");
      if (answer === null) {
        return "unfinished head";
      }
      const text = Buffer.from(answer).toString("latin1");
      const [, location] = /^Location: (.*)\r$/m.exec(text) ?? [];
      const head = text.slice(0, text.indexOf("\r\n\r\n"));
      check(head.split("\r\n").length <= 12 && !/[^\r]\n|\r[^\n]/.test(head), `a head of ${JSON.stringify(head)}`);
      if (location !== undefined) {
        const { hostname, port } = new URL(location);
        check(hosts.allows(hostname) && port === "8080", `sent to ${location}`);
      }
      return text.slice(9, 12);
    },
    outcomes: ["307", "403", "405", "unfinished head", "tls", "lanvid", "classic-sender", "unknown", "more"],
  },
  {
    name: "messages of a WebSocket",
    corpus: MESSAGES.map((bytes) => bytes.slice(LENGTH_BYTES)),
    words: words(
      '"',
      "{",
      "}",
      "[",
      ":",
      ",",
      "null",
      "1e999",
      "\\ud800",
      '"role"',
      "LANVID",
      "\xff\xff\xff\xff\xff\xff\xff\xff",
    ),
    feed(bytes) {
      try {
        return decodeMessage(bytes).kind;
      } catch (error) {
        if (error instanceof ProtocolError) {
          return `refused: ${error.code}`;
        }
        throw error;
      }
    },
    outcomes: ["hello", "stream", "video", "ack", "ping", "pong", "unknown", "refused: bad-json", "refused: bad-field"],
  },
  {
    name: "messages of a page's request",
    corpus: [...MESSAGES, Buffer.concat(MESSAGES.slice(0, 3))],
    words: words("\xff\xff\xff\xff\xff\xff\xff\xff", "\0\0\0\0\0\0\0\0", "\x01\0\0\0\0\0\0\0"),
    feed(bytes) {
      try {
        const payloads = splitMessages(bytes);
        const whole = payloads.reduce((sum, payload) => sum + LENGTH_BYTES + payload.length, 0);
        check(whole === bytes.length, `${whole} bytes of messages in ${bytes.length}`);
        return payloads.length === 1 ? "one" : "several";
      } catch (error) {
        if (error instanceof ProtocolError) {
          return `refused: ${error.code}`;
        }
        throw error;
      }
    },
    outcomes: ["one", "several", "refused: length"],
  },
  {
    name: "cameras of Windows",
    corpus: files(/^dshow/, LISTINGS),
    words: LISTING_WORDS,
    feed(bytes) {
      const text = Buffer.from(bytes).toString("utf8");
      const cameras = parseDshowCameras(text);
      const formats = parseDshowFormats(text);
      check(
        formats.every(({ width, height }) => isSide(width) && isSide(height)),
        "a format without a size",
      );
      return `${cameras.length > 0 ? "cameras" : "no camera"}, ${formats.length > 0 ? "formats" : "no format"}`;
    },
    outcomes: ["cameras, no format", "no camera, formats", "no camera, no format"],
  },
  {
    name: "cameras of macOS",
    corpus: files(/^avfoundation/, LISTINGS),
    words: LISTING_WORDS,
    feed(bytes) {
      const { cameras } = parseAvfoundation(Buffer.from(bytes).toString("utf8"));
      for (const { index } of cameras) {
        check(Number.isInteger(index), `camera ${index}`);
      }
      return cameras.length > 0 ? "cameras" : "no camera";
    },
    outcomes: ["cameras", "no camera"],
  },
  {
    name: "formats of Linux",
    corpus: files(/^v4l2/),
    words: LISTING_WORDS,
    feed(bytes) {
      const formats = parseFormats(Buffer.from(bytes).toString("utf8"));
      check(
        formats.every(({ width, height }) => isSide(width) && isSide(height)),
        "a format without a size",
      );
      return formats.length > 0 ? "formats" : "no format";
    },
    outcomes: ["formats", "no format"],
  },
];
