import type { Packet } from "../../src/media.ts";
import { MessageReader } from "../../src/net.ts";
import { ReceiverSession } from "../../src/receiver.ts";
import { SenderSession } from "../../src/session.ts";
import { Stream, type Track } from "../../src/stream.ts";
import { systemClock } from "../../src/time.ts";
import { decodeMessage, ProtocolError, type SessionEnd, type Transport } from "../../src/wire.ts";
import type { Part } from "./generate.ts";

/** What became of one message: its kind when it was taken, the reason's code when it was refused. */
export type Outcome = { readonly accepted: string } | { readonly refused: string };

/** Sends nowhere, and knows the newest frame's number. */
class Sink implements Transport {
  readonly waitingBytes = 0;
  newestSent = 0;

  send(): void {}

  sendVideo({ sequence }: Packet): void {
    this.newestSent = sequence;
  }

  close(): void {}
}

/** A real session behind a real reader of messages, fed with bytes. */
export class Conversation {
  readonly #transport = new Sink();
  readonly #track: Track;
  readonly #session: SenderSession | ReceiverSession;
  readonly #reader: MessageReader;
  #end: SessionEnd | undefined;
  #expected: Uint8Array | undefined;
  #kind: string | undefined;

  /** @param part whose part the bytes play; the session plays the other */
  constructor(part: Part, track: Track) {
    this.#track = track;
    const onEnd = (end: SessionEnd) => {
      this.#end = end;
    };
    this.#session =
      part === "receiver"
        ? new SenderSession(this.#transport, {
            stream: new Stream(track),
            kind: "lanvid",
            address: null,
            maxDelayMs: 250,
            onEnd,
          })
        : receiverOver(this.#transport, onEnd);
    this.#reader = new MessageReader({
      acceptsVideo: part === "sender",
      onMessage: (payload) => this.#receive(payload),
    });
  }

  get isOver(): boolean {
    return this.#end !== undefined;
  }

  /** The number of the newest frame that the session sent. */
  get newestSent(): number {
    return this.#transport.newestSent;
  }

  /** Gives the session's hub another frame. */
  film(): void {
    this.#track.frame({ capturedAt: systemClock.micros(), isKey: true, bytes: Uint8Array.of(0xff) });
  }

  /**
   * Feeds one message in the chunks given.
   * @param payload what must come out of the reader if anything does
   * @returns what became of it; null if its bytes were not all of it
   * @throws whatever was thrown that is no ProtocolError
   */
  feed(chunks: readonly Uint8Array[], payload: Uint8Array): Outcome | null {
    this.#expected = payload;
    this.#kind = undefined;
    try {
      for (const chunk of chunks) {
        this.#reader.push(chunk, systemClock.micros());
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) {
        throw error;
      }
      this.#session.fail(error);
    }
    if (this.#end?.by === "us") {
      return { refused: this.#end.code };
    }
    return this.#kind === undefined ? null : { accepted: this.#kind };
  }

  /** Ends it if nothing else did. */
  close(): void {
    this.#session.lost("over");
  }

  #receive(payload: Uint8Array): void {
    if (Buffer.compare(payload, this.#expected as Uint8Array) !== 0) {
      throw new Error("the reader gave other bytes than it got");
    }
    this.#session.receive(payload);
    if (this.#end?.by !== "us") {
      this.#kind = decodeMessage(payload).kind;
    }
  }
}

function receiverOver(transport: Transport, onEnd: (end: SessionEnd) => void): ReceiverSession {
  const session = new ReceiverSession(transport, {
    name: "fuzz",
    program: "fuzz",
    codecs: ["mjpeg"],
    maxDelayMs: null,
    onStream: () => {},
    onFrame: (_frame, settle) => settle(systemClock.micros()),
    onEnd,
  });
  session.start();
  return session;
}
