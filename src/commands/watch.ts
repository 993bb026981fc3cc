import { LanvidError } from "../errors.ts";
import type { Log } from "../log.ts";
import { type Address, formatAddress } from "../net.ts";
import type { Reception, Sender } from "../remote.ts";
import { keepConnected, pageUrlOf } from "../remote.ts";
import { systemClock } from "../time.ts";
import type { SessionEnd } from "../wire.ts";
import { type End, endOfError, endReason, type Reporter, STATS_MS } from "./reporter.ts";
import { Viewing, type ViewingOptions } from "./viewing.ts";

export interface WatchOptions extends Omit<ViewingOptions, "title"> {
  readonly address: Address;
  readonly retry: boolean;
}

/** How long the other side's source may fail where nothing is tried again, ms: it may need another try or two. */
const PATIENCE_MS = 5000;

/** Dials a `serve` and shows its stream, until `signal` is aborted or as many frames came as were asked for. */
export async function watch(options: WatchOptions, reporter: Reporter, log: Log, signal: AbortSignal): Promise<End> {
  const { clock = systemClock } = options;
  const where = formatAddress(options.address);
  let isFirst = true;
  /** Where the stream is. */
  let at = options.address;
  const onHello = ({ kind, name }: Sender) => {
    if (isFirst) {
      isFirst = false;
      const { pagePort: http, pageUrls: urls } = viewing;
      reporter.ready({ role: "watch", port: null, http, urls, watch: [], source: { kind, name: name || where } });
      if (viewing.isOutOfSight && kind === "lanvid") {
        void sayPage(at, log, signal);
      }
    } else {
      viewing.reception.stats.reconnects += 1;
      log.info(`connected to ${where} again`);
    }
  };
  const viewing = await Viewing.open({ ...options, title: where }, onHello, log);
  await using resources = new AsyncDisposableStack();
  resources.defer(() => viewing.close());
  const { reception } = viewing;
  viewing.opens(`connecting to ${where}`);
  viewing.openPage(log);
  const { promise: pictureless, reject: onPictureless } = Promise.withResolvers<never>();
  const giveUp = options.retry ? null : () => onPictureless(noPicture(where, reception));
  using _timer = clock.every(STATS_MS, () => report(viewing, reporter, giveUp));

  const over = new AbortController();
  resources.defer(() => over.abort());
  const connected = keepConnected({
    address: options.address,
    counterpart: "serve",
    retry: options.retry,
    signal: AbortSignal.any([signal, over.signal]),
    log,
    clock,
    onLost: ({ message }) => {
      reception.stats.error = message;
      viewing.lost(`${message}; trying again`);
    },
    converse: async (connection, address) => {
      at = address;
      const end = await reception.receive(connection, AbortSignal.any([signal, over.signal]));
      return { end, isGreeted: reception.wasGreeted };
    },
  });
  let outcome: SessionEnd | "frames" | "quit" | null;
  try {
    outcome = await Promise.race([connected, viewing.done, pictureless]);
    over.abort();
    await connected.catch(() => undefined);
    await viewing.close();
  } catch (error) {
    return endOfError(error, reception.stats.wholeRun(error));
  }
  return endOf(outcome, viewing, signal);
}

/** Tells the figures. @param giveUp called when the other side's source fails for too long; null where it may */
function report(viewing: Viewing, reporter: Reporter, giveUp: (() => void) | null): void {
  const { reception } = viewing;
  reporter.stats(reception.stats.lastSecond(), viewing.isUnseen);
  if (reception.failedMs >= PATIENCE_MS) {
    giveUp?.();
  }
}

/** How it ended, when nothing failed. @param outcome how the peer ended it; null when it was stopped */
function endOf(outcome: SessionEnd | "frames" | "quit" | null, viewing: Viewing, signal: AbortSignal): End {
  const figures = viewing.reception.stats.wholeRun();
  if (outcome === "frames") {
    return { reason: "frames", message: viewing.endWords(figures, null), figures };
  }
  if (outcome === "quit") {
    return { reason: "quit", message: viewing.endWords(figures, "ended"), figures };
  }
  if (outcome !== null) {
    return { reason: "peer", message: viewing.endWords(figures, outcome.message), figures };
  }
  return { reason: endReason(signal), message: viewing.endWords(figures, "ended"), figures };
}

/** The sender has a page of its own, which any browser can open. */
async function sayPage(stream: Address, log: Log, signal: AbortSignal): Promise<void> {
  const url = await pageUrlOf(stream, signal);
  if (url !== null) {
    log.info(`in a browser: ${url}`);
  }
}

/** Nothing is tried again, and the other side's source goes on failing. */
function noPicture(where: string, { stats }: Reception): LanvidError {
  const why = stats.error === null ? "" : `: ${stats.error}`;
  return new LanvidError("no-picture", "connection", `no picture came from ${where}${why}`, {
    hint: "leave out --no-retry to wait until there is one",
  });
}
