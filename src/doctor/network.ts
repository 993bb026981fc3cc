import { existsSync, readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { lanAddresses } from "../access.ts";
import { LanvidError, messageOf } from "../errors.ts";
import { harmless } from "../log.ts";
import { joinBytes } from "../media.ts";
import { DEFAULT_PORT, listen } from "../net.ts";
import { MIB } from "../units.ts";
import { type Checked, fail, ok, warn } from "./finding.ts";
import { type FirewallFacts, firewallFinding } from "./firewall.ts";
import { meetStranger } from "./stranger.ts";

/** How long a program on this machine may take to say what it is, ms. */
const OWN_MACHINE_MS = 1000;
const HTTP_PORT = 8080;
/** What is read of an answer: a lanvid with thousands of viewers has as much to say. */
const MAX_ANSWER_BYTES = 4 * MIB;

/** The ports that `serve` would take. */
export interface Ports {
  /** 0 for any. */
  readonly stream: number;
  /** "auto": 8080 or the next free one. */
  readonly http: number | "off" | "auto";
}

/** May `serve` listen for viewers? */
export async function checkStreamPort({ stream }: Ports): Promise<Checked> {
  const fault = tryPort(stream);
  if (fault === null) {
    return ok("port", stream === 0 ? "any free one" : `${stream} is free`);
  }
  if (fault.code !== "port-taken") {
    return fail("port", fault.message, fault.hint ?? null);
  }
  const holder = await holderOf(stream);
  return holder.isLanvid
    ? ok("port", `${stream} is used by ${holder.what}`)
    : fail("port", `${stream} is used by ${holder.what}`, "end it, or choose another port with --port N");
}

/** May `serve` listen for browsers? */
export async function checkHttpPort({ http }: Ports): Promise<Checked> {
  if (http === "off") {
    return ok("http", "off");
  }
  const port = http === "auto" ? HTTP_PORT : http;
  const fault = tryPort(port);
  if (fault === null) {
    return ok("http", port === 0 ? "any free one" : `${port} is free`);
  }
  if (fault.code !== "port-taken") {
    return fail("http", fault.message, fault.hint ?? null);
  }
  const holder = await holderOf(port);
  const detail = `${port} is used by ${holder.what}`;
  if (http === "auto") {
    return ok("http", `${detail}; the page takes the next free one`);
  }
  return holder.isLanvid ? ok("http", detail) : fail("http", detail, "end it, or choose another port with --http N");
}

/** Null when this program may listen there. */
function tryPort(port: number): LanvidError | null {
  const refuse = () => undefined;
  try {
    listen({ port, hostname: null, admits: () => false, onConnection: refuse, onRefused: refuse }).stop();
    return null;
  } catch (error) {
    return error instanceof LanvidError ? error : new LanvidError("cannot-listen", "address", messageOf(error));
  }
}

/** Who listens on a port of this machine. */
async function holderOf(port: number): Promise<{ readonly isLanvid: boolean; readonly what: string }> {
  const name = await nameOfLanvid(port);
  if (name !== null) {
    return { isLanvid: true, what: name === "" ? "another lanvid" : `the lanvid "${name}"` };
  }
  return await meetStranger({ host: "127.0.0.1", port });
}

/** What the page's server calls its stream, also when asked on the stream's port; null when it is no lanvid's. */
async function nameOfLanvid(port: number): Promise<string | null> {
  try {
    const signal = AbortSignal.timeout(OWN_MACHINE_MS);
    // What is compressed may be any size when it is not, and no lanvid answers so.
    const response = await fetch(`http://127.0.0.1:${port}/state`, { signal, decompress: false });
    const text = await beginningOf(response);
    if (text.startsWith("this lanvid ")) {
      return "";
    }
    const { name, maxDelayMs, ports } = JSON.parse(text) as Record<string, unknown>;
    return typeof name === "string" && typeof maxDelayMs === "number" && ports !== undefined ? harmless(name) : null;
  } catch {
    // No answer, or none of a lanvid's.
    return null;
  }
}

async function beginningOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) {
      break;
    }
  }
  return new TextDecoder().decode(joinBytes(chunks));
}

/** What others type to reach this machine. */
export function checkAddresses(): Checked {
  const interfaces = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return addressesFinding(lanAddresses(), { reachesItself: interfaces.some(({ internal }) => internal) });
}

/** @param reachesItself the loopback interface is up */
export function addressesFinding(
  addresses: readonly string[],
  { reachesItself }: { readonly reachesItself: boolean },
): Checked {
  if (addresses.length > 0) {
    return ok("addresses", addresses.join(", "));
  }
  return reachesItself
    ? warn("addresses", "this machine is on no network", "connect it to the same network as the other machines")
    : fail(
        "addresses",
        "this machine is on no network, and does not even reach itself",
        "bring up its loopback interface",
      );
}

/** What this system's firewall may keep out. */
export function checkFirewall({ stream, http }: Ports): Checked {
  const page = http === "auto" ? HTTP_PORT : http;
  const ports = [stream === 0 ? DEFAULT_PORT : stream, ...(page === "off" || page === 0 ? [] : [page])];
  const facts: FirewallFacts = {
    platform: process.platform,
    ports,
    program: process.execPath,
    isUfwOn: readsYes("/etc/ufw/ufw.conf"),
    isFirewalldOn: existsSync("/run/firewalld"),
  };
  return firewallFinding(facts);
}

function readsYes(path: string): boolean {
  try {
    return /^ENABLED=yes/m.test(readFileSync(path, "utf8"));
  } catch {
    return false;
  }
}
