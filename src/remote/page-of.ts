import type { SourceSpec } from "../capture.ts";
import type { Log } from "../log.ts";
import { type Address, formatAddress, shortAddress } from "../net.ts";
import { KIB } from "../units.ts";

/** How long a page may take to say what it is of, ms. */
const ANSWER_MS = 3000;
/** Its /state has some 500 bytes, and 100 more for each viewer. */
const MAX_STATE_BYTES = 1024 * KIB;

/** Where `serve` has its page unless told, and where it goes while others are there. */
const PAGE_PORTS = [8080, 8081, 8082];

/** Is it the stream of a `serve`, as a page on the same machine says? It is not asked itself: it may be anything. */
export async function isServed(address: Address, signal: AbortSignal): Promise<boolean> {
  const pages = PAGE_PORTS.filter((port) => port !== address.port);
  const streams = await Promise.all(pages.map((port) => pageOf({ host: address.host, port }, signal)));
  return streams.some((stream) => stream?.port === address.port);
}

/** The address of the page that belongs to a lanvid's stream, which sends browsers there; null where it has none. */
export async function pageUrlOf(stream: Address, signal: AbortSignal): Promise<string | null> {
  try {
    const { headers } = await fetch(`http://${formatAddress(stream)}/`, {
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
    });
    const url = URL.parse(headers.get("location") ?? "");
    // Where else it may point to is none of its business.
    return url?.protocol === "http:" && hostOf(url) === stream.host.toLowerCase() ? url.href : null;
  } catch {
    return null;
  }
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, "");
}

/** Says so where a source that can't be read is a lanvid's page: what was meant is to relay its stream. */
export async function sayIfPage(source: SourceSpec, log: Log, signal: AbortSignal): Promise<void> {
  const url = source.kind === "url" ? URL.parse(source.url) : null;
  if (url?.protocol !== "http:") {
    return;
  }
  const page = { host: hostOf(url), port: Number(url.port || 80) };
  const stream = await pageOf(page, signal);
  if (stream !== null) {
    log.warn(pageWords(page, stream), `to relay it: lanvid serve lanvid://${shortAddress(stream)}`);
  }
}

/** What a person is told who named a page's port. */
export function pageWords(page: Address, stream: Address): string {
  return `${formatAddress(page)} is lanvid's page: its stream is at ${formatAddress(stream)}`;
}

/**
 * The stream of the lanvid whose page a web server at `address` is: people are shown both ports, and may dial the wrong one.
 * @returns null where it is another web server, or a page without a stream's port
 */
export async function pageOf(address: Address, signal: AbortSignal): Promise<Address | null> {
  try {
    const response = await fetch(`http://${formatAddress(address)}/state`, {
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
    });
    const port = portIn(JSON.parse(await textOf(response)));
    return port === null || port === address.port ? null : { host: address.host, port };
  } catch {
    return null;
  }
}

/** @throws RangeError when it is longer than any of lanvid's */
async function textOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_STATE_BYTES) {
      throw new RangeError("no lanvid's state is as long");
    }
  }
  return text;
}

/** `ports.stream` of a lanvid's state. */
function portIn(state: unknown): number | null {
  const { version, ports } = state as { readonly version?: unknown; readonly ports?: { readonly stream?: unknown } };
  const port = ports?.stream;
  const isPort = typeof port === "number" && Number.isInteger(port) && port > 0 && port <= 65_535;
  return typeof version === "string" && isPort ? port : null;
}
