import { isIP } from "node:net";
import { ExitCode } from "../errors.ts";
import type { Log } from "../log.ts";
import { DEFAULT_PORT, formatAddress, listen, sendTo } from "../net.ts";
import { hostPolicy, isLanAddress, lanAddresses } from "../sys.ts";
import { startViewer, type Viewer } from "../viewer.ts";
import { type End, endOfSource, endReason, type Ready, type Reporter, STATS_MS } from "./reporter.ts";
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
}

/** Streams a source to everybody who connects, until `signal` is aborted or the source is over. */
export async function serve(options: ServeOptions, reporter: Reporter, log: Log, signal: AbortSignal): Promise<End> {
  const sending = openSending(options, log);
  const { hub, source } = sending;
  const { maxDelayMs, isPublic, allowedHosts } = options;
  const refusals = new Map<string, number>();
  const refuse = (reason: string) => refusals.set(reason, (refusals.get(reason) ?? 0) + 1);
  const admits = (address: string) => isPublic || isLanAddress(address);
  const onRefused = (address: string) => {
    refuse("not-local");
    log.warn(`turned away ${address}: it is not on this machine's networks`, "let everybody in with --public");
  };
  const hostname = options.bind ?? "::";

  await using resources = new AsyncDisposableStack();
  resources.defer(() => sending.close());
  const page = { current: null as Viewer | null };
  const peers = new Set<{ end(code: string, message: string): void }>();
  const hosts = hostPolicy(allowedHosts);
  const listener = listen({
    port: options.port,
    hostname,
    admits,
    onRefused,
    onConnection(connection) {
      const { address } = connection;
      log.debug(`connection from ${address}`);
      const peer = sendTo(connection, {
        hub,
        maxDelayMs,
        classic: sending.classic,
        http: page.current && { port: page.current.port, allowsHost: (host) => hosts.allows(host) },
        onEnd(end) {
          peers.delete(peer);
          if (end.by === "us" && end.code !== "ended") {
            refuse(end.code);
          }
          if (end.code === "classic-sender" || end.code === "classic-full") {
            log.warn(`${address}: ${end.message}`);
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
      hub,
      ports: options.httpPorts,
      hostname,
      admits,
      onRefused,
      allowedHosts,
      maxDelayMs,
      streamPort: () => listener.port,
      refusals: () => refusals,
      log,
    });
    const { current } = page;
    resources.defer(() => current.close());
  }
  if (isPublic) {
    log.warn("everybody who can reach this machine can watch: --public is given");
  }
  hub.attach(source);
  reporter.ready(readyOf(options.bind, listener.port, page.current?.port ?? null, source));
  const timer = setInterval(() => reporter.stats(hub.stats()), STATS_MS);
  resources.defer(() => clearInterval(timer));

  const { promise: aborted, resolve: onAbort } = Promise.withResolvers<null>();
  signal.addEventListener("abort", () => onAbort(null), { once: true });
  const ending = await Promise.race([sending.ended, aborted]);
  const figures = hub.stats();
  for (const peer of [...peers]) {
    peer.end("ended", ending?.reason ?? "the server has been ended");
  }
  return ending === null
    ? { reason: endReason(signal), code: ExitCode.ok, message: "ended", figures }
    : endOfSource(ending, figures);
}

function readyOf(bind: string | null, port: number, http: number | null, source: Ready["source"]): Ready {
  const addresses = bind === null || bind === "::" || bind === "0.0.0.0" ? lanAddresses() : [bind];
  const hosts = addresses.length > 0 ? addresses : ["127.0.0.1"];
  return {
    role: "serve",
    port,
    http,
    urls: http === null ? [] : hosts.map((host) => `http://${formatAddress({ host, port: http })}/`),
    watch: hosts.map(
      (host) => `lanvid watch ${port === DEFAULT_PORT && isIP(host) !== 6 ? host : formatAddress({ host, port })}`,
    ),
    source: { kind: source.kind, name: source.name },
  };
}
