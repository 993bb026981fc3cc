import type { Socket } from "bun";
import type { Entry } from "../access.ts";
import type { Packet } from "../media.ts";
import { keepUnsentSmall } from "../sys.ts";
import { type Clock, type Ms, patience, systemClock, type Timer } from "../time.ts";
import { KIB } from "../units.ts";
import { framedVideo, type Sending, type Transport, withLength } from "../wire.ts";
import type { Ears } from "./listen.ts";

/**
 * A peer that has been quiet for this long is gone, ms, unless told. Receivers send a ping twice a second, senders
 * answer it.
 */
const SILENCE_MS = 10_000;
/** How long a mute peer may be quiet before its kernel is asked whether it is there, ms; then each second, 10 times. */
const KEEP_ALIVE_MS = 10_000;
/** How long a closing connection may take to send what is left, ms. */
const LINGER_MS = 1000;
/** What a closing connection may still be told: what was under way. One that goes on is cut. */
const MAX_LATE_BYTES = 256 * KIB;

/**
 * Writes that may wait for a peer, whatever it is: four frames, pongs and acknowledgements for minutes. A sender session is
 * stricter, and counts bytes; a receiver's writes are small.
 */
const MAX_PENDING_WRITES = 1024;

/** Who gets what arrives. Replaced when it is known what the peer is. */
export interface ConnectionHandler {
  /** Owns `chunk`. */
  data(chunk: Uint8Array): void;
  /** The connection is gone, for the reason given. Called once. @param silentMs how long the peer was silent, where that is why */
  closed(reason: string, silentMs?: number): void;
  /** The kernel has taken everything that was written. */
  flushed?(): void;
}

export interface ConnectionOptions {
  /** A peer that has been quiet for this long is gone, ms; 10 000 unless told. */
  readonly silenceMs?: number;
  /** Its place among the accepted ones. */
  readonly entry?: Entry | undefined;
  readonly clock?: Clock;
}

/** One TCP connection: whole writes on top of partial ones, and an end to silence. */
export class Connection implements Transport {
  readonly address: string;
  /** What its times are on, and those of a conversation over it. */
  readonly clock: Clock;
  readonly #socket: Socket<Ears>;
  #silenceMs: number;
  readonly #entry: Entry | undefined;
  #handler: ConnectionHandler | undefined;
  #early: Uint8Array[] = [];
  #pending: Uint8Array[] = [];
  #waitingBytes = 0;
  #heardAt: Ms;
  #hearNoMore = () => {};
  #lingerTimer: Timer | undefined;
  #isClosing = false;
  #lateBytes = 0;
  #isOneWay = false;
  #closedFor: string | undefined;
  #silentMs: number | undefined;

  constructor(socket: Socket<Ears>, options: ConnectionOptions = {}) {
    this.#socket = socket;
    this.#entry = options.entry;
    this.#silenceMs = options.silenceMs ?? SILENCE_MS;
    this.clock = options.clock ?? systemClock;
    this.#heardAt = this.clock.now();
    this.address = plainAddress(socket.remoteAddress);
    socket.setNoDelay(true);
    this.#checkSilenceIn(this.#silenceMs);
  }

