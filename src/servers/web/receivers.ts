import { TokenBucket } from "../../access.ts";
import { forPeers, type LanvidError } from "../../errors.ts";
import { SenderSession } from "../../session.ts";
import { type Clock, type Ms, patience, systemClock } from "../../time.ts";
import { MIB } from "../../units.ts";
import { MAX_PAYLOAD_BYTES, ProtocolError, type Transport } from "../../wire.ts";
import type { ViewerOptions } from "./options.ts";

/** A receiver pings twice a second; one that says nothing for this long is gone, ms. */
const SILENT_MS = 10_000;
const SWEEP_MS = 1000;

/**
 * Frames under way to one viewer at most (CongestionWindow), and room for the small messages beside them. The session keeps it
 * to those that there are; this is for what the runtime itself would let through.
 */
export const MAX_WAITING_BYTES = 4 * MAX_PAYLOAD_BYTES + MIB;

/** What the page's port has of the receivers that it serves, however they are connected. */
export class Receivers {
  readonly #options: ViewerOptions;
  readonly #all = new Set<Receiver>();
  readonly clock: Clock;
  #sweepNoMore = () => {};

  constructor(options: ViewerOptions) {
    this.#options = options;
    this.clock = options.clock ?? systemClock;
    this.#sweepLater();
  }

  /** Begins the conversation with one. @param kind how it is connected */
  open(transport: Transport, kind: "page" | "page-requests", address: string): Receiver {
    const { stream, maxDelayMs, log, refusals } = this.#options;
    const session = new SenderSession(transport, {
      stream,
      kind,
      address,
      maxDelayMs,
      clock: this.clock,
      onEnd: ({ code, message, by }) => {
        this.#all.delete(receiver);
        log.debug(`browser ${address} left: ${message} (${code}, by ${by})`);
        if (by === "us" && code !== "ended" && code !== "shutdown") {
          refusals?.count(code);
        }
      },
    });
    const receiver = new Receiver(session, this.clock);
    this.#all.add(receiver);
    return receiver;
  }

  /** Says goodbye to all. */
  close(): void {
    this.#sweepNoMore();
    for (const { session } of [...this.#all]) {
      session.end("shutdown", forPeers`lanvid was stopped there`);
    }
  }

  #sweepLater(): void {
    this.#sweepNoMore = patience(SWEEP_MS, () => this.#endSilent(), this.clock);
  }

  #endSilent(): void {
    this.#sweepLater();
    const deadline = this.clock.now() - SILENT_MS;
    for (const { session, heardAt } of [...this.#all]) {
      if (heardAt < deadline) {
        session.fail(new ProtocolError("silent", `the viewer said nothing for ${SILENT_MS / 1000} s`));
      }
    }
  }
}

/** One receiver: its session, and how much it may say. */
export class Receiver {
  readonly session: SenderSession;
  readonly #clock: Clock;
  /** When it was last heard of. */
  heardAt: Ms;
  readonly #budget: TokenBucket;

  constructor(session: SenderSession, clock: Clock) {
    this.session = session;
    this.#clock = clock;
    this.heardAt = clock.now();
    this.#budget = new TokenBucket(this.heardAt);
  }

  /** It said something of a session. */
  receive(payload: Uint8Array): void {
    const nowMs = this.#clock.now();
    if (this.spend(payload.length, nowMs)) {
      this.heardAt = nowMs;
      this.session.receive(payload, nowMs);
    }
  }

  /** It wrote this many bytes. @returns whether it may go on; it is told why not */
  spend(bytes: number, nowMs = this.#clock.now()): boolean {
    try {
      this.#budget.spend(bytes, nowMs);
      return true;
    } catch (error) {
      this.session.fail(error as LanvidError);
      return false;
    }
  }
}
