import { type Fault, forPeers, type PeerText } from "../errors.ts";
import type { Log } from "../log.ts";
import { formatAddress, type LimitOptions, listen, sendTo, shortAddress } from "../net.ts";
import { OncePerMinute, rateLimited } from "../rate-limited-log.ts";
import { foreignNetworks, hostPolicy, isLanAddress } from "../sys.ts";
import { systemClock } from "../time.ts";
import { startViewer, type Viewer } from "../viewer.ts";
import { watchAddresses } from "./address-watch.ts";
import { bothSend } from "./both-send.ts";
import { lookAtSource } from "./first-look.ts";
import { ownAddresses } from "./own-addresses.ts";
import { sayIfPage } from "./page-of.ts";
import { Preview } from "./preview.ts";
import { Refusals } from "./refusals.ts";
import {
  type End,
  endOfError,
  endOfSource,
  endReason,
  type Ready,
  type Reporter,
  type SeenSource,
  STATS_MS,
  sendingFigures,
} from "./reporter.ts";
import { openSending, type SendingOptions } from "./sending.ts";

export interface ServeOptions extends SendingOptions {
  readonly port: number;
  /** The address to listen on; null for all. */
  readonly bind: string | null;
  /** Let in peers from outside the local network. */
  readonly isPublic: boolean;
  /** Ports to try for the page, in order; none for no page. */
  readonly httpPorts: readonly number[];
  readonly allowedHosts: readonly string[];
  /** Origins whose pages may show the stream. */
  readonly allowedEmbedders: readonly string[];
  readonly limits: LimitOptions;
  /** Shows the picture here too, in a window. */
  readonly preview: boolean;
}

/** Who is turned away for one of these is no stranger who passes by, but somebody's program that was to work. */
const SAID = new Set(["classic-full", "garbage"]);

/** Streams a source to everybody who connects, until `signal` is aborted or the source is over. */
export async function serve(options: ServeOptions, reporter: Reporter, log: Log, signal: AbortSignal): Promise<End> {
  const { maxDelayMs, isPublic, allowedHosts, allowedEmbedders, clock = systemClock } = options;
  const sending = openSending(options, rateLimited(log, clock));
  const { stream, source } = sending;
  const hub = stream.original;
  const refusals = new Refusals(log, clock);
  if (!isPublic && options.bind === null) {
    refusals.foreignNetworks(foreignNetworks());
  }
  const pictures = new OncePerMinute((message) => log.info(message), clock);
  const limits = refusals.limits(options.limits);
  const admits = (address: string) => isPublic || isLanAddress(address);
  const onRefused = (address: string) => refusals.notLocal(address);

  await using resources = new AsyncDisposableStack();
  resources.defer(() => sending.close());
  const page = { current: null as Viewer | null };
  const peers = new Set<{ end(code: string, message: PeerText): void }>();
  const hosts = hostPolicy(allowedHosts, { listensOn: options.bind });
  const listener = listen({
    port: options.port,
    hostname: options.bind,
    admits,
    limits,
    onRefused,
    onConnection(connection) {
      const { address } = connection;
      log.debug(`connection from ${address}`);
      const peer = sendTo(connection, {
        stream,
        maxDelayMs,
        classic: sending.classic,
        http: page.current && { port: page.current.port, allowsHost: (host) => hosts.allows(host) },
        onTalk: () =>
          log.debug(`${address} is taken for a classic receiver, though it speaks: nobody reads what it says`),
        onEnd(end) {
          peers.delete(peer);
          if (end.by === "us" && end.code !== "ended" && end.code !== "shutdown") {
            refusals.count(end.code);
          }
          if (bothSend(end)) {
            const message = `turned away ${address}: it sends a stream of its own, as "lanvid push" and Python programs do`;
            refusals.say("sender", message, 'run "lanvid receive" here, instead of serve, to receive it');
          } else if (SAID.has(end.code)) {
            refusals.say(end.code, `turned away ${address}: ${end.message}`, end.hint);
          } else {
            log.debug(`${address}: ${end.message}`);
          }
        },
      });
      peers.add(peer);
    },
  });
  resources.defer(() => listener.stop());
  if (options.httpPorts.length > 0) {
    page.current = startViewer({
      stream,
      ports: options.httpPorts,
      hostname: listener.hostname,
      admits,
      onRefused,
      allowedHosts,
      allowedEmbedders,
      maxDelayMs,
      streamPort: () => listener.port,
      limits,
      refusals,
      onPolling: (address) => refusals.withoutWebSocket(address),
      onPicture: (address) => pictures.say(address, `pictures are taken: ${address} (/snapshot)`),
      log,
    });
    const { current } = page;
    resources.defer(() => current.close());
    const [wanted = current.port] = options.httpPorts;
    if (wanted !== 0 && wanted !== current.port) {
      log.info(`the page is on port ${current.port}: another program uses port ${wanted}`);
    }
  }
  if (isPublic) {
    log.warn("anyone who can reach this machine can watch, because of --public");
  }
  hub.attach(source);
  reporter.ready(readyOf(listener.hostname, listener.port, page.current?.port ?? null, source));
  const onSeen = (seen: SeenSource) => {
    reporter.source?.(seen);
    if (seen.error !== null) {
      void sayIfPage(options.source, log, signal);
    }
  };
  resources.defer(lookAtSource(hub, source, onSeen, clock));
  using _addresses = watchAddresses(listener.hostname, (hosts) => {
    reporter.addresses(waysTo(hosts, listener.port, page.current?.port ?? null));
    if (!isPublic && options.bind === null) {
      refusals.foreignNetworks(foreignNetworks());
    }
  });
  using _timer = clock.every(STATS_MS, () => reporter.stats(sendingFigures(hub)));

  const { promise: aborted, resolve: onAbort } = Promise.withResolvers<null>();
  signal.addEventListener("abort", () => onAbort(null), { once: true });
  const outcomes: Promise<Fault | "quit" | null>[] = [sending.ended, aborted];
  if (options.preview) {
    const { name, ffmpegPath } = options;
    const preview = await Preview.open(stream, { name, maxDelayMs, ffmpegPath, log, clock });
    resources.defer(() => preview.close());
    outcomes.push(preview.ended);
  }
  let ending: Fault | "quit" | null;
  try {
    ending = await Promise.race(outcomes);
  } catch (error) {
    return endOfError(error, sendingFigures(hub));
  }
  const figures = sendingFigures(hub);
  const sourceEnd = ending === "quit" ? null : ending;
  for (const peer of [...peers]) {
    if (sourceEnd === null) {
      peer.end("shutdown", forPeers`the server was stopped`);
    } else {
      peer.end("ended", sourceEnd.forPeers);
    }
  }
  return sourceEnd === null
    ? { reason: ending === "quit" ? "quit" : endReason(signal), message: "ended", figures }
    : endOfSource(sourceEnd, figures);
}

function readyOf(hostname: string, port: number, http: number | null, source: Ready["source"]): Ready {
  return {
    role: "serve",
    port,
    http,
    ...waysTo(ownAddresses(hostname), port, http),
    source: { kind: source.kind, name: source.name },
  };
}

/** How viewers reach this machine by these addresses. */
function waysTo(hosts: readonly string[], port: number, http: number | null): Pick<Ready, "urls" | "watch"> {
  return {
    urls: http === null ? [] : hosts.map((host) => `http://${formatAddress({ host, port: http })}/`),
    watch: hosts.map((host) => `lanvid watch ${shortAddress({ host, port })}`),
  };
}
