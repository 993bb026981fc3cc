import type { Log } from "../log.ts";
import { type Connection, listen, shortAddress } from "../net.ts";
import { rateLimited } from "../rate-limited-log.ts";
import { aborted, systemClock } from "../time.ts";
import type { SessionEnd } from "../wire.ts";
import { watchAddresses } from "./address-watch.ts";
import { type Admission, type AdmissionOptions, openAdmission } from "./admission.ts";
import { ownAddresses } from "./own-addresses.ts";
import { type End, endOfError, endReason, type Reporter, STATS_MS } from "./reporter.ts";
import { Viewing, type ViewingOptions } from "./viewing.ts";

export interface ReceiveOptions extends Omit<ViewingOptions, "title">, AdmissionOptions {
  readonly port: number;
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
  const { port, bind, clock = systemClock } = options;
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
  const admission = openAdmission(options, log, clock);
  const { admits, limits, onRefused } = admission;
  const onConnection = (connection: Connection) => {
    log.debug(`connection from ${connection.address}`);
    void reception
      .receive(connection, stopping)
      .then((end) => sayEnd(connection.address, end, viewing, admission, log));
  };
  const listener = listen({ port, hostname: bind, admits, limits, onRefused, onConnection, clock });
  resources.defer(() => listener.stop());
  viewing.opens("waiting for a sender");
  viewing.openPage(log);
  const watch = linesFor(ownAddresses(listener.hostname), listener.port);
  const { pagePort: http, pageUrls: urls } = viewing;
  const source = { kind: "receive", name: options.name };
  reporter.ready({ role: "receive", port: listener.port, http, urls, watch, source });
  const onAddresses = (hosts: readonly string[]) => {
    reporter.addresses({ urls: [], watch: linesFor(hosts, listener.port) });
    admission.lookAtNetworks();
  };
  using _addresses = watchAddresses(listener.hostname, onAddresses, ownAddresses, clock);
  using _timer = clock.every(STATS_MS, () => reporter.stats(reception.stats.lastSecond(), viewing.isUnseen));

  let outcome: "aborted" | Awaited<typeof viewing.done>;
  try {
    outcome = await Promise.race([aborted(signal).then(() => "aborted" as const), viewing.done]);
    over.abort();
    await viewing.close();
  } catch (error) {
    return endOfError(error, reception.stats.wholeRun(error));
  } finally {
    over.abort();
  }
  const figures = reception.stats.wholeRun();
  const message = viewing.endWords(figures, outcome === "frames" ? null : "ended");
  return { reason: outcome === "aborted" ? endReason(signal) : outcome, message, figures };
}

/** A sender has gone, or was none. */
function sayEnd(
  address: string,
  { code, message, hint }: SessionEnd,
  viewing: Viewing,
  { refusals }: Admission,
  log: Log,
): void {
  if (UNSAID.has(code)) {
    log.debug(`${address}: ${message}`);
  } else {
    refusals.count(code);
    refusals.say(`${code} ${address}`, `turned away ${address}: ${message}`, hint);
  }
  const { isConnected, stats } = viewing.reception;
  if (!isConnected && code !== "busy") {
    stats.error = message;
    viewing.lost(`${address}: ${message}; waiting for a sender`);
  }
}

/** How senders reach this machine by these addresses. */
function linesFor(hosts: readonly string[], port: number): readonly string[] {
  return hosts.map((host) => `lanvid push ${shortAddress({ host, port })}`);
}
