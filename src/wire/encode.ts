import type { Packet } from "../media.ts";
import {
  type Hello,
  Kind,
  LENGTH_BYTES,
  MAGIC,
  MAX_NAME_LENGTH,
  MAX_REASON_LENGTH,
  type Notice,
  PROTOCOL_VERSION,
  type StreamInfo,
  VIDEO_HEADER_BYTES,
} from "./messages.ts";
import { writeU32, writeU64 } from "./u64.ts";

const utf8 = new TextEncoder();
/** "No delay known" in an acknowledgement. */
const UNKNOWN_DELAY = 0xffff_ffff;

/** hello: `01 "LANVID" version JSON`. */
export function encodeHello(hello: Hello): Uint8Array {
  const head = [Kind.hello, ...utf8.encode(MAGIC), PROTOCOL_VERSION];
  return concat(
    Uint8Array.from(head),
    utf8.encode(JSON.stringify({ ...hello, name: clip(hello.name, MAX_NAME_LENGTH) })),
  );
}

/** stream: `02 JSON`. */
export function encodeStream(stream: StreamInfo): Uint8Array {
  const error = stream.error === null ? null : clip(stream.error, MAX_REASON_LENGTH);
  return encodeJson(Kind.stream, { ...stream, name: clip(stream.name, MAX_NAME_LENGTH), error });
}

/** goodbye: `07 JSON`. */
export function encodeGoodbye(notice: Notice): Uint8Array {
  return encodeNotice(Kind.goodbye, notice);
}

/** error: `08 JSON`. */
export function encodeError(notice: Notice): Uint8Array {
  return encodeNotice(Kind.error, notice);
}

/** ack: `04 0 0 0 delay(u32) sequence(u64)`. */
export function encodeAck(sequence: number, delayMicros: number | null): Uint8Array {
  const bytes = new Uint8Array(16);
  const delay =
    delayMicros === null ? UNKNOWN_DELAY : Math.min(Math.max(0, Math.round(delayMicros)), UNKNOWN_DELAY - 1);
  bytes[0] = Kind.ack;
  writeU32(bytes, 4, delay);
  writeU64(bytes, 8, sequence);
  return bytes;
}

/** ping: `05 0×7 sentAt(u64)`, µs on the asking side's clock. */
export function encodePing(sentAt: number): Uint8Array {
  return encodeTimes(Kind.ping, [sentAt]);
}

/** pong: `06 0×7 sentAt(u64) receivedAt(u64) answeredAt(u64)`: the ping's time, then two of the answering side. */
export function encodePong(sentAt: number, receivedAt: number, answeredAt: number): Uint8Array {
  return encodeTimes(Kind.pong, [sentAt, receivedAt, answeredAt]);
}

/** How a frame is sent: it may differ from one viewer to another. */
export interface Sending {
  /** The viewer must decode it and not show it. */
  readonly isPreroll: boolean;
  /** The viewer must say when it can take the next one. */
  readonly wantsAck: boolean;
}

const SHOWN: Sending = { isPreroll: false, wantsAck: true };
/** Of each frame its messages, by their flags. */
const framed = new WeakMap<Packet, Uint8Array[]>();
const payloads = new WeakMap<Uint8Array, Uint8Array>();

/**
 * video, with its length in front: the bytes that go to every TCP viewer as they are. Made once per frame and way, however many
 * viewers there are, and shared: never write to it.
 *
 * ```
 *  0      8    9     10    16        24         32
 *  length kind flags 0 × 6 sequence  capturedAt picture …
 * ```
 */
export function framedVideo(frame: Packet, { isPreroll, wantsAck }: Sending = SHOWN): Uint8Array {
  const flags = (frame.isKey ? 1 : 0) | (isPreroll ? 2 : 0) | (wantsAck ? 0 : 4);
  let variants = framed.get(frame);
  if (variants === undefined) {
    variants = [];
    framed.set(frame, variants);
  }
  const cached = variants[flags];
  if (cached) {
    return cached;
  }
  const bytes = new Uint8Array(LENGTH_BYTES + VIDEO_HEADER_BYTES + frame.bytes.length);
  writeU64(bytes, 0, VIDEO_HEADER_BYTES + frame.bytes.length);
  bytes[8] = Kind.video;
  bytes[9] = flags;
  writeU64(bytes, 16, frame.sequence);
  writeU64(bytes, 24, frame.capturedAt);
  bytes.set(frame.bytes, LENGTH_BYTES + VIDEO_HEADER_BYTES);
  variants[flags] = bytes;
  return bytes;
}

/** The same without its length: the message that goes to every WebSocket, a view that is made once per frame. */
export function videoPayload(frame: Packet, sending: Sending = SHOWN): Uint8Array {
  const bytes = framedVideo(frame, sending);
  const cached = payloads.get(bytes);
  if (cached) {
    return cached;
  }
  const payload = bytes.subarray(LENGTH_BYTES);
  payloads.set(bytes, payload);
  return payload;
}

/** A payload with its length in front, as TCP carries it. */
export function withLength(payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(LENGTH_BYTES + payload.length);
  writeU64(bytes, 0, payload.length);
  bytes.set(payload, LENGTH_BYTES);
  return bytes;
}

function encodeNotice(kind: number, notice: Notice): Uint8Array {
  return encodeJson(kind, { code: notice.code, message: clip(notice.message, MAX_REASON_LENGTH) });
}

/** Shortens to what the peer accepts, so that a long reason never costs the connection. */
function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

function encodeJson(kind: number, value: unknown): Uint8Array {
  return concat(Uint8Array.of(kind), utf8.encode(JSON.stringify(value)));
}

function encodeTimes(kind: number, times: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(8 + 8 * times.length);
  bytes[0] = kind;
  times.forEach((time, index) => {
    writeU64(bytes, 8 + 8 * index, time);
  });
  return bytes;
}

function concat(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(head.length + tail.length);
  bytes.set(head);
  bytes.set(tail, head.length);
  return bytes;
}
