import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { hostname } from "node:os";
import { isLanAddress } from "../access.ts";
import { LanvidError, messageOf } from "../errors.ts";
import { silentLog } from "../log.ts";
import { type Address, type Connection, dial, formatAddress, nameReason } from "../net.ts";
import { pageWords, StreamPlace } from "../remote.ts";
import { type Clock, systemClock } from "../time.ts";
import { Conversation } from "./conversation.ts";
import { type Checked, type Finding, fail, inGroup, ok, warn } from "./finding.ts";
import { milliseconds, roundTripFinding, throughputFinding } from "./measured.ts";
import { concludeOtherSide, type Outcome } from "./other-side-conclusion.ts";
import { permissionHint } from "./permissions.ts";
import { meetStranger, type Stranger } from "./stranger.ts";

/** How long a name may take to be looked up, ms. */
const LOOKUP_MS = 5000;

/**
 * Checks the way to another machine, one step after the other, up to the first that fails.
 * @returns the conclusion
 */
export async function* examineOtherSide(
  address: Address,
  onProgress: (text: string) => void,
  clock: Clock = systemClock,
): AsyncGenerator<Finding, Finding> {
  const steps = examine(address, onProgress, clock);
  for (;;) {
    const { done, value } = await steps.next();
    if (done) {
      return concludeOtherSide(address, value);
    }
    yield inGroup("other-side", value);
  }
}

async function* examine(
  address: Address,
  onProgress: (text: string) => void,
  clock: Clock,
): AsyncGenerator<Checked, Outcome> {
  const stopped = (failed: Checked, at = address): Outcome => ({
    address: at,
    failed,
    isReceiver: false,
    throughput: null,
  });
  onProgress(`looking up ${address.host}`);
  const name = await checkName(address.host, clock);
  yield name;
  if (name.status === "fail") {
    return stopped(name);
  }
  const signal = new AbortController().signal;
  const place = new StreamPlace({ address, signal, log: silentLog });
  for (;;) {
    let at: Address;
    try {
      at = await place.find();
    } catch (error) {
      const failed = fail("page", messageOf(error), hintOf(error));
      yield failed;
      return stopped(failed);
    }
    if (at.port !== address.port) {
      yield ok("page", pageWords(address, at));
    }
    onProgress(`connecting to ${formatAddress(at)}`);
    const startedAt = clock.now();
    let connection: Connection;
    try {
      connection = await dial(at, { signal });
    } catch (error) {
      const failed = fail("tcp", messageOf(error), connectHint(error, at.host));
      yield failed;
      return stopped(failed, at);
    }
    yield ok("tcp", `connected to ${formatAddress(at)} in ${milliseconds(clock.now() - startedAt)}`);
    onProgress(`waiting for ${formatAddress(at)} to say what it is`);
    await using conversation = new Conversation(connection, hostname(), clock);
    await conversation.greeted;
    if (conversation.end?.code === "http-answer" && (await place.isPage())) {
      continue;
    }
    return yield* examineStream(conversation, at, onProgress, clock);
  }
}

/** What is there speaks: whether it is a lanvid, and how well its pictures come. */
async function* examineStream(
  conversation: Conversation,
  address: Address,
  onProgress: (text: string) => void,
  clock: Clock,
): AsyncGenerator<Checked, Outcome> {
  const handshake = await checkHandshake(conversation, address, clock);
  yield handshake;
  if (handshake.status === "fail") {
    return { address, failed: handshake, isReceiver: false, throughput: null };
  }
  if (conversation.role !== "sender") {
    return { address, failed: null, isReceiver: true, throughput: null };
  }
  if (conversation.hello !== null) {
    onProgress("measuring the round trip");
    yield roundTripFinding(await conversation.roundTripMs());
  }
  onProgress("waiting for pictures, to count them for 2 s");
  const throughput = await conversation.measure();
  const measured = throughputFinding(throughput);
  yield measured;
  return { address, failed: measured.status === "fail" ? measured : null, isReceiver: false, throughput };
}

async function checkName(host: string, clock: Clock): Promise<Checked> {
  const bare = host.replace(/%.*$/, "");
  if (isIP(bare) !== 0) {
    return addressFinding(`${host} is an IP address`, [bare]);
  }
  try {
    const { promise: late, reject } = Promise.withResolvers<never>();
    using _timer = clock.after(LOOKUP_MS, () => reject(new Error("the name server does not answer")));
    const found = await Promise.race([lookup(host, { all: true }), late]);
    const addresses = [...new Set(found.map(({ address }) => address))];
    return addressFinding(`${host} is ${addresses.join(", ")}`, addresses);
  } catch (error) {
    return fail("name", `cannot find "${host}": ${lookupReason(error)}`, lookupHint(host));
  }
}

/** A lanvid lets in its own networks only. */
export function addressFinding(detail: string, addresses: readonly string[]): Checked {
  return addresses.some((address) => isLanAddress(address))
    ? ok("name", detail)
    : warn(
        "name",
        `${detail}, which is on none of this machine's networks`,
        "to let this machine in, start lanvid there with --public",
      );
}

function lookupReason(error: unknown): string {
  return nameReason((error as { code?: string }).code ?? "", "the name") ?? messageOf(error);
}

/** What to do when a name is not found. */
export function lookupHint(host: string): string {
  return host.endsWith(".local")
    ? 'use the address instead: "lanvid doctor" there prints it; names in .local need mDNS on both machines'
    : 'check the spelling, or use the address: "lanvid doctor" there prints it';
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
    return 'check the address, that both machines are on the same network, and the firewall there (run "lanvid doctor" there)';
  }
  return hintOf(error);
}

function hintOf(error: unknown): string | null {
  return error instanceof LanvidError ? (error.hint ?? null) : null;
}

async function checkHandshake(conversation: Conversation, address: Address, clock: Clock): Promise<Checked> {
  const { hello, role, end } = conversation;
  const where = formatAddress(address);
  if (role === "receiver") {
    return ok("handshake", `${where} is lanvid, waiting for a sender`, `stream to it with "lanvid push ${where}"`);
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
  return strangerFinding(where, await meetStranger(address, clock), { hasClosed: end !== null });
}

/** Nobody said hello. */
export function strangerFinding(
  where: string,
  { isLanvid, isSilent, what }: Stranger,
  { hasClosed }: { readonly hasClosed: boolean },
): Checked {
  if (isSilent && hasClosed) {
    const hint = "check the port; lanvid turns away machines on other networks unless it is started with --public";
    return fail("handshake", `${where} closed the connection without a word`, hint);
  }
  const detail = isLanvid ? `${where} is ${what}, but did not answer` : `${where} is not lanvid but ${what}`;
  return fail("handshake", detail, 'check the port: "lanvid serve" prints the one it uses there, 10050 by default');
}
