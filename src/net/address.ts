import { usageError } from "../errors.ts";

/** The customary port of the programs that lanvid takes the place of. */
export const DEFAULT_PORT = 10_050;

export interface Address {
  /** A name or an address; an IPv6 address without its brackets, with its zone if it has one. */
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `host`, `host:port`, `[v6]:port`, `[fe80::1%eth0]:port`, a bare IPv6 address, each also after `lanvid://`.
 * @throws LanvidError (usage) for anything else
 */
export function parseAddress(text: string): Address {
  const bare = text.replace(/^lanvid:\/\//i, "").replace(/\/$/, "");
  const match =
    /^\[([0-9a-f:.]+(?:%[\w.-]+)?)\](?::(\d+))?$/i.exec(bare) ??
    /^([0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*(?:%[\w.-]+)?)$/i.exec(bare) ??
    /^([a-z0-9_](?:[\w.-]*\w)?\.?)(?::(\d+))?$/i.exec(bare);
  const port = match?.[2] === undefined ? DEFAULT_PORT : Number(match[2]);
  if (!match || port < 1 || port > 65_535) {
    throw usageError(
      `cannot read address "${text}": it must be HOST or HOST:PORT, the port from 1 to 65535`,
      "write it like 10.0.0.4:10050, studio.local or [fe80::1%eth0]:10050",
    );
  }
  return { host: match[1] as string, port };
}

/** The address as a person would type it. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
