import { MessageBudget } from "../../access.ts";
import { type ClassicPicture, ClassicReader, decodePicture } from "../../classic-pickle.ts";
import { faultOnly, forPeers } from "../../errors.ts";
import type { Connection } from "../../net.ts";
import { MessageReader } from "../../net.ts";
import { type ReceiverOptions, ReceiverSession } from "../../receiver.ts";
import { type Micros, patience } from "../../time.ts";
import { Kind, ProtocolError } from "../../wire.ts";
import { classify, joinBytes } from "./first-bytes.ts";
import { foreign } from "./foreign.ts";

/** A lanvid answers pings twice a second: one that says nothing for this long is gone, ms. */
const ANSWER_MS = 4000;
/**
 * How long a peer that began to speak may take to say what it is, ms: a lanvid its hello to the end, a classic sender its
 * first message.
 */
const DECIDE_MS = 10_000;

/** A classic sender waits for nobody: what it may have written while this process was stopped, if its pictures are small. */
const CLASSIC_MESSAGES = 8192;

export interface ReceivingPeerOptions extends Omit<ReceiverOptions, "clock"> {
  /**
   * The peer is a classic Python sender, of which no message has come yet: before memory is taken for one.
   * @throws LanvidError to refuse it
   */
  readonly onClassicPeer?: () => void;
  /**
   * A picture of a classic Python sender; `startedAt` is when its first byte came (µs, our clock). Owns its bytes.
   * Absent where they are not received. @throws LanvidError to end the connection
   */
  readonly onClassic?: (picture: ClassicPicture, startedAt: Micros) => void;
}

/** Receives from whoever is at the other end of a connection, and speaks first. */
export function receiveFrom(connection: Connection, options: ReceivingPeerOptions): ReceiverSession {
  const { clock } = connection;
  let judgeNoDelay: (() => void) | undefined;
  const becomeKnown = () => {
    judgeNoDelay?.();
    judgeNoDelay = undefined;
  };
  const session = new ReceiverSession(connection, {
    ...options,
    clock,
    onHello: (hello) => {
      becomeKnown();
      options.onHello?.(hello);
    },
    onEnd: (end) => {
      becomeKnown();
      options.onEnd(end);
    },
  });
  /** What has come until it is known what the peer is. */
  let head: Uint8Array | null = new Uint8Array(0);
  let reader: { push(chunk: Uint8Array, now: Micros): void } | null = null;

  const messageReader = () => {
    connection.allowSilence(ANSWER_MS);
    const onMessage = (payload: Uint8Array, startedAt: number) => session.receive(payload, startedAt);
    const budget = new MessageBudget(clock.micros());
    const onBegin = (kind: number, startedAt: number) => budget.spend(kind, startedAt);
    return new MessageReader({ acceptsVideo: true, onBegin, onMessage });
  };

  /** It took us for a classic receiver, since our hello came late to it. */
  const goOver = (bytes: Uint8Array) => {
    expectToKnow();
    session.becomeHeard();
    reader = messageReader();
    reader.push(bytes, clock.micros());
  };

  const readerOf = (first: Uint8Array) => {
    const peer = known(first);
    if (peer === "lanvid") {
      return messageReader();
    }
    if (peer === "classic") {
      const { onClassic } = options;
      if (onClassic === undefined) {
        throw new ProtocolError(
          "classic-sender",
          "the other side is a classic Python program, which is not accepted here",
        );
      }
      session.becomeQuiet();
      options.onClassicPeer?.();
      const budget = new MessageBudget(clock.micros(), CLASSIC_MESSAGES);
      return new ClassicReader({
        onBody(body, at) {
          becomeKnown();
          connection.allowMuteness();
          budget.spend(Kind.video, at);
          onClassic(decodePicture(body), at);
        },
        onHello: goOver,
        onOver: () => session.end("ended", forPeers`the sender has ended its stream`),
      });
    }
    return null;
  };

  const expectToKnow = () => {
    const fault = () =>
      new ProtocolError("undecided", `the other side did not say what it is within ${DECIDE_MS / 1000} s`);
    judgeNoDelay ??= patience(DECIDE_MS, () => session.fail(fault()), clock);
  };

  // Before what came early is handled: this side speaks first.
  session.start();
  connection.handle({
    data(chunk) {
      try {
        let bytes = chunk;
        if (head !== null) {
          expectToKnow();
          bytes = joinBytes(head, chunk);
          reader = readerOf(bytes);
          if (reader !== null) {
            connection.settle();
          }
          head = reader === null ? bytes : null;
        }
        reader?.push(bytes, clock.micros());
      } catch (error) {
        session.fail(faultOnly(error));
      }
    },
    closed: (reason, silentMs) => session.lost(reason, silentMs),
  });
  return session;
}

/**
 * What the peer is, or null while that is not known.
 * @throws ProtocolError that names it if it is neither a lanvid nor a classic sender
 */
function known(head: Uint8Array): "lanvid" | "classic" | null {
  const peer = classify(head);
  switch (peer) {
    case "more":
      return null;
    case "lanvid":
    case "lanvid-error":
      return "lanvid";
    case "classic-sender":
      return "classic";
    case "http":
    case "http-other":
    case "tls":
      throw new ProtocolError(peer, `the other side speaks ${peer === "tls" ? "TLS" : "HTTP"}, not lanvid`);
    case "http-answer":
      throw new ProtocolError(
        peer,
        "that is a web server, not a lanvid stream",
        "open its address in a browser, or use the stream's port: lanvid's is 10050 by default",
      );
    case "unknown": {
      const { what, hint } = foreign(head);
      throw new ProtocolError("garbage", `the other side ${what}`, hint);
    }
    default:
      return peer satisfies never;
  }
}
