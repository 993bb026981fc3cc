/** The messages of a link, as bytes. Normative text: docs/protocol.md. Pure: runs in Bun and in the browser's page. */

export { decodeMessage } from "./wire/decode.ts";
export {
  encodeAck,
  encodeError,
  encodeGoodbye,
  encodeHello,
  encodePing,
  encodePong,
  encodeStream,
  framedVideo,
  type Sending,
  videoPayload,
  withLength,
} from "./wire/encode.ts";
export {
  type Hello,
  Kind,
  LENGTH_BYTES,
  MAGIC,
  MAX_CONTROL_BYTES,
  MAX_HOPS,
  MAX_PAYLOAD_BYTES,
  ProtocolError,
  type StreamInfo,
  type Video,
} from "./wire/messages.ts";
export { type Reason, retryOf } from "./wire/reasons.ts";
export { splitMessages } from "./wire/split.ts";
export { endFor, type ReceiverTransport, type SessionEnd, type Transport } from "./wire/transport.ts";
export { readU64 } from "./wire/u64.ts";
