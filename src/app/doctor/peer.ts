import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { hostname } from "node:os";
import { LanvidError, messageOf } from "../../errors.ts";
import { type Address, type Connection, dial, formatAddress } from "../../net.ts";
import { isLanAddress } from "../../sys.ts";
import { type Conversation, converse, type Throughput } from "./conversation.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";
import { permissionHint } from "./permissions.ts";
import { meetStranger, type Stranger } from "./stranger.ts";

/** How long a name may take to be looked up, ms. */
const LOOKUP_MS = 5000;
/** On a LAN a message and its answer take a few ms; more than this is felt. */
const SLOW_ROUND_TRIP_MS = 50;
/** Missing more of the frames than this is felt. */
const DROPPED_SHARE = 0.1;

/** Checks the way to another machine, one step after the other, up to the first that fails. */
export async function* examinePeer(address: Address): AsyncGenerator<Finding> {
  const name = await checkName(address.host);
  yield name;
  if (name.status === "fail") {
    return;
  }
  const startedAt = performance.now();
  let connection: Connection;
  try {
    connection = await dial(address, { signal: new AbortController().signal });
  } catch (error) {
    yield fail("tcp", messageOf(error), connectHint(error, address.host));
    return;
  }
  yield ok("tcp", `connected to ${formatAddress(address)} in ${milliseconds(performance.now() - startedAt)}`);
  await using conversation = converse(connection, hostname());
  await conversation.greeted;
  const handshake = await checkHandshake(conversation, address);
  yield handshake;
  if (handshake.status === "fail" || conversation.role !== "sender") {
    return;
  }
  if (conversation.hello !== null) {
    yield roundTripFinding(await conversation.roundTripMs());
  }
  yield throughputFinding(await conversation.measure());
}

async function checkName(host: string): Promise<Finding> {
  const bare = host.replace(/%.*$/, "");
  if (isIP(bare) !== 0) {
    return addressFinding(`${host} is an address`, [bare]);
  }
  try {
    const timeout = Bun.sleep(LOOKUP_MS).then(() => {
      throw new Error("the name server does not answer");
    });
    const found = await Promise.race([lookup(host, { all: true }), timeout]);
    const addresses = [...new Set(found.map(({ address }) => address))];
    return addressFinding(`${host} is ${addresses.join(", ")}`, addresses);
  } catch (error) {
    return fail("name", `cannot find "${host}": ${lookupReason(error)}`, lookupHint(host));
  }
}

/** A lanvid lets in its own networks only. */
export function addressFinding(detail: string, addresses: readonly string[]): Finding {
  return addresses.some((address) => isLanAddress(address))
    ? ok("name", detail)
    : warn(
        "name",
        `${detail}, which is on none of this machine's networks`,
        "start the lanvid there with --public if it shall let this machine in",
      );
}

function lookupReason(error: unknown): string {
  const { code = "" } = error as { code?: string };
  return /NOTFOUND|ENODATA/.test(code) ? "the name is not known" : messageOf(error);
}

/** What to do when a name is not found. */
export function lookupHint(host: string): string {
  return host.endsWith(".local")
    ? 'use the address instead: "lanvid doctor" there prints it; names in .local need mDNS on both machines'
    : 'check how it is written, or use the address: "lanvid doctor" there prints it';
}

/** What to do when there is no connection: each system hides other reasons behind the same code. */
export function connectHint(
  error: unknown,
  host: string,
  platform: NodeJS.Platform = process.platform,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string | null {
  const { code = "" } = ((error as Error | undefined)?.cause ?? {}) as { code?: string };
  const isUnreachable = code === "EHOSTUNREACH" || code === "ENETUNREACH";
  if (platform === "darwin" && isUnreachable && (isIP(host) === 0 || isLanAddress(host))) {
    // Since macOS 15 this is also what a program gets that has no leave.
    return permissionHint("Local Network", env);
  }
  if (code === "ETIMEDOUT" || isUnreachable) {
    return 'check the address, that both are on the same network, and the firewall there ("lanvid doctor" there says how)';
  }
  return error instanceof LanvidError ? (error.hint ?? null) : null;
}

async function checkHandshake(conversation: Conversation, address: Address): Promise<Finding> {
  const { hello, role, end } = conversation;
  const where = formatAddress(address);
  if (role === "receiver") {
    return ok("handshake", `${where} is a lanvid that waits for a sender`, `stream to it with "lanvid push ${where}"`);
  }
  if (hello !== null) {
    return ok("handshake", `${hello.program}, "${hello.name}"`);
  }
  if (role === "sender") {
    return ok("handshake", `${where} is a classic Python sender`);
  }
  if (end?.by === "peer" || end?.code === "version" || end?.code.startsWith("pickle-")) {
    return fail("handshake", end.message, end.hint ?? null);
  }
  return strangerFinding(where, await meetStranger(address), { hasClosed: end !== null });
}

/** Nobody said hello. */
export function strangerFinding(
  where: string,
  { isLanvid, isSilent, what }: Stranger,
  { hasClosed }: { readonly hasClosed: boolean },
): Finding {
  if (isSilent && hasClosed) {
    const hint = "check the port; a lanvid turns away machines of other networks unless it is started with --public";
    return fail("handshake", `${where} closed the connection without a word`, hint);
  }
  const detail = isLanvid ? `${where} is ${what}, but did not answer` : `${where} is no lanvid but ${what}`;
  return fail("handshake", detail, 'check the port: "lanvid serve" says on which it listens, 10050 unless told');
}

/** @param ms null when no ping was answered */
export function roundTripFinding(ms: number | null): Finding {
  if (ms === null) {
    return fail("round trip", "no ping was answered", "try again; the sender is stopped or very busy");
  }
  return ms <= SLOW_ROUND_TRIP_MS
    ? ok("round trip", milliseconds(ms))
    : warn("round trip", milliseconds(ms), "use a cable, or come nearer to the Wi-Fi's access point");
}

export function throughputFinding({ frames, dropped, fps, mbps, delayMs, picture, error }: Throughput): Finding {
  if (frames === 0) {
    const why = error === null ? "" : `: ${error}`;
    return fail("throughput", `no picture came${why}`, 'run "lanvid doctor" there to see what its source lacks');
  }
  const delay = delayMs === null ? "" : `, delay ${milliseconds(delayMs)}`;
  const detail = `${fps.toFixed(1)} fps, ${mbps.toFixed(1)} Mbit/s, ${picture}${delay}, ${dropped} dropped`;
  return dropped / (frames + dropped) > DROPPED_SHARE
    ? warn("throughput", detail, "the link does not keep up: use a cable, or a smaller --size or --quality there")
    : ok("throughput", detail);
}

function milliseconds(ms: number): string {
  return `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
}
