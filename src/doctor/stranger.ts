import { harmless } from "../log.ts";
import { type Address, dial } from "../net.ts";
import { classify } from "../servers/tcp.ts";
import { atMost, type Clock, systemClock } from "../time.ts";

/**
 * How long to wait for somebody who speaks first, ms: less than the silence after which a lanvid takes us for a classic
 * receiver.
 */
const GREETING_MS = 300;
const ANSWER_MS = 700;
/** What is looked at of an answer, in bytes. */
const ENOUGH_BYTES = 1024;

export interface Stranger {
  readonly isLanvid: boolean;
  readonly isSilent: boolean;
  /** For a person: 'an SSH server ("SSH-2.0-OpenSSH_9.2")'. */
  readonly what: string;
}

/** Finds out what listens there: hears what it says first, then asks it for a web page. */
export async function meetStranger(address: Address, clock: Clock = systemClock): Promise<Stranger> {
  let said = new Uint8Array(0);
  const { promise: heard, resolve } = Promise.withResolvers<void>();
  const late = new AbortController();
  using _timer = clock.after(GREETING_MS + ANSWER_MS, () => late.abort());
  try {
    const connection = await dial(address, { signal: late.signal });
    connection.handle({
      data(chunk) {
        said = joined(said, chunk).subarray(0, ENOUGH_BYTES);
        resolve();
      },
      closed: () => resolve(),
    });
    await atMost(GREETING_MS, heard, clock);
    if (said.length === 0) {
      connection.write(new TextEncoder().encode(`GET / HTTP/1.0\r\nHost: ${address.host}\r\n\r\n`));
      await atMost(ANSWER_MS, heard, clock);
    }
    connection.close();
  } catch {
    // It has gone, or takes nobody in: what it said until then counts.
  }
  return nameStranger(said);
}

/** What a program is by what it says. */
export function nameStranger(said: Uint8Array): Stranger {
  const stranger = (what: string): Stranger => ({ isLanvid: false, isSilent: said.length === 0, what });
  const text = new TextDecoder("latin1").decode(said);
  const [line = ""] = text.split(/\r?\n/);
  const quoted = `"${harmless(line.slice(0, 60))}"`;
  if (said.length === 0) {
    return stranger("a program that says nothing");
  }
  if (classify(said) === "lanvid") {
    return { isLanvid: true, isSilent: false, what: "a lanvid that receives" };
  }
  if (classify(said) === "classic-sender") {
    return stranger("a classic Python sender");
  }
  if (said[0] === 0x15 && said[1] === 0x03) {
    return stranger("a TLS server");
  }
  if (text.startsWith("HTTP/")) {
    const server = /^Server: *([^\r\n]{1,60})/im.exec(text)?.[1];
    return stranger(server === undefined ? "a web server" : `a web server ("${harmless(server)}")`);
  }
  if (text.startsWith("SSH-")) {
    return stranger(`an SSH server (${quoted})`);
  }
  if (text.startsWith("RFB ")) {
    return stranger(`a VNC server (${quoted})`);
  }
  if (/^[ -~]{3,}$/.test(line)) {
    return stranger(`a program that says ${quoted}`);
  }
  const bytes = [...said.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return stranger(`a program of another kind (its first bytes are ${bytes})`);
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(head.length + tail.length);
  bytes.set(head);
  bytes.set(tail, head.length);
  return bytes;
}
