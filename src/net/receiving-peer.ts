import { nowMicros } from "../clock.ts";
import { LanvidError } from "../errors.ts";
import { type ReceiverOptions, ReceiverSession } from "../session.ts";
import { ProtocolError } from "../wire.ts";
import type { Connection } from "./connection.ts";
import { classify } from "./first-bytes.ts";
import { MessageReader } from "./message-reader.ts";

export type ReceivingPeerOptions = ReceiverOptions;

/** Receives from whoever is at the other end of a connection, and speaks first. */
export function receiveFrom(connection: Connection, options: ReceivingPeerOptions): ReceiverSession {
  const session = new ReceiverSession(connection, options);
  const reader = new MessageReader({
    acceptsVideo: true,
    onMessage: (payload, startedAt) => session.receive(payload, startedAt),
  });
  let isKnown = false;
  let head: number[] = [];

  // Before what came early is handled: this side speaks first.
  session.start();
  connection.handle({
    data(chunk) {
      try {
        if (!isKnown) {
          head = [...head, ...chunk.subarray(0, 16)].slice(0, 16);
          isKnown = isLanvid(Uint8Array.from(head));
        }
        reader.push(chunk, nowMicros());
      } catch (error) {
        if (!(error instanceof LanvidError)) {
          throw error;
        }
        session.fail(error);
      }
    },
    closed: (reason) => session.lost(reason),
  });
  return session;
}

/** @throws ProtocolError that names what the peer is, if it is no lanvid */
function isLanvid(head: Uint8Array): boolean {
  const peer = classify(head);
  switch (peer) {
    case "more":
      return false;
    case "lanvid":
    case "lanvid-error":
      return true;
    case "classic-sender":
      throw new ProtocolError("classic-sender", "the peer is a classic Python program, which is not spoken yet");
    case "http":
    case "http-other":
    case "tls":
      throw new ProtocolError(peer, `the peer speaks ${peer === "tls" ? "TLS" : "HTTP"}, not lanvid`);
    case "unknown":
      throw new ProtocolError("garbage", "the peer is no lanvid: its first bytes are of no kind that is known");
    default:
      return peer satisfies never;
  }
}
