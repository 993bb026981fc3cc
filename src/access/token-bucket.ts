import { Allowance } from "../allowance.ts";
import { KIB } from "../units.ts";
import { Kind, ProtocolError } from "../wire.ts";

/** What a receiver may write in the long run: acknowledgements of 240 frames a second, and its pings, are 40 KiB. */
const BYTES_PER_SECOND = 64 * KIB;
/** What it may write at once: what gathered while a link was down or we were stopped. */
const BURST_BYTES = 32 * KIB;
/** What each message and each chunk counts besides its bytes: it costs us time, however short it is. */
const EACH_BYTES = 64;

/** How much a receiver may say: hellos, acknowledgements and pings are small and few. */
export class TokenBucket {
  #left = BURST_BYTES;
  #countedAt: number;

  /** @param nowMs on any clock that `spend` is given too */
  constructor(nowMs: number) {
    this.#countedAt = nowMs;
  }

  /**
   * @param bytes of a chunk or a message; 0 for a message whose bytes were counted with its chunk
   * @throws ProtocolError when a receiver has no reason to say so much
   */
  spend(bytes: number, nowMs: number): void {
    const earned = ((nowMs - this.#countedAt) * BYTES_PER_SECOND) / 1000;
    this.#countedAt = nowMs;
    this.#left = Math.min(BURST_BYTES, this.#left + earned) - bytes - EACH_BYTES;
    if (this.#left < 0) {
      throw new ProtocolError("flood", `the receiver writes more than ${BYTES_PER_SECOND / KIB} KiB per second`);
    }
  }
}

/** Messages that a sender may write in the long run, per second: video of 1000 frames a second, and as much again. */
const MESSAGES_PER_SECOND = 2048;
/** What it may write at once; acknowledgements keep it to some twelve frames, whatever gathered while this process was stopped. */
const BURST_MESSAGES = 512;
/** As many others as a description of the stream counts for: all who watch are told of it. */
const DESCRIPTION_COST = 16;

/** How much a sender may say, however short: each message costs this side time, which others wait for. */
export class MessageBudget {
  readonly #allowance: Allowance;

  /** @param nowMicros on any clock that `spend` is given too @param atOnce 512 unless told */
  constructor(nowMicros: number, atOnce: number = BURST_MESSAGES) {
    this.#allowance = new Allowance(atOnce, MESSAGES_PER_SECOND, nowMicros / 1000);
  }

  /** @param kind its first byte @throws ProtocolError when a sender has no reason to say so much */
  spend(kind: number, nowMicros: number): void {
    if (this.#allowance.take(kind === Kind.stream ? DESCRIPTION_COST : 1, nowMicros / 1000) > 0) {
      throw new ProtocolError("flood", `the sender writes more than ${MESSAGES_PER_SECOND} messages per second`);
    }
  }
}
