/** What rooms exchange: packets, what they are of, and who gives and takes them; and what codecs and containers say. */

import type { Fault } from "./errors.ts";
import type { Micros } from "./time.ts";

export { BytePieces } from "./media/byte-pieces.ts";
export { codecName } from "./media/codec-name.ts";
export {
  decoderConfiguration,
  Fmp4Muxer,
  type Fmp4Sample,
  lengthPrefixed,
  SILENCE_CODEC,
  SilenceMuxer,
} from "./media/fmp4.ts";
export {
  accessUnitFault,
  type H264Parameters,
  h264Parameters,
  hasSameParameters,
  hasSlice,
  isKeyAccessUnit,
  keyIntervalMs,
  MAX_NAL_UNITS,
  MAX_PARAMETER_SET_BYTES,
  nalUnits,
} from "./media/h264.ts";
export { joinBytes } from "./media/join-bytes.ts";
export { hasSquarePixels, jpegSize } from "./media/jpeg.ts";
export { type Matrix, matrixOf, usualMatrix } from "./media/matrix.ts";
export { PacketQueue } from "./media/packet-queue.ts";
export { pictureFileName } from "./media/picture-file-name.ts";
export type { PixelBuffer } from "./media/pixels.ts";
export { RateMeter, type Rates } from "./media/rate-meter.ts";
export { RecentPeak } from "./media/recent-peak.ts";
export { noNewPicture, Stillness } from "./media/stillness.ts";
export { STRIP_BLOCK, STRIP_COLUMNS, stripBits } from "./media/time-strip.ts";
export { STATE_WORDS, type ViewingState } from "./media/viewing-state.ts";

/** Video codecs and pixel formats by ffmpeg's names. */
export type Codec = "mjpeg" | "h264" | "bgr24";

/** One encoded picture. Immutable: its bytes are shared by all viewers and never written to again. */
export interface Packet {
  /** Counts up by one from frame to frame of a stream, from 1. */
  readonly sequence: number;
  /** When the picture was taken, on this process's clock (`Clock.micros`). */
  readonly capturedAt: Micros;
  /** A decoder can begin here. Always true for JPEG. */
  readonly isKey: boolean;
  /** To be decoded, since others build on it, but too old to be shown. */
  readonly isPreroll?: boolean;
  readonly bytes: Uint8Array;
}

/** A frame as its source knows it; the track gives it its number. */
export type NewPacket = Omit<Packet, "sequence">;

/**
 * - `idle`: nobody watches, nothing is captured
 * - `starting`: waiting for the first frame
 * - `live`: frames arrive
 * - `failed`: no frames for the reason in `error`; another try follows
 */
export const SOURCE_STATES = ["idle", "starting", "live", "failed"] as const;
export type SourceState = (typeof SOURCE_STATES)[number];

/** What a stream is, for people and for decoders. Unknown is null. */
export interface StreamDescription {
  readonly name: string;
  readonly state: SourceState;
  readonly codec: Codec | null;
  /** Pixels, as the picture is shown. */
  readonly width: number | null;
  readonly height: number | null;
  /** Why there is no picture, or null. */
  readonly error: Fault | null;
  readonly restarts: number;
  /** Relays that the stream passed through before it came here. */
  readonly hops: number;
}

/** Takes what a source gives. Calls are synchronous and never block the source. */
export interface SourceSink {
  /** Keeps `frame.bytes`. */
  frame(frame: NewPacket): void;
  describe(change: Partial<StreamDescription>): void;
  /**
   * The source is over for good: the end of stdin, or of a stream that is not retried.
   * @param why a LanvidError when it can't be read; any other when it was read to its end
   */
  ended(why: Fault): void;
}

/** Gives frames while it is wanted. `start` and `stop` may alternate; both are idempotent. */
export interface Source {
  /** What it is by the words of the command line: "test", "screen", "camera", "file" … */
  readonly kind: string;
  /** What a person calls it: "test pattern", "/dev/video0". */
  readonly name: string;
  /** What it gives, as far as that is known before it starts. */
  readonly codec: Codec | null;
  /** It can't be paused without losing what it says (a pipe), so it runs from the start whether watched or not. */
  readonly alwaysOn: boolean;
  /** Pictures per second that it says it gives; null or missing as long as that is not known. */
  readonly fps?: number | null;
  /** What it says can be read only once (a named pipe): it is begun for viewers alone. */
  readonly readsOnce?: boolean;
  /** There is nothing to find out about it by starting it. */
  readonly isCertain?: boolean;
  start(sink: SourceSink): void;
  /** Settles when nothing of it is left running. */
  stop(): Promise<void>;
}
