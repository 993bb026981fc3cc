import { addressOfPeer, connectionsOn, cutConnection, peerKey } from "../sys.ts";
import { type Clock, type Ms, systemClock, type Timer } from "../time.ts";
import { surplus } from "./surplus.ts";

/** How often the connections are looked at, ms: `Bun.serve` accepts them without a word. */
const LOOK_MS = 1000;
/** The same while there are too many: those that wait in the kernel take the places of those that were ended. */
const LOOK_AGAIN_MS = 50;

/** How many may be connected; the stream's port counts into the same. */
export interface VisitorLimits {
  /** A lasting request begins. @returns null when it may not */
  enter(address: string): { leave(): void } | null;
  /** A request comes. @returns whether it may be answered */
  mayAsk(address: string): boolean;
  /** Connections that there are, to both ports. */
  readonly connections: number;
  /** Those of them that have not yet said what they are. */
  readonly handshakes: number;
  /** How many connections without a lasting request there may be. */
  readonly maxIdle: number;
  /** How many there are. */
  idle: number;
  /** One of them was ended, as there were too many. */
  idleCut(address: string): void;
}

interface Known {
  readonly address: string;
  /** When it was first seen. */
  readonly since: Ms;
  /** Of its lasting request. */
  leave: (() => void) | null;
}

/**
 * The connections to the page's port. Those with a lasting request (a WebSocket, `/stream`) have a place; the others,
 * which say nothing, or ask for something now and then, are counted by looking. When these are too many, the oldest of
 * the address that has most of them are ended.
 */
export class Visitors {
  readonly #limits: VisitorLimits;
  readonly #port: () => number;
  readonly #clock: Clock;
  #timer: Timer;
  #known = new Map<string, Known>();

  constructor(limits: VisitorLimits, port: () => number, clock = systemClock) {
    this.#limits = limits;
    this.#port = port;
    this.#clock = clock;
    this.#timer = this.#lookIn(LOOK_MS);
    // Gets what is needed for looking while there are descriptors to get it with.
    connectionsOn(0);
  }

  /** A lasting request begins. @returns how it ends (idempotent), or null when it may not begin */
  enter({ address, port }: { readonly address: string; readonly port: number }): (() => void) | null {
    const entry = this.#limits.enter(address);
    if (entry === null) {
      return null;
    }
    const key = peerKey(address, port);
    const leave = () => {
      entry.leave();
      if (this.#known.get(key)?.leave === leave) {
        this.#known.delete(key);
      }
    };
    this.#known.set(key, { address, since: this.#clock.now(), leave });
    return leave;
  }

  close(): void {
    this.#timer[Symbol.dispose]();
  }

  #lookIn(ms: Ms): Timer {
    return this.#clock.after(ms, () => this.#look());
  }

  #look(): void {
    const open = connectionsOn(this.#port());
    if (open === null) {
      return;
    }
    const now = this.#clock.now();
    const still = new Map<string, Known>();
    const idle: { readonly fd: number; readonly address: string; readonly since: Ms }[] = [];
    for (const { fd, peer } of open) {
      const known = this.#known.get(peer) ?? { address: addressOfPeer(peer), since: now, leave: null };
      still.set(peer, known);
      if (known.leave === null) {
        idle.push({ fd, ...known });
      }
    }
    for (const [peer, { leave }] of this.#known) {
      if (!still.has(peer)) {
        leave?.();
      }
    }
    this.#known = still;
    const tooMany = surplus(
      idle.sort((one, other) => one.since - other.since),
      this.#limits.maxIdle,
    );
    for (const { fd, address } of tooMany) {
      cutConnection(fd);
      this.#limits.idleCut(address);
    }
    this.#limits.idle = idle.length - tooMany.length;
    this.#timer = this.#lookIn(tooMany.length > 0 ? LOOK_AGAIN_MS : LOOK_MS);
  }
}
