import { type ErrorKind, LanvidError, type Retry } from "../errors.ts";
import type { Log } from "../log.ts";
import { type Address, type Connection, dial, formatAddress } from "../net.ts";
import { WarnOnce } from "../rate-limited-log.ts";
import { Backoff } from "../retry.ts";
import { type Clock, type Ms, sleep, systemClock } from "../time.ts";
import { retryOf, type SessionEnd } from "../wire.ts";
import { StreamPlace } from "./stream-place.ts";

/** The other side has left in order: the source is over, or its program. */
const GOODBYES = new Set(["ended", "shutdown"]);

/** Between tries while the peer may be restarting, ms. */
const QUICK_PAUSES = { firstMs: 100, lastMs: 1500, jitter: 0.2 };
const QUICK_FOR_MS = 60_000;
/** After that, and where the peer must do something first, ms. */
const SLOW_PAUSES = { firstMs: 1500, lastMs: 5000, jitter: 0.2 };

/** The kinds of errors of which a person is told whose fault it is; all others are faults of this side. */
const ABOUT_THE_PEER: ReadonlySet<ErrorKind> = new Set(["refused", "connection"]);

/** A connection that lived for so long was well: when it is lost, the next try comes soon, and is worth a word again; ms. */
const SETTLED_MS = 5000;

export interface KeepConnectedOptions {
  readonly address: Address;
  /** The command that is to run there. */
  readonly counterpart: "serve" | "receive";
  readonly retry: boolean;
  /** What can only be tried later is the caller's to try: it is thrown, as what must never be tried is. */
  readonly throwsLater?: boolean;
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
 * @throws LanvidError what ended the last try: whatever it was without `retry`, else what another try can't change
 */
export async function keepConnected(options: KeepConnectedOptions): Promise<SessionEnd | null> {
  const { retry, signal, clock = systemClock } = options;
  const place = new StreamPlace(options);
  const tries = new Tries(options);
  const isFinal = (error: LanvidError) =>
    error.retry === "never" || (error.retry === "later" && options.throwsLater === true);
  while (!signal.aborted) {
    let again: Retry = "now";
    try {
      const address = await place.find();
      const connection = await dial(address, { signal });
      place.isReached = true;
      const connectedAt = clock.now();
      const { end, isGreeted } = await options.converse(connection, address);
      if (signal.aborted) {
        break;
      }
      const failure = failureOf(options, address, end, isGreeted);
      if (isGreeted && failure.retry === "now" && clock.now() - connectedAt >= SETTLED_MS) {
        tries.reset();
      }
      if (end.code === "http-answer" && (await place.isPage())) {
        continue;
      }
      if (isFinal(failure)) {
        throw failure;
      }
      if (!retry) {
        if (GOODBYES.has(end.code)) {
          return end;
        }
        throw failure;
      }
      tries.say(failure);
      again = failure.retry;
    } catch (error) {
      if (signal.aborted) {
        break;
      }
      if (!(error instanceof LanvidError) || isFinal(error) || !retry) {
        throw error;
      }
      tries.say(error);
      again = error.retry;
    }
    await tries.pause(again);
  }
  return null;
}

/** When the next try is, and what is said until then. */
class Tries {
  readonly #options: KeepConnectedOptions;
  readonly #clock: Clock;
  readonly #quick = new Backoff(QUICK_PAUSES);
  readonly #slow = new Backoff(SLOW_PAUSES);
  readonly #losses: WarnOnce;
  #count = 0;
  #lostAt: Ms;

  constructor(options: KeepConnectedOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#losses = new WarnOnce(options.log);
    this.#lostAt = this.#clock.now();
  }

  /** There was a connection that was well: what comes is another loss. */
  reset(): void {
    this.#count = 0;
    this.#quick.reset();
    this.#slow.reset();
    this.#lostAt = this.#clock.now();
    this.#losses.forget();
  }

  say(error: LanvidError): void {
    const { message, hint } = error;
    this.#options.onLost(error);
    const again = `${message} (try ${this.#count + 1})`;
    this.#losses.warn(message, { line: `${message}; trying again`, again, hint });
  }

  async pause(again: Retry): Promise<void> {
    const isQuick = again === "now" && this.#clock.now() - this.#lostAt < QUICK_FOR_MS;
    await sleep((isQuick ? this.#quick : this.#slow).next(), this.#options.signal, this.#clock);
    this.#count += 1;
  }
}

function failureOf(
  { counterpart }: KeepConnectedOptions,
  address: Address,
  end: SessionEnd,
  isGreeted: boolean,
): LanvidError {
  const where = formatAddress(address);
  if (end.error !== undefined && !ABOUT_THE_PEER.has(end.error.kind)) {
    return end.error;
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
  const { code, message, hint, error } = end;
  return new LanvidError(code, "refused", `${who}: ${message}`, { hint, retry: error?.retry ?? retryOf(code) });
}
