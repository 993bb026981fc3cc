import { forPeers } from "../../src/errors.ts";
import type { Message } from "../../src/wire/messages.ts";
import {
  encodeAck,
  encodeError,
  encodeGoodbye,
  encodeHello,
  encodePing,
  encodePong,
  encodeStream,
  framedVideo,
  LENGTH_BYTES,
} from "../../src/wire.ts";

/** What the vector of a name means, and how it is made. */
export interface Meaning {
  readonly name: string;
  readonly message: Message;
  /** Gives the payload; null where this program reads a message but never writes it. */
  readonly encode: (() => Uint8Array) | null;
}

const PICTURE = Uint8Array.of(0xff, 0xd8, 0xff, 0xd9);
const CAPTURED_AT = 1_760_000_000_123_456;

const receiver = {
  role: "receiver",
  name: "den",
  program: "lanvid/0.1.0",
  codecs: ["h264", "mjpeg"],
  maxDelayMs: 250,
  adapts: true,
} as const;
const sender = {
  role: "sender",
  name: "Théo’s",
  program: "lanvid/0.1.0",
  codecs: [],
  maxDelayMs: null,
  adapts: false,
} as const;
const live = {
  name: "desk",
  state: "live",
  codec: "mjpeg",
  width: 1280,
  height: 720,
  error: null,
  restarts: 0,
  hops: 0,
  rendition: 0,
  form: "original",
} as const;
const failed = {
  name: "desk",
  state: "failed",
  codec: null,
  width: null,
  height: null,
  error: forPeers`busy`,
  restarts: 2,
  hops: 1,
  rendition: 2,
  form: "h264-half",
} as const;
const video = { sequence: 258, capturedAt: CAPTURED_AT, isKey: true, isPreroll: false, wantsAck: true, bytes: PICTURE };
const ended = { code: "ended", message: forPeers`bye` };
const version = { code: "version", message: forPeers`update` };

/** One meaning for each vector of docs/protocol.md: the tests of decoding and of encoding both go through it. */
export const meanings: readonly Meaning[] = [
  { name: "hello of a receiver", message: { kind: "hello", hello: receiver }, encode: () => encodeHello(receiver) },
  { name: "hello of a sender", message: { kind: "hello", hello: sender }, encode: () => encodeHello(sender) },
  { name: "stream live", message: { kind: "stream", stream: live }, encode: () => encodeStream(live) },
  { name: "stream failed", message: { kind: "stream", stream: failed }, encode: () => encodeStream(failed) },
  {
    name: "stream of a later version",
    message: {
      kind: "stream",
      stream: { ...failed, state: "idle", error: null, restarts: 0, hops: 0, rendition: 0, form: "original" },
    },
    encode: null,
  },
  {
    name: "video",
    message: { kind: "video", video },
    encode: () => framedVideo(video).subarray(LENGTH_BYTES),
  },
  {
    name: "video preroll",
    message: { kind: "video", video: { ...video, sequence: 259, isKey: false, isPreroll: true } },
    encode: () =>
      framedVideo({ ...video, sequence: 259, isKey: false }, { isPreroll: true, wantsAck: true }).subarray(
        LENGTH_BYTES,
      ),
  },
  {
    name: "video that is not to be acknowledged",
    message: { kind: "video", video: { ...video, sequence: 260, isKey: false, wantsAck: false } },
    encode: () =>
      framedVideo({ ...video, sequence: 260, isKey: false }, { isPreroll: false, wantsAck: false }).subarray(
        LENGTH_BYTES,
      ),
  },
  {
    name: "ack",
    message: { kind: "ack", sequence: 258, delayMicros: 40_000 },
    encode: () => encodeAck(258, 40_000),
  },
  {
    name: "ack without a delay",
    message: { kind: "ack", sequence: 258, delayMicros: null },
    encode: () => encodeAck(258, null),
  },
  { name: "ping", message: { kind: "ping", sentAt: CAPTURED_AT }, encode: () => encodePing(CAPTURED_AT) },
  {
    name: "pong",
    message: { kind: "pong", sentAt: CAPTURED_AT, receivedAt: CAPTURED_AT + 1000, answeredAt: CAPTURED_AT + 1010 },
    encode: () => encodePong(CAPTURED_AT, CAPTURED_AT + 1000, CAPTURED_AT + 1010),
  },
  { name: "goodbye", message: { kind: "goodbye", notice: ended }, encode: () => encodeGoodbye(ended) },
  { name: "error", message: { kind: "error", notice: version }, encode: () => encodeError(version) },
  { name: "unknown kind", message: { kind: "unknown", value: 0x10 }, encode: null },
];
