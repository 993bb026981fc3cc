import { type Clock, systemClock } from "../time.ts";
import { RequestRate } from "./request-rate.ts";

/** HTTP requests per second for each connection that an address may have: all its pages may be opened anew at once. */
const REQUESTS_PER_CONNECTION = 2;

/** How many may be connected, to the stream's port and the page's together. */
export interface LimitOptions {
  /** In all. */
  readonly maxConnections: number;
  /** From one address; this machine's own are not counted. */
  readonly maxPerAddress: number;
  /** That have not yet said what they are. */
  readonly maxHandshakes: number;
}

/** Why somebody was turned away. */
export type LimitReason =
  | "too-many-connections"
  | "too-many-per-address"
  | "too-many-handshakes"
  | "too-many-at-once"
  | "too-many-requests";

/** What `Limits` tells of whom it turns away. */
export type OnLimit = (reason: LimitReason, address: string) => void;

/** A connection's place among those that there are. */
export interface Entry {
  /** It is known what the peer is. Idempotent. */
  settle(): void;
  /** The connection is gone. Idempotent. */
  leave(): void;
}

interface Handshake {
  readonly address: string;
  readonly evict: () => void;
}

/**
 * Counts connections, and says who may have one more. One who has said nothing yet can lose its place: when too many
 * are in that state, the one that has been so for the longest goes, of the address that has most of them. An honest
 * peer says what it is within a round trip, so a flood of silent ones does not keep it out.
 */
export class Limits {
  /** What is kept to. */
  readonly options: LimitOptions;
  readonly #onLimit: OnLimit;
  readonly #clock: Clock;
  readonly #perAddress = new Map<string, number>();
  readonly #requests: RequestRate;
  readonly #handshakes = new Map<string, Set<Handshake>>();
  #handshakeCount = 0;
  #count = 0;
  /** Connections that are known only by looking now and then: HTTP ones without a lasting request. */
  idle = 0;

  constructor({ maxConnections, maxPerAddress, maxHandshakes }: LimitOptions, onLimit: OnLimit, clock = systemClock) {
    // Half of the places stay for those who said what they are.
    const half = Math.ceil(maxConnections / 2);
    this.options = { maxConnections, maxPerAddress, maxHandshakes: Math.min(maxHandshakes, half) };
    this.#onLimit = onLimit;
    this.#clock = clock;
    this.#requests = new RequestRate(REQUESTS_PER_CONNECTION * maxPerAddress);
  }

  /** Connections that there are now. */
  get connections(): number {
    return this.#count + this.idle;
  }

  /** Those of them that have not yet said what they are. */
  get handshakes(): number {
    return this.#handshakeCount + this.idle;
  }

  /** How many more may be without a lasting request. */
  get maxIdle(): number {
    const { maxConnections, maxHandshakes } = this.options;
    return Math.max(0, Math.min(maxHandshakes, maxConnections - this.#count));
  }

  /**
   * A connection has been made.
   * @param evict ends it, when its place is needed before it has said what it is; absent when that is known already
   * @returns its place; null when it may not have one
   */
  enter(address: string, evict?: () => void): Entry | null {
    const { maxConnections, maxPerAddress, maxHandshakes } = this.options;
    if ((this.#perAddress.get(address) ?? 0) >= maxPerAddress && !isOwn(address)) {
      this.#onLimit("too-many-per-address", address);
      return null;
    }
    const isFull = this.connections >= maxConnections;
    if (isFull && this.#handshakeCount === 0) {
      this.#onLimit("too-many-connections", address);
      return null;
    }
    if (isFull) {
      this.#evictOne("too-many-connections");
    } else if (evict !== undefined && this.#handshakeCount >= maxHandshakes) {
      this.#evictOne("too-many-handshakes");
    }
    this.#count += 1;
    this.#perAddress.set(address, (this.#perAddress.get(address) ?? 0) + 1);
    return this.#entry(address, evict);
  }

  /** Somebody asks for something by HTTP. @returns whether it may; this machine's own always may */
  mayAsk(address: string): boolean {
    if (isOwn(address) || this.#requests.allows(address, this.#clock.now())) {
      return true;
    }
    this.#onLimit("too-many-requests", address);
    return false;
  }

  /** More came at once than can be accepted without a pause for those that there are: all that waited were turned away. */
  cameTooFast(address: string): void {
    this.#onLimit("too-many-at-once", address);
  }

  /** One of those that `idle` counts was ended, as there were too many. */
  idleCut(address: string): void {
    this.#onLimit("too-many-handshakes", address);
  }

  #entry(address: string, evict: (() => void) | undefined): Entry {
    const handshake = evict && { address, evict };
    if (handshake) {
      this.#begin(handshake);
    }
    let isHere = true;
    return {
      settle: () => handshake && this.#settle(handshake),
      leave: () => {
        if (isHere) {
          isHere = false;
          if (handshake) {
            this.#settle(handshake);
          }
          this.#count -= 1;
          const left = (this.#perAddress.get(address) ?? 1) - 1;
          if (left === 0) {
            this.#perAddress.delete(address);
          } else {
            this.#perAddress.set(address, left);
          }
        }
      },
    };
  }

  #begin(handshake: Handshake): void {
    const others = this.#handshakes.get(handshake.address);
    if (others === undefined) {
      this.#handshakes.set(handshake.address, new Set([handshake]));
    } else {
      others.add(handshake);
    }
    this.#handshakeCount += 1;
  }

  #settle(handshake: Handshake): void {
    const { address } = handshake;
    const others = this.#handshakes.get(address);
    if (others?.delete(handshake)) {
      this.#handshakeCount -= 1;
      if (others.size === 0) {
        this.#handshakes.delete(address);
      }
    }
  }

  #evictOne(reason: LimitReason): void {
    let heaviest = new Set<Handshake>();
    for (const handshakes of this.#handshakes.values()) {
      heaviest = handshakes.size > heaviest.size ? handshakes : heaviest;
    }
    const [handshake] = heaviest;
    if (handshake !== undefined) {
      this.#settle(handshake);
      this.#onLimit(reason, handshake.address);
      handshake.evict();
    }
  }
}

/** This machine's own programs are not kept from each other, nor is a proxy that runs here. */
function isOwn(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}
