/** What a peer is that is neither a lanvid nor a classic program, in words for the person who meets it. */
export interface Foreign {
  /** How a peer may be told of by a sentence that begins with "the other side". */
  readonly what: string;
  readonly hint?: string;
}

interface Known extends Foreign {
  /** How they begin, one character for each byte. */
  readonly starts: readonly string[];
}

const CLASSIC_HINT = 'send struct.pack(">L", len(data)) + data, where data is a pickled frame or a JPEG';

/** By how a peer begins. */
const GREETINGS: readonly Known[] = [
  { starts: ["SSH-"], what: "speaks SSH" },
  { starts: ["RTSP/", "DESCRIBE ", "SETUP "], what: "speaks RTSP", hint: "open its address as rtsp://…" },
  { starts: ["\xff\xd8\xff"], what: "sends JPEG without a length before it", hint: CLASSIC_HINT },
  { starts: ["\0\0\0\x01", "\0\0\x01"], what: "sends H.264 without a frame around it", hint: CLASSIC_HINT },
];
/** By how what is behind a length of 4 or 8 bytes begins. */
const BODIES: readonly Known[] = [
  { starts: ["\x89PNG"], what: "sends PNG", hint: 'encode as JPEG: cv2.imencode(".jpg", frame)' },
  {
    starts: ["PK\x03\x04"],
    what: "sends a ZIP archive, as np.savez writes it (.npz)",
    hint: "send pickle.dumps(frame) instead",
  },
  { starts: ["\x93NUMPY"], what: "sends what np.save writes (.npy)", hint: "send pickle.dumps(frame) instead" },
  {
    starts: ["\x78\x01", "\x78\x5e", "\x78\x9c", "\x78\xda", "\x1f\x8b"],
    what: "sends compressed data",
    hint: "send the pickle without zlib or gzip around it; as a JPEG it is smaller still",
  },
  { starts: ["{"], what: "sends JSON", hint: CLASSIC_HINT },
];
const ZEROMQ: Foreign = {
  what: "speaks ZeroMQ, as imagezmq does",
  hint: "send over a plain TCP socket instead: docs/classic.md",
};
/** As much as is looked at, and as much of a text as is said. */
const LOOKED_AT_BYTES = 32;
const LEAST_TEXT_BYTES = 4;

/** Is it a greeting of a program that is none of those that are known here? */
export function isGreeting(head: Uint8Array): boolean {
  return find(GREETINGS, textOf(head)) !== undefined;
}

/** What `head`, the first bytes of a peer that is not known, look like. */
export function foreign(head: Uint8Array): Foreign {
  const start = textOf(head);
  // ZMTP's signature: ff, 8 bytes, 7f.
  if (head[0] === 0xff && head[9] === 0x7f) {
    return ZEROMQ;
  }
  const known = find(GREETINGS, start) ?? find(BODIES, start.slice(4)) ?? find(BODIES, start.slice(8));
  if (known !== undefined) {
    return known;
  }
  if (start.length >= LEAST_TEXT_BYTES && isText(head.subarray(0, LOOKED_AT_BYTES))) {
    return { what: `sends text, which begins with ${JSON.stringify(start)}` };
  }
  const hex = [...head.subarray(0, 12)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return { what: `is neither a lanvid nor a classic program: its first bytes are ${hex}` };
}

function textOf(head: Uint8Array): string {
  return String.fromCharCode(...head.subarray(0, LOOKED_AT_BYTES));
}

function find(known: readonly Known[], start: string): Known | undefined {
  return known.find(({ starts }) => starts.some((one) => start.startsWith(one)));
}

/** ASCII that is printed, and line ends. */
function isText(bytes: Uint8Array): boolean {
  return bytes.every((byte) => (byte >= 0x20 && byte < 0x7f) || byte === 0x09 || byte === 0x0a || byte === 0x0d);
}