  /** Our own address, as the peer reaches it. Only while it is open. */
  get localAddress(): string {
    return plainAddress(this.#socket.localAddress);
  }

  /** Sets who gets what arrives, and what arrived before anybody was set. */
  handle(handler: ConnectionHandler): void {
    this.#handler = handler;
    const early = this.#early;
    this.#early = [];
    for (const chunk of early) {
      handler.data(chunk);
    }
    if (this.#closedFor !== undefined) {
      handler.closed(this.#closedFor, this.#silentMs);
    }
  }

  send(payload: Uint8Array): void {
    this.write(withLength(payload));
  }

  sendVideo(frame: Packet, sending: Sending): void {
    this.write(framedVideo(frame, sending));
  }

  /** It is known what the peer is: its place is its own from now on. Idempotent. */
  settle(): void {
    this.#entry?.settle();
  }

  /** The kernel has taken everything that was written. */
  get isFlushed(): boolean {
    return this.#pending.length === 0;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** When the peer said something last, by `clock`. */
  get heardAt(): Ms {
    return this.#heardAt;
  }

  /** Bytes that the kernel took so far. */
  get bytesTaken(): number {
    return this.#socket.bytesWritten;
  }

  /**
   * For a peer that says nothing and acknowledges nothing: its silence is no reason to end, and the kernel keeps little
   * of what is written to it.
   */
  becomeOneWay(): void {
    this.#isOneWay = true;
    this.#hearNoMore();
    const { fd } = this.#socket as unknown as { readonly fd?: number };
    if (fd !== undefined) {
      keepUnsentSmall(fd);
    }
  }

  /**
   * For a peer that sends when it has something, and can't be asked whether it is there: its silence is no reason to end.
   * Its machine's kernel is asked instead. Idempotent.
   */
  allowMuteness(): void {
    if (!this.#isOneWay) {
      this.#isOneWay = true;
      this.#hearNoMore();
      this.#socket.setKeepAlive(true, KEEP_ALIVE_MS);
    }
  }

  /** The peer speaks after all: silence is a reason to end again. */
  becomeTwoWay(): void {
    this.#isOneWay = false;
    this.#checkSilence();
  }

  /** The peer is known to say something all the time: silence for this long is its end. */
  allowSilence(silenceMs: number): void {
    this.#silenceMs = Math.min(this.#silenceMs, silenceMs);
    this.becomeTwoWay();
  }

  /** Sends bytes as they are; keeps them until the kernel has taken them all. */
  write(bytes: Uint8Array): void {
    if (this.#isClosing || this.#closedFor !== undefined) {
      return;
    }
    if (this.#pending.length >= MAX_PENDING_WRITES) {
      this.cut("the other side does not read what it is sent");
      return;
    }
    if (this.#pending.length > 0) {
      this.#pending.push(bytes);
      this.#waitingBytes += bytes.length;
      return;
    }
    const taken = Math.max(0, this.#socket.write(bytes));
    if (taken < bytes.length) {
      this.#pending.push(bytes.subarray(taken));
      this.#waitingBytes = bytes.length - taken;
    }
  }

  close(): void {
    if (this.#isClosing || this.#closedFor !== undefined) {
      return;
    }
    this.#isClosing = true;
    // Before the end: that may come at once, and what is timed after it would keep all of this for its time.
    this.#lingerTimer = this.clock.after(LINGER_MS, () => this.#socket.terminate());
    if (this.#pending.length === 0) {
      this.#socket.end();
    }
  }

  /** Called by the socket's handlers in this room only. */
  onData(chunk: Uint8Array): void {
    this.#heardAt = this.clock.now();
    if (this.#isClosing) {
      this.#lateBytes += chunk.length;
      if (this.#lateBytes > MAX_LATE_BYTES) {
        this.cut("the other side wrote on after the end");
      }
      return;
    }
    if (this.#handler) {
      this.#handler.data(chunk);
    } else {
      this.#early.push(chunk);
    }
  }

  /** Called by the socket's handlers in this room only. */
  onDrain(): void {
    while (this.#pending.length > 0) {
      const bytes = this.#pending[0] as Uint8Array;
      const taken = Math.max(0, this.#socket.write(bytes));
      this.#waitingBytes -= taken;
      if (taken < bytes.length) {
        this.#pending[0] = bytes.subarray(taken);
        return;
      }
      this.#pending.shift();
    }
    if (this.#isClosing) {
      this.#socket.end();
    } else {
      this.#handler?.flushed?.();
    }
  }

  /** Called by the socket's handlers in this room only. */
  onClose(reason: string, silentMs?: number): void {
    if (this.#closedFor !== undefined) {
      return;
    }
    this.#closedFor = reason;
    this.#silentMs = silentMs;
    this.#pending = [];
    this.#waitingBytes = 0;
    this.#hearNoMore();
    this.#lingerTimer?.[Symbol.dispose]();
    this.#entry?.leave();
    this.#handler?.closed(reason, silentMs);
  }

  /** Ends it at once: what was not sent yet is lost. */
  cut(reason: string, silentMs?: number): void {
    this.onClose(reason, silentMs);
    this.#socket.terminate();
  }

  #checkSilence(): void {
    if (this.#isOneWay || this.#closedFor !== undefined) {
      return;
    }
    const quietMs = this.clock.now() - this.#heardAt;
    if (quietMs < this.#silenceMs) {
      this.#checkSilenceIn(this.#silenceMs - quietMs);
    } else {
      this.cut(`silent for ${this.#silenceMs / 1000} s`, this.#silenceMs);
    }
  }

  #checkSilenceIn(ms: number): void {
    this.#hearNoMore();
    this.#hearNoMore = patience(ms, () => this.#checkSilence(), this.clock);
  }
}

/** An IPv4 address that came in on an IPv6 socket, as people know it. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}
