import { type Fault, forPeers } from "../errors.ts";
import type { Log } from "../log.ts";
import { type Address, type Connection, formatAddress, shortAddress } from "../net.ts";
import { isServed, keepConnected } from "../remote.ts";
import { sendTo } from "../servers/tcp.ts";
import { type Clock, sleep, systemClock } from "../time.ts";
import type { SessionEnd } from "../wire.ts";
import { bothSend } from "./both-send.ts";
import { lookAtSource } from "./first-look.ts";
import { type End, endOfError, endOfSource, endReason, type Reporter, STATS_MS, sendingFigures } from "./reporter.ts";
import { openSending, type Sending, type SendingOptions } from "./sending.ts";

/** A `receive` says hello at once: whoever is silent for so long may be a `serve`, which waits as well; ms. */
const SILENCE_MS = 100;

export interface PushOptions extends SendingOptions {
  readonly address: Address;
  readonly retry: boolean;
}

/** Dials a `receive` and streams to it, until `signal` is aborted or the source is over. */
export async function push(options: PushOptions, reporter: Reporter, log: Log, signal: AbortSignal): Promise<End> {
  const { maxDelayMs, clock = systemClock } = options;
  const sending = openSending(options, log);
  const { stream, source } = sending;
  await using resources = new AsyncDisposableStack();
  resources.defer(sending.close);
  const track = stream.original;
  track.attach(source);
  resources.defer(lookAtSource(track, source, (seen) => reporter.source?.(seen), clock));
  using _timer = clock.every(STATS_MS, () => reporter.stats(sendingFigures(track)));

  const over = new AbortController();
  let sourceEnd: Fault | null = null;
  void sending.ended.then((end) => {
    sourceEnd = end;
    over.abort();
  });
  let isFirst = true;
  const onHello = () => {
    if (isFirst) {
      isFirst = false;
      const { kind, name } = source;
      reporter.ready({ role: "push", port: null, http: null, urls: [], watch: [], source: { kind, name } });
    } else {
      log.info(`connected to ${formatAddress(options.address)} again`);
    }
  };
  const stopping = AbortSignal.any([signal, over.signal]);
  const conversation = { sending, maxDelayMs, sourceEnd: () => sourceEnd, onHello, signal: stopping, clock };
  let end: SessionEnd | null;
  try {
    end = await keepConnected({
      address: options.address,
      counterpart: "receive",
      retry: options.retry,
      signal: stopping,
      log,
      clock,
      onLost: () => undefined,
      converse: (connection, address) => sendOver(connection, address, conversation),
    });
  } catch (error) {
    return endOfError(error, sendingFigures(track));
  }
  const figures = sendingFigures(track);
  if (end !== null) {
    return { reason: "peer", message: end.message, figures };
  }
  return sourceEnd === null
    ? { reason: endReason(signal), message: "ended", figures }
    : endOfSource(sourceEnd, figures);
}

interface ConversationOptions {
  readonly sending: Sending;
  readonly maxDelayMs: number;
  /** The source's end; null as long as it goes on. */
  readonly sourceEnd: () => Fault | null;
  readonly onHello: () => void;
  /** Ends it with a goodbye. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** Streams over one connection until it ends. */
async function sendOver(
  connection: Connection,
  address: Address,
  { sending, maxDelayMs, sourceEnd, onHello, signal, clock }: ConversationOptions,
): Promise<{ readonly end: SessionEnd; readonly isGreeted: boolean }> {
  const { promise, resolve } = Promise.withResolvers<SessionEnd>();
  let isGreeted = false;
  const peer = sendTo(connection, {
    stream: sending.stream,
    maxDelayMs,
    http: null,
    classic: sending.classic,
    onEnd: resolve,
    onHello() {
      isGreeted = true;
      onHello();
    },
  });
  const leave = () => {
    const why = sourceEnd();
    if (why === null) {
      peer.end("shutdown", forPeers`the sender was stopped`);
    } else {
      peer.end("ended", why.forPeers);
    }
    connection.close();
    resolve({ code: "ended", message: "ended", by: "us" });
  };
  signal.addEventListener("abort", leave, { once: true });
  const asking = new AbortController();
  const refuseServe = async () => {
    await sleep(SILENCE_MS, asking.signal, clock);
    if (!isGreeted && (await isServed(address, asking.signal)) && !asking.signal.aborted) {
      peer.refuseSender();
    }
  };
  void refuseServe();
  const outcome = await promise;
  asking.abort();
  signal.removeEventListener("abort", leave);
  return { end: bothSend(outcome) ? endAtServe(address) : outcome, isGreeted };
}

/** Both sides send. */
function endAtServe(address: Address): SessionEnd {
  const hint = `to see it: lanvid watch ${shortAddress(address)}; to send to it, run "lanvid receive" there`;
  return { code: "two-senders", message: "it sends a stream of its own", hint, by: "us" };
}
