import type { Packet } from "../../src/media.ts";
import { framedVideo, LENGTH_BYTES, type Sending, type Transport } from "../../src/wire.ts";

/** Who gets what the other end of a loopback sends. */
export interface LoopbackPeer {
  receive(payload: Uint8Array): void;
  lost(message: string): void;
}

/**
 * One end of a link in memory. Nothing arrives while it is sent: `deliver` on either end does that, so that a test
 * decides when, and may look at `sent` before.
 */
export class LoopbackTransport implements Transport {
  /** What was sent over this end and not delivered yet. */
  readonly sent: Uint8Array[] = [];
  /** What was ever sent over this end. */
  readonly history: Uint8Array[] = [];
  /** Who gets what the other end sends. */
  peer: LoopbackPeer | undefined;
  isClosed = false;
  /** Set by a test that lets something wait. */
  waitingBytes = 0;

  send(payload: Uint8Array): void {
    if (!this.isClosed) {
      this.sent.push(payload);
      this.history.push(payload);
    }
  }

  sendVideo(frame: Packet, sending: Sending): void {
    this.send(framedVideo(frame, sending).subarray(LENGTH_BYTES));
  }

  close(): void {
    this.isClosed = true;
  }
}

/** A link in memory: its two ends, and the way to move what was sent. */
export class Loopback {
  readonly a = new LoopbackTransport();
  readonly b = new LoopbackTransport();

  /** Delivers what was sent, and what is sent in answer, until nothing is left; then the news that an end closed. */
  async deliver(): Promise<void> {
    do {
      this.#move(this.a, this.b);
      this.#move(this.b, this.a);
      // Sessions put off some of their answers to a microtask.
      await Promise.resolve();
    } while (this.a.sent.length + this.b.sent.length > 0);
    this.#spread(this.a, this.b);
    this.#spread(this.b, this.a);
  }

  #move(from: LoopbackTransport, to: LoopbackTransport): void {
    for (const payload of from.sent.splice(0)) {
      to.peer?.receive(payload);
    }
  }

  #spread(from: LoopbackTransport, to: LoopbackTransport): void {
    if (from.isClosed && !to.isClosed) {
      to.isClosed = true;
      to.peer?.lost("the other side closed the connection");
    }
  }
}
