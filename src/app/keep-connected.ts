import { LanvidError } from "../errors.ts";
import type { Log } from "../log.ts";
import { type Address, type Connection, dial, formatAddress } from "../net.ts";
import { Backoff } from "../retry.ts";
import { type Clock, sleep, systemClock } from "../time.ts";
import type { SessionEnd } from "../wire.ts";
import { StreamPlace } from "./stream-place.ts";

/** Reasons that another try will not change. */
const PERMANENT = new Set([
  "version",
  "two-receivers",
  "two-senders",
  "no-common-codec",
  "not-lanvid",
  "classic-sender",
  "garbage",
  "http",
  "http-answer",
  "tls",
]);

/** The other side has left in order: the source is over, or its program. */
const GOODBYES = new Set(["ended", "shutdown"]);

/** Between tries while the peer may be restarting, and after that; ms. */
const QUICK_PAUSES = { firstMs: 100, lastMs: 1500, jitter: 0.2 };
const QUICK_FOR_MS = 60_000;
const SLOW_PAUSES = { firstMs: 5000, lastMs: 5000, jitter: 0.2 };

/** A connection that lived for so long was well: when it is lost, the next try comes soon, and is worth a word again; ms. */
const SETTLED_MS = 5000;
/** Reasons that are said until then, each once: some are the peer's own words. */
const MAX_SAID = 8;

export interface KeepConnectedOptions {
  readonly address: Address;
  /** The command that is to run there. */
  readonly counterpart: "serve" | "receive";
  readonly retry: boolean;
  /** What this side gives up for, beside what another try will never change: codes. */
  readonly givesUpFor?: readonly string[];
  readonly signal: AbortSignal;
  /** Holds the conversation; `isGreeted` says whether the peer said hello. */
  readonly converse: (
    connection: Connection,
    address: Address,
  ) => Promise<{ readonly end: SessionEnd; readonly isGreeted: boolean }>;
  /** Told what is going on while there is no connection. */
  readonly onLost: (error: LanvidError) => void;
  readonly log: Log;
  readonly clock?: Clock;
}

/**
 * Connects, and connects again whenever the connection is lost, until `signal` is aborted.
 * @returns how the peer ended it, when it is not to be tried again; null when aborted
 * @throws LanvidError (connection) without `retry`, (refused) when another try can't help
 */
export async function keepConnected(options: KeepConnectedOptions): Promise<SessionEnd | null> {
  const { retry, signal, log, clock = systemClock } = options;
  const place = new StreamPlace(options);
  let tries = 0;
  const quick = new Backoff(QUICK_PAUSES);
  const slow = new Backoff(SLOW_PAUSES);
  let lostAt = clock.now();
  const said = new Set<string>();
  const say = (error: LanvidError) => {
    const { message, hint } = error;
    options.onLost(error);
    if (said.has(message) || said.size >= MAX_SAID) {
      log.debug(`${message} (try ${tries + 1})`);
    } else {
      log.warn(`${message}; trying again`, hint);
      said.add(message);
    }
  };
  while (!signal.aborted) {
    try {
      const address = await place.find();
      const connection = await dial(address, { signal });
      place.isReached = true;
      const connectedAt = clock.now();
      const { end, isGreeted } = await options.converse(connection, address);
      if (signal.aborted) {
        break;
      }
      if (isGreeted && end.code !== "hops" && clock.now() - connectedAt >= SETTLED_MS) {
        tries = 0;
        quick.reset();
        lostAt = clock.now();
        said.clear();
      }
      if (end.code === "http-answer" && (await place.isPage())) {
        continue;
      }
      const failure = failureOf(options, address, end, isGreeted);
      const isPermanent = PERMANENT.has(end.code) || end.code.startsWith("pickle-") || end.code === "cannot-write";
      if (isPermanent || options.givesUpFor?.includes(end.code) === true) {
        throw failure;
      }
      if (!retry) {
        if (GOODBYES.has(end.code)) {
          return end;
        }
        throw failure;
      }
      say(failure);
    } catch (error) {
      const isFinal = !(error instanceof LanvidError) || error.kind !== "connection" || !retry;
      if (signal.aborted) {
        break;
      }
      if (isFinal) {
        throw error;
      }
      say(error);
    }
    await sleep((clock.now() - lostAt < QUICK_FOR_MS ? quick : slow).next(), signal, clock);
    tries += 1;
  }
  return null;
}

function failureOf(
  { counterpart }: KeepConnectedOptions,
  address: Address,
  end: SessionEnd,
  isGreeted: boolean,
): LanvidError {
  const where = formatAddress(address);
  if (end.code === "cannot-write") {
    return new LanvidError(end.code, "output", end.message, { hint: end.hint });
  }
  if (end.code === "lost" && !isGreeted) {
    const { message, silentMs } = end;
    const why =
      silentMs === undefined ? `${message} before it answered` : `it did not answer within ${silentMs / 1000} s`;
    const runs = `check that lanvid ${counterpart} runs there`;
    return new LanvidError("lost", "connection", `cannot connect to ${where}: ${why}`, {
      hint: silentMs === undefined ? `${runs}, and that it lets this machine in` : runs,
    });
  }
  if (end.code === "lost" || GOODBYES.has(end.code)) {
    return new LanvidError(end.code, "connection", `lost ${where}: ${end.message}`);
  }
  const who = end.by === "peer" ? `refused by ${where}` : `cannot continue with ${where}`;
  return new LanvidError(end.code, "refused", `${who}: ${end.message}`, { hint: end.hint });
}
