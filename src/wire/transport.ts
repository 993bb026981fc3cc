import type { LanvidError } from "../errors.ts";
import type { Packet } from "../media.ts";
import type { Sending } from "./encode.ts";

/** Carries whole messages to one peer, in order. */
export interface Transport {
  /** Never blocks; what the kernel does not take at once is kept and sent as it can. */
  send(payload: Uint8Array): void;
  /** The same for a picture, whose encoding is shared by all viewers who are sent it in this way. */
  sendVideo(frame: Packet, sending: Sending): void;
  /** Bytes of what was sent that the kernel has not taken yet, so that they can't be with the peer. Cheap. */
  readonly waitingBytes: number;
  /** Closes after what was sent has gone out, or could not within a second. Idempotent. */
  close(): void;
}

/** What carries messages for a side that sends no video. */
export type ReceiverTransport = Pick<Transport, "send" | "close">;

/** Why a conversation ended. `code` is a stable word; `peer` means that the other side said so. */
export interface SessionEnd {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly by: "us" | "peer" | "network";
  /** How long the peer had said nothing, where it was taken for gone because of that; ms. */
  readonly silentMs?: number | undefined;
  /** What this side ended it for, if it did not just leave. */
  readonly error?: LanvidError;
}

/** The end that this side makes for this reason. */
export function endFor(error: LanvidError): SessionEnd {
  const { code, message, hint } = error;
  return { code, message, hint, by: "us", error };
}
