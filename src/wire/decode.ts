import { heard } from "../errors.ts";
import { harmless } from "../log.ts";
import {
  FORMS,
  type Hello,
  Kind,
  MAGIC,
  MAX_CONTROL_BYTES,
  MAX_NAME_LENGTH,
  MAX_REASON_LENGTH,
  type Message,
  type Notice,
  PROTOCOL_VERSION,
  ProtocolError,
  type StreamInfo,
  VIDEO_HEADER_BYTES,
} from "./messages.ts";
import { readU32, readU64 } from "./u64.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true });
const HELLO_HEAD_BYTES = 8;
const KNOWN_KINDS: ReadonlySet<number> = new Set(Object.values(Kind));
const STATES = ["idle", "starting", "live", "failed"] as const;
const ROLES = ["receiver", "sender"] as const;

/**
 * Reads one payload. Video keeps a view into it; everything else is copied out.
 * @throws ProtocolError for a payload that breaks its kind's rules; kinds of a later version are `unknown`
 */
export function decodeMessage(payload: Uint8Array): Message {
  const kind = payload[0];
  if (kind === undefined) {
    throw new ProtocolError("empty-message", "a message has no bytes, at least 1 is needed");
  }
  if (kind === Kind.video) {
    return decodeVideo(payload);
  }
  if (!KNOWN_KINDS.has(kind)) {
    return { kind: "unknown", value: kind };
  }
  if (payload.length > MAX_CONTROL_BYTES) {
    throw new ProtocolError(
      "message-too-long",
      `a message of kind ${hex(kind)} has ${payload.length} bytes, at most ${MAX_CONTROL_BYTES} are allowed`,
    );
  }
  switch (kind) {
    case Kind.hello:
      return { kind: "hello", hello: decodeHello(payload) };
    case Kind.stream:
      return { kind: "stream", stream: readStream(decodeJson(payload, 1)) };
    case Kind.ack:
      return decodeAck(payload);
    case Kind.ping:
      return { kind: "ping", sentAt: decodeTimes(payload, 1)[0] as number };
    case Kind.pong: {
      const [sentAt, receivedAt, answeredAt] = decodeTimes(payload, 3) as [number, number, number];
      return { kind: "pong", sentAt, receivedAt, answeredAt };
    }
    case Kind.goodbye:
      return { kind: "goodbye", notice: readNotice(decodeJson(payload, 1)) };
    case Kind.error:
      return { kind: "error", notice: readNotice(decodeJson(payload, 1)) };
    default:
      return { kind: "unknown", value: kind };
  }
}

function decodeVideo(payload: Uint8Array): Message {
  if (payload.length <= VIDEO_HEADER_BYTES) {
    throw new ProtocolError(
      "bad-video",
      `a video message has ${payload.length} bytes, more than ${VIDEO_HEADER_BYTES} are needed`,
    );
  }
  const flags = payload[1] as number;
  const video = {
    sequence: safe(readU64(payload, 8), "sequence"),
    capturedAt: safe(readU64(payload, 16), "capture time"),
    isKey: (flags & 1) !== 0,
    isPreroll: (flags & 2) !== 0,
    wantsAck: (flags & 4) === 0,
    bytes: payload.subarray(VIDEO_HEADER_BYTES),
  };
  return { kind: "video", video };
}

function decodeAck(payload: Uint8Array): Message {
  if (payload.length < 16) {
    throw new ProtocolError("bad-ack", `an acknowledgement has ${payload.length} bytes, 16 are needed`);
  }
  const delay = readU32(payload, 4);
  return {
    kind: "ack",
    sequence: safe(readU64(payload, 8), "acknowledged sequence"),
    delayMicros: delay === 0xffff_ffff ? null : delay,
  };
}

function decodeTimes(payload: Uint8Array, count: number): number[] {
  const needed = 8 + 8 * count;
  if (payload.length < needed) {
    throw new ProtocolError("bad-ping", `a ping or pong has ${payload.length} bytes, ${needed} are needed`);
  }
  return Array.from({ length: count }, (_, index) => safe(readU64(payload, 8 + 8 * index), "time"));
}

