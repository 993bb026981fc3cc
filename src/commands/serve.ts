import type { Fault } from "../errors.ts";
import type { Log } from "../log.ts";
import { formatAddress, shortAddress } from "../net.ts";
import { Preview } from "../outputs/player.ts";
import { OncePerMinute, rateLimited } from "../rate-limited-log.ts";
import { sayIfPage } from "../remote.ts";
import { startViewer, type Viewer } from "../servers/web.ts";
import { aborted, type Clock, systemClock } from "../time.ts";
import { watchAddresses } from "./address-watch.ts";
import { type Admission, type AdmissionOptions, openAdmission } from "./admission.ts";
import { lookAtSource } from "./first-look.ts";
import { ownAddresses } from "./own-addresses.ts";
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
import { openSending, type Sending, type SendingOptions } from "./sending.ts";
import { StreamPort } from "./stream-port.ts";

export interface ServeOptions extends SendingOptions, AdmissionOptions {
  readonly port: number;
  /** Ports to try for the page, in order; none for no page. */
  readonly httpPorts: readonly number[];
  readonly allowedHosts: readonly string[];
  /** Origins whose pages may show the stream. */
  readonly allowedEmbedders: readonly string[];
  /** Shows the picture here too, in a window. */
  readonly preview: boolean;
}

/** Streams a source to everybody who connects, until `signal` is aborted or the source is over. */
export async function serve(options: ServeOptions, reporter: Reporter, log: Log, signal: AbortSignal): Promise<End> {
  const { port, bind, maxDelayMs, allowedHosts, clock = systemClock } = options;
  const sending = openSending(options, rateLimited(log, clock));
  const { stream, source } = sending;
  const track = stream.original;
  const admission = openAdmission(options, log, clock);

  await using resources = new AsyncDisposableStack();
  resources.defer(() => sending.close());
  const streamPort = new StreamPort({ port, bind, maxDelayMs, allowedHosts, sending, admission, log, clock });
  resources.defer(() => streamPort.stop());
  const page = openPage(options, { sending, streamPort, admission, log, clock });
  resources.defer(() => page?.close());
  if (options.isPublic) {
    log.warn("anyone who can reach this machine can watch, because of --public");
  }
  track.attach(source);
  reporter.ready(readyOf(streamPort, page, source));
  const onSeen = (seen: SeenSource) => {
    reporter.source?.(seen);
    if (seen.error !== null) {
      void sayIfPage(options.source, log, signal);
    }
  };
  resources.defer(lookAtSource(track, source, onSeen, clock));
  const onAddresses = (hosts: readonly string[]) => {
    reporter.addresses(waysTo(hosts, streamPort.port, page?.port ?? null));
    admission.lookAtNetworks();
  };
  using _addresses = watchAddresses(streamPort.hostname, onAddresses, ownAddresses, clock);
  using _timer = clock.every(STATS_MS, () => reporter.stats(sendingFigures(track)));

  const outcomes: Promise<Fault | "quit" | null>[] = [sending.ended, aborted(signal).then(() => null)];
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
    return endOfError(error, sendingFigures(track));
  }
  const figures = sendingFigures(track);
  const sourceEnd = ending === "quit" ? null : ending;
  streamPort.endAll(sourceEnd);
  const reason = ending === "quit" ? "quit" : endReason(signal);
  return sourceEnd === null ? { reason, message: "ended", figures } : endOfSource(sourceEnd, figures);
}

interface PageParts {
  readonly sending: Sending;
  readonly streamPort: StreamPort;
  readonly admission: Admission;
  readonly log: Log;
  readonly clock: Clock;
}

/** The page for browsers, to which the stream's port sends them; null where none is wanted. */
function openPage(options: ServeOptions, { sending, streamPort, admission, log, clock }: PageParts): Viewer | null {
  const { httpPorts, allowedHosts, allowedEmbedders, maxDelayMs } = options;
  if (httpPorts.length === 0) {
    return null;
  }
  const { admits, onRefused, limits, refusals } = admission;
  const pictures = new OncePerMinute((message) => log.info(message), clock);
  const page = startViewer({
    stream: sending.stream,
    ports: httpPorts,
    hostname: streamPort.hostname,
    admits,
    onRefused,
    allowedHosts,
    allowedEmbedders,
    maxDelayMs,
    streamPort: () => streamPort.port,
    limits,
    refusals,
    onPolling: (address) => refusals.withoutWebSocket(address),
    onPicture: (address) => pictures.say(address, `pictures are taken: ${address} (/snapshot)`),
    log,
    clock,
  });
  streamPort.page = page;
  const [wanted = page.port] = httpPorts;
  if (wanted !== 0 && wanted !== page.port) {
    log.info(`the page is on port ${page.port}: another program uses port ${wanted}`);
  }
  return page;
}

function readyOf({ hostname, port }: StreamPort, page: Viewer | null, source: Ready["source"]): Ready {
  const http = page?.port ?? null;
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
