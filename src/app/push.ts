import { type Fault, forPeers } from "../errors.ts";
import type { Log } from "../log.ts";
import { type Address, formatAddress, sendTo, shortAddress } from "../net.ts";
import { sleep, systemClock } from "../time.ts";
import type { SessionEnd } from "../wire.ts";
import { bothSend } from "./both-send.ts";
import { lookAtSource } from "./first-look.ts";
import { keepConnected } from "./keep-connected.ts";
import { isServed } from "./page-of.ts";
import { type End, endOfError, endOfSource, endReason, type Reporter, STATS_MS, sendingFigures } from "./reporter.ts";
import { openSending, type SendingOptions } from "./sending.ts";

/** A `receive` says hello at once: whoever is silent for so long may be a `serve`, which waits as well; ms. */
const SILENCE_MS = 100;

export interface PushOptions extends SendingOptions {
  readonly address: Address;
  readonly retry: boolean;
}

/** Dials a `receive` and streams to it, until `signal` is aborted or the source is over. */
export async function push(options: PushOptions, reporter: Reporter, log: Log, signal: AbortSignal): Promise<End> {
  const { clock = systemClock } = options;
  const { stream, source, classic, ended, close } = openSending(options, log);
  await using resources = new AsyncDisposableStack();
  resources.defer(close);
  const hub = stream.original;
  hub.attach(source);
  resources.defer(lookAtSource(hub, source, (seen) => reporter.source?.(seen), clock));
  using _timer = clock.every(STATS_MS, () => reporter.stats(sendingFigures(hub)));

  const over = new AbortController();
  const stopping = AbortSignal.any([signal, over.signal]);
  let sourceEnd: Fault | null = null;
  void ended.then((end) => {
    sourceEnd = end;
    over.abort();
  });
  let isFirst = true;
  const connected = keepConnected({
    address: options.address,
    counterpart: "receive",
    retry: options.retry,
    signal: stopping,
    log,
    clock,
    onLost: () => undefined,
    async converse(connection, address) {
      const { promise, resolve } = Promise.withResolvers<SessionEnd>();
      let isGreeted = false;
      const peer = sendTo(connection, {
        stream,
        maxDelayMs: options.maxDelayMs,
        http: null,
        classic,
        onEnd: resolve,
        onHello() {
          isGreeted = true;
          if (isFirst) {
            isFirst = false;
            const { kind, name } = source;
            reporter.ready({ role: "push", port: null, http: null, urls: [], watch: [], source: { kind, name } });
          } else {
            log.info(`connected to ${formatAddress(options.address)} again`);
          }
        },
      });
      const leave = () => {
        if (sourceEnd === null) {
          peer.end("shutdown", forPeers`the sender was stopped`);
        } else {
          peer.end("ended", sourceEnd.forPeers);
        }
        connection.close();
        resolve({ code: "ended", message: "ended", by: "us" });
      };
      stopping.addEventListener("abort", leave, { once: true });
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
      stopping.removeEventListener("abort", leave);
      return { end: bothSend(outcome) ? endAtServe(address) : outcome, isGreeted };
    },
  });
  let end: SessionEnd | null;
  try {
    end = await connected;
  } catch (error) {
    return endOfError(error, sendingFigures(hub));
  }
  const figures = sendingFigures(hub);
  if (end !== null) {
    return { reason: "peer", message: end.message, figures };
  }
  return sourceEnd === null
    ? { reason: endReason(signal), message: "ended", figures }
    : endOfSource(sourceEnd, figures);
}

/** Both sides send. */
function endAtServe(address: Address): SessionEnd {
  const hint = `to see it: lanvid watch ${shortAddress(address)}; to send to it, run "lanvid receive" there`;
  return { code: "two-senders", message: "it sends a stream of its own", hint, by: "us" };
}
