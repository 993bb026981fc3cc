import { firstHead } from "../../classic-pickle.ts";
import { Kind, LENGTH_BYTES, MAGIC, MAX_PAYLOAD_BYTES } from "../../wire.ts";
import { isGreeting } from "./foreign.ts";

/**
 * What a peer is, by the first bytes that it must send:
 * - `more`: not decided yet
 * - `http`: GET or HEAD; `http-other`: another HTTP method; `http-answer`: a web server's answer
 * - `tls`: a TLS handshake
 * - `lanvid`: a hello; `lanvid-error`: a lanvid that refuses ours
 * - `classic-sender`: a pickle or a JPEG behind a length
 * - `unknown`: none of these
 */
export type FirstBytes =
  | "more"
  | "http"
  | "http-other"
  | "http-answer"
  | "tls"
  | "lanvid"
  | "lanvid-error"
  | "classic-sender"
  | "unknown";

const METHODS = ["GET ", "HEAD ", "POST ", "PUT ", "DELETE ", "OPTIONS ", "PATCH ", "CONNECT ", "TRACE ", "PRI "];
/** How a web server's answer begins, and that of a lanvid's page to bytes that are no request. */
const HTTP_ANSWER = "HTTP/1.";
const STARTS = [...METHODS, HTTP_ANSWER];
const CLIENT_HELLO = 0x01;

/** Decides from what has come so far; at most 15 bytes are ever needed, 70 where they are a length as text. */
export function classify(bytes: Uint8Array): FirstBytes {
  const head = String.fromCharCode(...bytes.subarray(0, 8));
  const start = STARTS.find((candidate) => head.startsWith(candidate) || candidate.startsWith(head));
  if (start !== undefined) {
    if (head.length < start.length) {
      return "more";
    }
    if (start === HTTP_ANSWER) {
      return "http-answer";
    }
    return start === "GET " || start === "HEAD " ? "http" : "http-other";
  }
  // 16 03 00 is also how a hello of 790 bytes begins; TLS says 01 to 04 there.
  const minorVersion = bytes[2] ?? 0;
  if (bytes[0] === 0x16 && bytes[1] === 0x03 && minorVersion >= 1 && minorVersion <= 4) {
    // A picture of some 66 to 263 kB may have the same length, but no body begins like a handshake's.
    const type = bytes[5];
    if (type === undefined || type === CLIENT_HELLO) {
      return type === undefined ? "more" : "tls";
    }
  }
  return classifyMessage(bytes);
}

function classifyMessage(bytes: Uint8Array): FirstBytes {
  const classic = firstHead(bytes, MAX_PAYLOAD_BYTES);
  if (classic !== null) {
    return classic === "more" ? "more" : "classic-sender";
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true);
  const isLength =
    length > 0 && length <= MAX_PAYLOAD_BYTES && bytes.subarray(4, LENGTH_BYTES).every((byte) => byte === 0);
  const kind = bytes[LENGTH_BYTES];
  if (!isLength || kind === undefined) {
    return "unknown";
  }
  if (kind === Kind.error) {
    return "lanvid-error";
  }
  const magic = String.fromCharCode(...bytes.subarray(LENGTH_BYTES + 1, LENGTH_BYTES + 1 + MAGIC.length));
  if (kind !== Kind.hello || !MAGIC.startsWith(magic)) {
    return "unknown";
  }
  return magic.length < MAGIC.length ? "more" : "lanvid";
}

/** A name, a word that asks for pictures: what a classic receiver may say before it reads. Bytes of text. */
const MAX_TALK_BYTES = 1024;

/**
 * May it be what a classic receiver says of itself? Text, which is of no other kind that is known, nor begins as one. It
 * may still turn out to be a hello's first byte.
 */
export function isTalk(bytes: Uint8Array): boolean {
  const peer = classify(bytes);
  if ((peer !== "unknown" && peer !== "more") || bytes.length === 0 || bytes.length > MAX_TALK_BYTES) {
    return false;
  }
  const start = String.fromCharCode(...bytes.subarray(0, 16));
  const isOther = STARTS.some((candidate) => candidate.startsWith(start)) || isGreeting(bytes);
  return (
    !isOther &&
    bytes.every((byte) => (byte >= 0x20 && byte !== 0x7f) || byte === 0x0a || byte === 0x0d) &&
    isUtf8(bytes)
  );
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    // What is cut in the middle of a character is text all the same.
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** What had come and what comes now, as one; `tail` itself when nothing had. */
export function joinBytes(head: Uint8Array, tail: Uint8Array): Uint8Array {
  if (head.length === 0) {
    return tail;
  }
  const joined = new Uint8Array(head.length + tail.length);
  joined.set(head);
  joined.set(tail, head.length);
  return joined;
}
