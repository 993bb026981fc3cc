import { Kind, LENGTH_BYTES, MAGIC, MAX_PAYLOAD_BYTES } from "../wire.ts";

/**
 * What a peer is, by the first bytes that it must send:
 * - `more`: not decided yet
 * - `http`: GET or HEAD; `http-other`: another HTTP method
 * - `tls`: a TLS handshake
 * - `lanvid`: a hello; `lanvid-error`: a lanvid that refuses ours
 * - `classic-sender`: a pickle behind a length of 8 or 4 bytes
 * - `unknown`: none of these
 */
export type FirstBytes =
  | "more"
  | "http"
  | "http-other"
  | "tls"
  | "lanvid"
  | "lanvid-error"
  | "classic-sender"
  | "unknown";

const METHODS = ["GET ", "HEAD ", "POST ", "PUT ", "DELETE ", "OPTIONS ", "PATCH ", "CONNECT ", "TRACE ", "PRI "];
/** Of protocol 2 and later 0x80; of 0 and 1, which are refused by name, "c", "(" or "]". */
const PICKLES: readonly (number | undefined)[] = [0x80, 0x63, 0x28, 0x5d];

/** Decides from what has come so far; at most 15 bytes are ever needed. */
export function classify(bytes: Uint8Array): FirstBytes {
  const head = String.fromCharCode(...bytes.subarray(0, 8));
  const method = METHODS.find((candidate) => head.startsWith(candidate) || candidate.startsWith(head));
  if (method !== undefined) {
    if (head.length < method.length) {
      return "more";
    }
    return method === "GET " || method === "HEAD " ? "http" : "http-other";
  }
  // 16 03 00 is also how a hello of 790 bytes begins; TLS says 01 to 04 there.
  const minorVersion = bytes[2] ?? 0;
  if (bytes[0] === 0x16 && bytes[1] === 0x03 && minorVersion >= 1 && minorVersion <= 4) {
    return "tls";
  }
  return classifyMessage(bytes);
}

function classifyMessage(bytes: Uint8Array): FirstBytes {
  if (bytes.length < 5) {
    return "more";
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = view.getUint32(0, true);
  const big = view.getUint32(0, false);
  const fits = (length: number) => length > 0 && length <= MAX_PAYLOAD_BYTES;
  if (PICKLES.includes(bytes[4]) && (fits(little) || fits(big))) {
    return "classic-sender";
  }
  const isLongLength = fits(little) && bytes.subarray(4, LENGTH_BYTES).every((byte) => byte === 0);
  if (!isLongLength) {
    return "unknown";
  }
  const kind = bytes[LENGTH_BYTES];
  if (kind === undefined) {
    return "more";
  }
  if (PICKLES.includes(kind)) {
    return "classic-sender";
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
