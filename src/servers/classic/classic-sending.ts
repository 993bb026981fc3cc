import { classicMessage, type PickleProtocol, type WrittenLength } from "../../classic-pickle.ts";
import type { Fault } from "../../errors.ts";
import type { Packet, StreamDescription } from "../../media.ts";
import type { Connection } from "../../net.ts";
import type { Subscription, Track } from "../../stream.ts";
import { type Clock, type Ms, patience, type Timer } from "../../time.ts";

/** A receiver that takes no byte for this long while there is something for it is gone, ms. */
const STUCK_MS = 10_000;
/** How often it is looked whether it takes any, ms. */
const LOOK_MS = 1000;

export interface ClassicSendingOptions {
  readonly track: Track;
  readonly pickle: PickleProtocol | null;
  readonly length: WrittenLength;
  /** What this receiver may get now. */
  readonly bitsPerSecond: () => number;
  /** It takes nothing, or can't be sent what there is. */
  readonly onStuck: (reason: string) => void;
  readonly onEnded: (why: Fault) => void;
  /** It has taken in a picture, and takes another. Called once. */
  readonly onReads: (subscription: Subscription) => void;
  readonly onStop: () => void;
}

/**
 * Sends pickled arrays to a classic receiver. It acknowledges nothing, so a picture is begun only when the kernel has
 * taken the one before, and the kernel keeps little: whole pictures are dropped, half of one is never seen.
 */
export class ClassicSending {
  readonly #connection: Connection;
  readonly #options: ClassicSendingOptions;
  readonly #clock: Clock;
  readonly #subscription: Subscription;
  #lookNoMore = () => {};
  #paceTimer: Timer | undefined;
  #nextAt: Ms = 0;
  #takenBytes = 0;
  #tookAt: Ms;
  #pictures = 0;
  #isOver = false;

  constructor(connection: Connection, options: ClassicSendingOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#clock = connection.clock;
    this.#tookAt = this.#clock.now();
    connection.becomeOneWay();
    this.#subscription = options.track.subscribe("classic", connection.address, {
      packetReady: () => this.pump(),
      described: () => undefined,
      ended: options.onEnded,
    });
    this.#lookAgain();
    queueMicrotask(() => this.pump());
  }

  /** Sends the newest picture if the receiver may have one now. Called when the kernel has taken the last one, too. */
  pump(): void {
    if (this.#isOver || !this.#connection.isFlushed) {
      return;
    }
    const now = this.#clock.now();
    if (now < this.#nextAt) {
      this.#paceTimer ??= this.#clock.after(this.#nextAt - now, () => {
        this.#paceTimer = undefined;
        this.pump();
      });
      return;
    }
    const frame = this.#subscription.peek();
    if (frame === null) {
      return;
    }
    this.#subscription.take(frame);
    const message = this.#messageOf(frame);
    if (message === null) {
      return;
    }
    this.#nextAt = Math.max(this.#nextAt, now - 1) + (message.length * 8000) / this.#options.bitsPerSecond();
    this.#connection.write(message);
    this.#pictures += 1;
    if (this.#pictures === 2) {
      this.#options.onReads(this.#subscription);
    }
  }

  /** Null when it fits into none: then it is this receiver's end, and nobody else's concern. */
  #messageOf(frame: Packet): Uint8Array | null {
    try {
      return messageOf(frame, this.#subscription.description, this.#options);
    } catch (error) {
      if (!(error instanceof RangeError)) {
        throw error;
      }
      this.#options.onStuck(error.message);
      return null;
    }
  }

  /** Begins no more pictures, and leaves its place. Idempotent. */
  stop(): void {
    if (this.#isOver) {
      return;
    }
    this.#isOver = true;
    this.#lookNoMore();
    this.#paceTimer?.[Symbol.dispose]();
    this.#subscription.close();
    this.#options.onStop();
  }

  #lookAgain(): void {
    this.#lookNoMore = patience(LOOK_MS, () => this.#checkStuck(), this.#clock);
  }

  #checkStuck(): void {
    this.#lookAgain();
    const { bytesTaken, isFlushed } = this.#connection;
    const now = this.#clock.now();
    if (isFlushed || bytesTaken !== this.#takenBytes) {
      this.#takenBytes = bytesTaken;
      this.#tookAt = now;
    } else if (now - this.#tookAt >= STUCK_MS) {
      this.#options.onStuck(`took no byte for ${STUCK_MS / 1000} s`);
    }
  }
}

const messages = new WeakMap<Packet, Uint8Array>();

/** The message of a picture, made once for all receivers: they share the bytes. */
function messageOf(
  frame: Packet,
  { codec, width, height }: StreamDescription,
  { pickle, length }: Pick<ClassicSendingOptions, "pickle" | "length">,
): Uint8Array {
  const cached = messages.get(frame);
  if (cached) {
    return cached;
  }
  const isPixels = codec === "bgr24" && width !== null && height !== null;
  const shape = isPixels ? [height, width, 3] : [frame.bytes.length, 1];
  const message = classicMessage(frame.bytes, { shape, protocol: pickle, length });
  messages.set(frame, message);
  return message;
}
