import type { Packet } from "../../media.ts";
import type { Clock } from "../../time.ts";
import { LENGTH_BYTES, type Sending, type Transport, videoPayload, withLength } from "../../wire.ts";

/** How long a request waits for something to take, ms: proxies give up those that stand still for longer. */
const HOLD_MS = 5000;
/** How long what is left may wait to be taken when the conversation is over, ms. */
const LINGER_MS = 1000;

interface Waiting {
  readonly bytes: Uint8Array;
  readonly isPicture: boolean;
}

/** Carries a session's messages to a page that comes for them. */
export class PollingTransport implements Transport {
  readonly #maxBytes: number;
  readonly #onGone: () => void;
  readonly #clock: Clock;
  #queue: Waiting[] = [];
  #waitingBytes = 0;
  /** Answers the request that waits. */
  #wake: (() => void) | null = null;
  #isClosing = false;
  #isGone = false;

  /**
   * @param maxBytes more than these are not kept: the conversation is over
   * @param onGone called once, when nothing can be taken any more
   */
  constructor(maxBytes: number, onGone: () => void, clock: Clock) {
    this.#maxBytes = maxBytes;
    this.#onGone = onGone;
    this.#clock = clock;
  }

  send(payload: Uint8Array): void {
    this.#add(payload, false);
  }

  sendVideo(frame: Packet, sending: Sending): void {
    this.#add(videoPayload(frame, sending), true);
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  close(): void {
    if (this.#isClosing) {
      return;
    }
    this.#isClosing = true;
    if (this.#queue.length === 0) {
      this.#end();
    } else {
      this.#clock.after(LINGER_MS, () => this.#end());
    }
  }

  /**
   * What waits, up to the first picture; as soon as there is something, empty after some seconds without. A request that waits is
   * answered when another comes.
   * @returns null when the conversation is over
   */
  async take(signal: AbortSignal): Promise<Uint8Array<ArrayBuffer> | null> {
    this.#wake?.();
    if (this.#queue.length === 0 && !this.#isGone) {
      await this.#something(signal);
    }
    if (this.#isGone) {
      return null;
    }
    // Nobody would get it.
    return signal.aborted ? new Uint8Array() : this.#dequeue();
  }

  #something(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        timer[Symbol.dispose]();
        signal.removeEventListener("abort", wake);
        if (this.#wake === wake) {
          this.#wake = null;
        }
        resolve();
      };
      const timer = this.#clock.after(HOLD_MS, wake);
      signal.addEventListener("abort", wake);
      this.#wake = wake;
    });
  }

  #dequeue(): Uint8Array<ArrayBuffer> {
    const picture = this.#queue.findIndex(({ isPicture }) => isPicture);
    const taken = this.#queue.splice(0, picture < 0 ? this.#queue.length : picture + 1).map(({ bytes }) => bytes);
    const joined = Buffer.concat(taken.map(withLength));
    this.#waitingBytes -= joined.length - LENGTH_BYTES * taken.length;
    if (this.#isClosing && this.#queue.length === 0) {
      this.#end();
    }
    return joined;
  }

  #add(bytes: Uint8Array, isPicture: boolean): void {
    if (this.#isClosing) {
      return;
    }
    if (this.#waitingBytes + bytes.length > this.#maxBytes) {
      this.#end();
      return;
    }
    this.#queue.push({ bytes, isPicture });
    this.#waitingBytes += bytes.length;
    this.#wake?.();
  }

  #end(): void {
    if (!this.#isGone) {
      this.#isGone = true;
      this.#isClosing = true;
      this.#queue = [];
      this.#waitingBytes = 0;
      this.#wake?.();
      this.#onGone();
    }
  }
}
