import { usageError } from "../errors.ts";

/** The customary port of the programs that lanvid takes the place of. */
export const DEFAULT_PORT = 10_050;
/** What a browser takes where a page's address has none. */
const HTTP_PORT = 80;

export interface Address {
  /** A name or an address; an IPv6 address without its brackets, with its zone if it has one. */
  readonly host: string;
  readonly port: number;
  /** It is the page's port, not the stream's: the page says where its stream is. */
  readonly isPage?: boolean;
}

/**
 * Reads `host`, `host:port`, `[v6]:port`, `[fe80::1%eth0]:port`, a bare IPv6 address, each also after `lanvid://`; and the
 * address of a lanvid's page, as a browser has it: `http://host:port/`, whose port is 80 unless told.
 * @throws LanvidError (usage) for anything else
 */
export function parseAddress(text: string): Address {
  const page = /^http:\/\/([^/?#]*)(\/[^?#]*)?/i.exec(text);
  if (page !== null) {
    return parsePage(text, page[1] as string, page[2] ?? "/");
  }
  const found = hostAndPort(text, text.replace(/^lanvid:\/\//i, "").replace(/\/$/, ""), DEFAULT_PORT);
  if (found === null) {
    throw usageError(
      `cannot read address "${text}": it must be HOST or HOST:PORT, the port from 1 to 65535`,
      "write it as 10.0.0.4:10050, studio.local or [fe80::1%eth0]:10050",
    );
  }
  return found;
}

function parsePage(text: string, authority: string, path: string): Address {
  const found = hostAndPort(text, authority, HTTP_PORT);
  if (found === null) {
    throw usageError(
      `cannot read address "${text}": a page's is http://HOST:PORT/, the port from 1 to 65535`,
      "copy it from what lanvid serve prints, such as http://10.0.0.4:8080/",
    );
  }
  if (path !== "/") {
    throw usageError(
      `cannot read address "${text}": it must be the page's address, without "${path}"`,
      `write http://${formatAddress(found)}/`,
    );
  }
  return { ...found, isPage: true };
}

/** @param whole what was given, of which `text` is a part */
function hostAndPort(whole: string, text: string, defaultPort: number): Address | null {
  const match =
    /^\[([0-9a-f:.]+(?:%[\w.-]+)?)\](?::(\d+))?$/i.exec(text) ??
    /^([0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*(?:%[\w.-]+)?)$/i.exec(text) ??
    /^([a-z0-9_](?:[\w.-]*\w)?\.?)(?::(\d+))?$/i.exec(text);
  const port = match?.[2] === undefined ? defaultPort : Number(match[2]);
  const host = match?.[1] ?? "";
  if (/^\d+(\.\d+)+$/.test(host) && !isIpv4(host)) {
    throw usageError(
      `cannot read address "${whole}": "${host}" is not a valid address`,
      "an IPv4 address is four numbers from 0 to 255, such as 10.0.0.4",
    );
  }
  return match && port >= 1 && port <= 65_535 ? { host, port } : null;
}

function isIpv4(host: string): boolean {
  const numbers = host.split(".");
  return numbers.length === 4 && numbers.every((number) => Number(number) <= 255);
}

/** The address as a person would type it. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The same without the customary port, where it can be left out. */
export function shortAddress({ host, port }: Address): string {
  return port === DEFAULT_PORT && !host.includes(":") ? host : formatAddress({ host, port });
}
