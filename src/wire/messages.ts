import { heard, LanvidError, type PeerText } from "../errors.ts";
import { MIB } from "../units.ts";
import { type Reason, retryOfOwn } from "./reasons.ts";

/** Bytes of the length before each message on TCP: unsigned 64-bit little-endian. WebSocket messages have none. */
export const LENGTH_BYTES = 8;
/** The largest payload that is accepted, in bytes. */
export const MAX_PAYLOAD_BYTES = 64 * MIB;
/** The largest payload of everything but video, in bytes: it bounds what a stranger can make us hold. */
export const MAX_CONTROL_BYTES = 4096;
/** The version in hello; a peer with another one is told so. */
export const PROTOCOL_VERSION = 1;
/** The bytes after a hello's kind. */
export const MAGIC = "LANVID";
/** Characters of a name, and of a text that explains something: what a message's JSON may hold. */
export const MAX_NAME_LENGTH = 200;
export const MAX_REASON_LENGTH = 400;
/** How many relays a stream may have passed through. */
export const MAX_HOPS = 8;
/** Bytes of a video message before the picture. */
export const VIDEO_HEADER_BYTES = 24;

/**
 * The first byte of each payload. 0x10 to 0x1f (sound), 0x20 to 0x27 (authentication) and the first bytes of pickles
 * (0x80, "c", "(", "]") are reserved.
 */
export const Kind = {
  hello: 0x01,
  stream: 0x02,
  video: 0x03,
  ack: 0x04,
  ping: 0x05,
  pong: 0x06,
  goodbye: 0x07,
  error: 0x08,
} as const;

/** The first message of each side. */
export interface Hello {
  readonly role: "receiver" | "sender";
  /** What to call this side, for people: at most MAX_NAME_LENGTH characters. */
  readonly name: string;
  /** The program and its version, for diagnosis: "lanvid/0.1.0". */
  readonly program: string;
  /** Receiver: the video codecs that it can show, best first. Sender: empty. */
  readonly codecs: readonly string[];
  /** Receiver: the delay it wants at most, in ms, or null. Sender: the delay it keeps to. */
  readonly maxDelayMs: number | null;
  /** Receiver: it may be given a lighter variant of the stream when its link can't carry this one. Sender: false. */
  readonly adapts: boolean;
}

/** Which variant of a stream is sent: as its source gives it, or made of that. */
export const FORMS = ["original", "mjpeg", "h264", "h264-half"] as const;

/** What is streamed; sent again whenever it changes. */
export interface StreamInfo {
  readonly state: "idle" | "starting" | "live" | "failed";
  readonly name: string;
  readonly codec: string | null;
  readonly width: number | null;
  readonly height: number | null;
  /** Why there is no picture, or null. */
  readonly error: PeerText | null;
  readonly restarts: number;
  /** Relays that the stream passed through before it reached the sender of this message. */
  readonly hops: number;
  /** Counts up when the viewer is given another variant: sequences begin anew then, with a key frame. */
  readonly rendition: number;
  readonly form: (typeof FORMS)[number];
}

export interface Video {
  readonly sequence: number;
  /** µs on the sender's clock. */
  readonly capturedAt: number;
  readonly isKey: boolean;
  /** To be decoded, not shown, not counted in the delay. */
  readonly isPreroll: boolean;
  /** To be acknowledged, once the next one can be taken. */
  readonly wantsAck: boolean;
  /** A view into the payload. */
  readonly bytes: Uint8Array;
}

/** Why a side leaves (goodbye) or cannot go on (error). */
export interface Notice {
  /** A stable word: "ended", "busy", "version" … */
  readonly code: string;
  readonly message: PeerText;
}

export type Message =
  | { readonly kind: "hello"; readonly hello: Hello }
  | { readonly kind: "stream"; readonly stream: StreamInfo }
  | { readonly kind: "video"; readonly video: Video }
  | {
      readonly kind: "ack";
      /** The newest frame taken; all before it are settled too. */
      readonly sequence: number;
      /** How old the frame was when it was shown, in µs, or null where the receiver does not know. */
      readonly delayMicros: number | null;
    }
  | { readonly kind: "ping"; readonly sentAt: number }
  | { readonly kind: "pong"; readonly sentAt: number; readonly receivedAt: number; readonly answeredAt: number }
  | { readonly kind: "goodbye"; readonly notice: Notice }
  | { readonly kind: "error"; readonly notice: Notice }
  | { readonly kind: "unknown"; readonly value: number };

/**
 * A peer is refused, mostly because it broke the protocol; `code` names the rule and goes into the counters and the error
 * message to the peer. It is told the message as it is, which speaks of nothing but what it sent.
 */
export class ProtocolError extends LanvidError {
  declare readonly code: Reason;

  constructor(code: Reason, message: string, hint?: string) {
    super(code, "refused", message, { hint, forPeers: heard(message), retry: retryOfOwn(code) });
  }
}
