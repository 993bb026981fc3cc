import type { PickleProtocol, WrittenLength } from "../../classic-pickle.ts";
import type { Fault } from "../../errors.ts";
import type { Connection } from "../../net.ts";
import type { Subscription, Track } from "../../stream.ts";
import { type Clock, systemClock } from "../../time.ts";
import { ClassicSending } from "./classic-sending.ts";

/** How long a peer may be silent before it is taken for a classic receiver, ms. */
const SILENCE_MS = 500;
/** The same for an address whose browser asked for the page just now: browsers open connections to spare, ms. */
const BROWSER_SILENCE_MS = 10_000;
/** How long a browser is remembered, ms. */
const BROWSER_MEMORY_MS = 10_000;
/** How many are remembered: one attacker may have all addresses of a network. */
const MAX_BROWSERS = 1024;

export interface ClassicOptions {
  /** The pictures to pickle: pixels (bgr24) or JPEG. */
  readonly track: Track;
  /** Receivers at a time. */
  readonly maxReceivers: number;
  /** For all of them together; 0 for no limit. The frame rate gives way. */
  readonly maxBitsPerSecond: number;
  /** Null for the picture's bytes without a pickle. */
  readonly pickle: PickleProtocol | null;
  /** How the length before each message is written. */
  readonly length: WrittenLength;
  /** A silent peer turns out to be one: it reads pictures. */
  readonly onReads?: (subscription: Subscription) => void;
  readonly clock?: Clock;
}

/** The classic Python receivers of one stream: who is taken for one, how many, and how much they may get. */
export class ClassicReceivers {
  readonly #options: ClassicOptions;
  readonly #clock: Clock;
  readonly #sending = new Set<ClassicSending>();
  readonly #browsers = new Map<string, number>();

  constructor(options: ClassicOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  get maxReceivers(): number {
    return this.#options.maxReceivers;
  }

  /** How long this address may be silent before it is taken for a classic receiver, ms. */
  silenceMs(address: string): number {
    const seenAt = this.#browsers.get(address);
    const isBrowser = seenAt !== undefined && this.#clock.now() - seenAt < BROWSER_MEMORY_MS;
    return isBrowser ? BROWSER_SILENCE_MS : SILENCE_MS;
  }

  /** A browser at this address asked for the page. */
  sawBrowser(address: string): void {
    const now = this.#clock.now();
    // The oldest first, also after this.
    this.#browsers.delete(address);
    this.#browsers.set(address, now);
    const [oldest] = this.#browsers.keys();
    if (oldest !== undefined && this.#browsers.size > MAX_BROWSERS) {
      this.#browsers.delete(oldest);
    }
  }

  /**
   * Begins to send to a peer.
   * @param onStuck the peer has taken nothing for 10 s
   * @param onEnded the stream is over
   * @returns null when there are as many receivers as allowed
   */
  begin(
    connection: Connection,
    onStuck: (reason: string) => void,
    onEnded: (why: Fault) => void,
  ): ClassicSending | null {
    if (this.#sending.size >= this.#options.maxReceivers) {
      return null;
    }
    const { track, maxBitsPerSecond, pickle, length } = this.#options;
    const sending = new ClassicSending(connection, {
      track,
      pickle,
      length,
      bitsPerSecond: () => (maxBitsPerSecond === 0 ? Number.POSITIVE_INFINITY : maxBitsPerSecond / this.#sending.size),
      onStuck,
      onEnded,
      onReads: (subscription) => this.#options.onReads?.(subscription),
      onStop: () => this.#sending.delete(sending),
    });
    this.#sending.add(sending);
    return sending;
  }
}
