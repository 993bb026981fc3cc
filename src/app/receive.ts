import type { Log } from "../log.ts";
import { type LimitOptions, listen, shortAddress } from "../net.ts";
import { rateLimited } from "../rate-limited-log.ts";
import { foreignNetworks, isLanAddress } from "../sys.ts";
import { systemClock } from "../time.ts";
import { watchAddresses } from "./address-watch.ts";
import { ownAddresses } from "./own-addresses.ts";
import { Refusals } from "./refusals.ts";
import { type End, endOfError, endReason, type Reporter, STATS_MS } from "./reporter.ts";
import { Viewing, type ViewingOptions } from "./viewing.ts";

export interface ReceiveOptions extends Omit<ViewingOptions, "title"> {
  readonly port: number;
  readonly bind: string | null;
  readonly isPublic: boolean;
  readonly limits: LimitOptions;
}

/** How a sender leaves, and what no sender was: all else is said, since somebody waits for a picture that does not come. */
const UNSAID = new Set(["ended", "shutdown", "lost"]);

/** Waits for a `push` and shows its stream; the first live sender wins, until `signal` is aborted. */
export async function receive(
  options: ReceiveOptions,
  reporter: Reporter,
  log: Log,
  signal: AbortSignal,
): Promise<End> {
  const { clock = systemClock } = options;
  const events = rateLimited(log, clock);
  let senders = 0;
  const onHello = ({ name }: { readonly name: string }) => {
    senders += 1;
    viewing.reception.stats.reconnects = senders - 1;
    events.info(`showing ${name}`);
  };
  const viewing = await Viewing.open({ ...options, title: options.name }, onHello, log);
  await using resources = new AsyncDisposableStack();
  resources.defer(() => viewing.close());
  const { reception } = viewing;
  const over = new AbortController();
  const stopping = AbortSignal.any([signal, over.signal]);
  const refusals = new Refusals(log, clock);
  if (!options.isPublic && options.bind === null) {
    refusals.foreignNetworks(foreignNetworks());
  }
  const listener = listen({
    port: options.port,
    hostname: options.bind,
    admits: (address) => options.isPublic || isLanAddress(address),
    limits: refusals.limits(options.limits),
    onRefused: (address) => refusals.notLocal(address),
    onConnection(connection) {
      const { address } = connection;
      log.debug(`connection from ${address}`);
      void reception.receive(connection, stopping).then((end) => {
        if (UNSAID.has(end.code)) {
          log.debug(`${address}: ${end.message}`);
        } else {
          refusals.count(end.code);
          refusals.say(`${end.code} ${address}`, `turned away ${address}: ${end.message}`, end.hint);
        }
        if (!reception.isConnected && end.code !== "busy") {
          reception.stats.error = end.message;
          viewing.lost(`${address}: ${end.message}; waiting for a sender`);
        }
      });
    },
  });
  resources.defer(() => listener.stop());
  viewing.opens("waiting for a sender");
  viewing.openPage(log);
  reporter.ready({
    role: "receive",
    port: listener.port,
    http: viewing.pagePort,
    urls: viewing.pageUrls,
    watch: linesFor(ownAddresses(listener.hostname), listener.port),
    source: { kind: "receive", name: options.name },
  });
  using _addresses = watchAddresses(listener.hostname, (hosts) => {
    reporter.addresses({ urls: [], watch: linesFor(hosts, listener.port) });
    if (!options.isPublic && options.bind === null) {
      refusals.foreignNetworks(foreignNetworks());
    }
  });
  using _timer = clock.every(STATS_MS, () => reporter.stats(reception.stats.lastSecond(), viewing.isUnseen));

  const { promise: aborted, resolve: onAbort } = Promise.withResolvers<"aborted">();
  signal.addEventListener("abort", () => onAbort("aborted"), { once: true });
  let outcome: "aborted" | Awaited<typeof viewing.done>;
  try {
    outcome = await Promise.race([aborted, viewing.done]);
    over.abort();
    await viewing.close();
  } catch (error) {
    return endOfError(error, reception.stats.wholeRun(error));
  } finally {
    over.abort();
  }
  const figures = reception.stats.wholeRun();
  const message = viewing.endWords(figures, outcome === "frames" ? null : "ended");
  if (outcome === "frames") {
    return { reason: "frames", message, figures };
  }
  return { reason: outcome === "quit" ? "quit" : endReason(signal), message, figures };
}

/** How senders reach this machine by these addresses. */
function linesFor(hosts: readonly string[], port: number): readonly string[] {
  return hosts.map((host) => `lanvid push ${shortAddress({ host, port })}`);
}
