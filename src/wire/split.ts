import { LENGTH_BYTES, ProtocolError } from "./messages.ts";
import { readU64 } from "./u64.ts";

/**
 * The payloads of bytes that hold whole messages, each behind its length as on TCP. They are parts of `bytes`, not copies.
 * @throws ProtocolError (length) when they end in mid-message
 */
export function splitMessages(bytes: Uint8Array): Uint8Array[] {
  const payloads: Uint8Array[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    const start = offset + LENGTH_BYTES;
    const left = bytes.length - start;
    const length = left < 0 ? 0 : readU64(bytes, offset);
    if (length > left || left < 0) {
      throw new ProtocolError("length", `a message ends ${Math.max(length, 1) - left} bytes too early`);
    }
    payloads.push(bytes.subarray(start, start + length));
    offset = start + length;
  }
  return payloads;
}