function decodeHello(payload: Uint8Array): Hello {
  const magic = String.fromCharCode(...payload.subarray(1, 1 + MAGIC.length));
  if (magic !== MAGIC) {
    throw new ProtocolError(
      "not-lanvid",
      `a hello begins with ${JSON.stringify(harmless(magic))}, "${MAGIC}" is expected`,
    );
  }
  const version = payload[HELLO_HEAD_BYTES - 1];
  if (version !== PROTOCOL_VERSION) {
    throw new ProtocolError(
      "version",
      `the other side speaks version ${version} of the protocol, this side speaks ${PROTOCOL_VERSION}`,
      "install the same release of lanvid on both machines",
    );
  }
  const fields = decodeJson(payload, HELLO_HEAD_BYTES);
  return {
    role: oneOf(fields, "role", ROLES),
    name: text(fields, "name", MAX_NAME_LENGTH),
    program: text(fields, "program", MAX_NAME_LENGTH),
    codecs: texts(fields, "codecs"),
    maxDelayMs: numberOrNull(fields, "maxDelayMs", 600_000),
    adapts: fields["adapts"] === true,
  };
}

function readStream(fields: Record<string, unknown>): StreamInfo {
  return {
    state: oneOf(fields, "state", STATES),
    name: text(fields, "name", MAX_NAME_LENGTH),
    codec: fields["codec"] === null ? null : text(fields, "codec", MAX_NAME_LENGTH),
    width: numberOrNull(fields, "width", 65_535),
    height: numberOrNull(fields, "height", 65_535),
    error: fields["error"] === null ? null : heard(text(fields, "error", MAX_REASON_LENGTH)),
    restarts: numberOrNull(fields, "restarts", Number.MAX_SAFE_INTEGER) ?? 0,
    hops: numberOrNull(fields, "hops", 255) ?? 0,
    rendition: numberOrNull(fields, "rendition", Number.MAX_SAFE_INTEGER) ?? 0,
    form: FORMS.find((form) => form === fields["form"]) ?? "original",
  };
}

function readNotice(fields: Record<string, unknown>): Notice {
  return { code: text(fields, "code", MAX_NAME_LENGTH), message: heard(text(fields, "message", MAX_REASON_LENGTH)) };
}

function decodeJson(payload: Uint8Array, from: number): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(payload.subarray(from)));
  } catch {
    // The parser's own reason quotes the peer's bytes.
    throw new ProtocolError("bad-json", `a message of kind ${hex(payload[0] as number)} holds no JSON`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ProtocolError("bad-json", `a message of kind ${hex(payload[0] as number)} holds no JSON object`);
  }
  return value as Record<string, unknown>;
}

function text(fields: Record<string, unknown>, name: string, limit: number): string {
  const value = fields[name];
  if (typeof value !== "string" || value.length > limit) {
    throw new ProtocolError("bad-field", `the field "${name}" must be a text of at most ${limit} characters`);
  }
  // Names, reasons and codecs end up on terminals.
  return harmless(value);
}

function texts(fields: Record<string, unknown>, name: string): string[] {
  const value = fields[name];
  const fits = Array.isArray(value) && value.length <= 16 && value.every((item) => typeof item === "string");
  if (!fits) {
    throw new ProtocolError("bad-field", `the field "${name}" must be a list of at most 16 texts`);
  }
  return value.map(harmless);
}

function numberOrNull(fields: Record<string, unknown>, name: string, limit: number): number | null {
  const value = fields[name] ?? null;
  if (value === null) {
    return null;
  }
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > limit) {
    throw new ProtocolError("bad-field", `the field "${name}" must be a whole number from 0 to ${limit}, or null`);
  }
  return value;
}

function oneOf<T extends string>(fields: Record<string, unknown>, name: string, allowed: readonly T[]): T {
  const found = allowed.find((item) => item === fields[name]);
  if (found === undefined) {
    throw new ProtocolError("bad-field", `the field "${name}" must be one of ${allowed.join(", ")}`);
  }
  return found;
}

function safe(value: number, what: string): number {
  if (!Number.isSafeInteger(value)) {
    throw new ProtocolError("bad-number", `a ${what} is above 2^53`);
  }
  return value;
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(2, "0")}`;
}
