import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { type Clock, systemClock } from "../time.ts";
import type { Address } from "./address.ts";

/** How long the answer is waited for once a connection was refused, ms: what is known at all is known by then. */
const ANSWER_MS = 500;

/** What is known of the way to a machine; null: nothing says that it can't be reached. */
export type Unreachable = "EHOSTUNREACH" | "ENETUNREACH" | null;

/** The systems' codes for them. Linux, macOS and Windows name some of them differently. */
const CODES: Readonly<Record<string, Unreachable>> = {
  EHOSTUNREACH: "EHOSTUNREACH",
  EHOSTDOWN: "EHOSTUNREACH",
  ENETUNREACH: "ENETUNREACH",
  ENETDOWN: "ENETUNREACH",
};

/**
 * Asks the system for the way to a machine, by one empty UDP datagram to each of its addresses: Bun reports every
 * connection that can't be made as refused, but what became of a datagram by its own code.
 */
export class Reachability {
  readonly #address: Address;
  readonly #clock: Clock;
  readonly #over = Promise.withResolvers<void>();
  #verdict: Promise<Unreachable> | null = null;

  constructor(address: Address, clock = systemClock) {
    this.#address = address;
    this.#clock = clock;
  }

  /** Begins to ask. Idempotent. */
  ask(): Promise<Unreachable> {
    this.#verdict ??= this.#ask(this.#address).catch(() => null);
    return this.#verdict;
  }

  /** Settles within half a second; null also when that was not enough. */
  async answer(): Promise<Unreachable> {
    const tooLate = Promise.withResolvers<null>();
    using _timer = this.#clock.after(ANSWER_MS, () => tooLate.resolve(null));
    return await Promise.race([this.ask(), tooLate.promise]);
  }

  /** Asks no more. Idempotent. */
  close(): void {
    this.#over.resolve();
  }

  async #ask({ host, port }: Address): Promise<Unreachable> {
    const addresses = isIP(host) === 0 ? await lookup(host, { all: true }) : [{ address: host, family: isIP(host) }];
    const verdicts = await Promise.all(addresses.map(({ address, family }) => this.#askOne(address, family, port)));
    // One that answers, or says nothing, may be the one that refused.
    return verdicts.includes(null) ? null : (verdicts[0] ?? null);
  }

  async #askOne(hostname: string, family: number, port: number): Promise<Unreachable> {
    const verdict = Promise.withResolvers<Unreachable>();
    const conclude = (error: unknown) =>
      verdict.resolve(CODES[(error as { code?: string } | undefined)?.code ?? ""] ?? null);
    try {
      const socket = await Bun.udpSocket({
        hostname: family === 6 ? "::" : "0.0.0.0",
        connect: { hostname, port },
        // Bun gives the error alone, though its types have the socket before it.
        socket: { error: (...given: unknown[]) => conclude(given.at(-1)) },
      });
      try {
        socket.send("");
        return await Promise.race([verdict.promise, this.#over.promise.then(() => null)]);
      } finally {
        socket.close();
      }
    } catch (error) {
      conclude(error);
      return verdict.promise;
    }
  }
}
