/** Where an X server is reached. */
export interface DisplayName {
  /** Null for this machine. */
  readonly host: string | null;
  /** A Unix socket that is named outright, as macOS does; null for the usual one. */
  readonly socketPath: string | null;
  readonly display: number;
  readonly screen: number;
}

/** X servers listen on TCP from this port on, one port per display. */
export const X11_PORT = 6000;

/**
 * Reads DISPLAY (X(7), "Display names"): ":0", "unix:1.0", "host:10.0", "tcp/host:0", "[::1]:0", "/path/to/socket:0".
 * Undefined if it is none.
 */
export function parseDisplay(text: string): DisplayName | undefined {
  const match = /^(.*):(\d{1,5})(?:\.(\d{1,3}))?$/.exec(text);
  if (match === null) {
    return undefined;
  }
  const [, before = "", display, screen] = match;
  const numbers = { display: Number(display), screen: Number(screen ?? 0) };
  if (before.startsWith("/")) {
    return { host: null, socketPath: before, ...numbers };
  }
  const [, protocol, name = ""] = /^(?:(\w+)\/)?(.*)$/.exec(before) ?? [];
  if (protocol === "unix" || name === "" || name === "unix") {
    return { host: null, socketPath: null, ...numbers };
  }
  return { host: name.replace(/^\[(.*)\]$/, "$1"), socketPath: null, ...numbers };
}
