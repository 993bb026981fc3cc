import { nowMicros } from "../clock.ts";
import { LanvidError } from "../errors.ts";
import { type SenderOptions, SenderSession } from "../session.ts";
import { ProtocolError } from "../wire.ts";
import type { Connection } from "./connection.ts";
import { classify } from "./first-bytes.ts";
import { MAX_HEAD_BYTES, redirect } from "./http-redirect.ts";
import { MessageReader } from "./message-reader.ts";

export interface SendingPeerOptions extends Omit<SenderOptions, "address" | "kind"> {
  /** Where a browser that opens the stream's port is sent; null for nowhere. */
  readonly http: { readonly port: number; readonly allowsHost: (host: string) => boolean } | null;
}

/**
 * Streams to whoever is at the other end of a connection, once its first bytes say that it is a lanvid. Writes nothing
 * before: a hello would be unpickled by a classic receiver.
 * @returns the way to end it
 */
export function sendTo(
  connection: Connection,
  options: SendingPeerOptions,
): { end(code: string, message: string): void } {
  const session = new SenderSession(connection, { ...options, kind: "tcp", address: connection.address });
  const reader = new MessageReader({ acceptsVideo: false, onMessage: (payload) => session.receive(payload) });
  let head: Uint8Array | null = new Uint8Array(0);

  const decide = (bytes: Uint8Array) => {
    const peer = classify(bytes);
    switch (peer) {
      case "more":
        break;
      case "lanvid":
      case "lanvid-error":
        head = null;
        read(bytes);
        break;
      case "http":
      case "http-other": {
        const answer = redirect(bytes, peer, options.http);
        if (answer !== null) {
          connection.write(answer);
          session.refuse(new ProtocolError("http", "a browser asked for the page on the stream's port"));
        } else if (bytes.length > MAX_HEAD_BYTES) {
          session.refuse(
            new ProtocolError("http-too-long", `an HTTP request's head is longer than ${MAX_HEAD_BYTES} bytes`),
          );
        }
        break;
      }
      case "tls":
        session.refuse(new ProtocolError("tls", "the peer speaks TLS, the stream's port speaks plain TCP"));
        break;
      case "classic-sender":
        session.refuse(
          new ProtocolError("classic-sender", "the peer sends video itself, as the classic Python programs do"),
        );
        break;
      case "unknown":
        session.refuse(new ProtocolError("garbage", "the peer's first bytes are of no kind that is known"));
        break;
      default:
        peer satisfies never;
    }
  };

  const read = (chunk: Uint8Array) => {
    try {
      reader.push(chunk, nowMicros());
    } catch (error) {
      if (!(error instanceof LanvidError)) {
        throw error;
      }
      session.fail(error);
    }
  };

  connection.handle({
    data(chunk) {
      if (head === null) {
        read(chunk);
        return;
      }
      head = join(head, chunk);
      decide(head);
    },
    closed: (reason) => session.lost(reason),
  });
  return session;
}

function join(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const joined = new Uint8Array(head.length + tail.length);
  joined.set(head);
  joined.set(tail, head.length);
  return joined;
}
