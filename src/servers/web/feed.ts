import type { Packet } from "../../media.ts";
import type { Subscription, Track, ViewerKind } from "../../stream.ts";
import { type Clock, type Ms, patience } from "../../time.ts";

/** A client that takes nothing for this long is gone without having said so, or stopped; ms. */
const STALLED_MS = 30_000;

/** Who is asking, as the server knows it. */
export interface FeedClient {
  readonly address: string;
  readonly clock: Clock;
  /** Aborts when the connection is gone. */
  readonly signal: AbortSignal;
  /** The response begins: the connection may stand still, as there may be no picture for long. */
  readonly onBegin: () => void;
  /** Ends a connection that takes nothing. */
  readonly drop: () => void;
  /** The response is over; its connection ends when the client has what was written. */
  readonly onEnd: () => void;
  /** How old a frame may be that it is given; the track's own limit unless told. */
  readonly maxDelayMs?: Ms;
}

/** A frame, and whether it is only to be decoded. */
export interface Fed {
  readonly frame: Packet;
  readonly isPreroll: boolean;
}

/** A subscription whose frames are waited for: that of an endless response. */
export class Feed {
  readonly #subscription: Subscription;
  readonly #client: FeedClient;
  readonly #close = () => this.close();
  #isOver = false;
  #wakeReader = () => {};
  #wakeWriter = () => {};

  constructor(track: Track, kind: ViewerKind, client: FeedClient) {
    this.#client = client;
    const { address, signal, maxDelayMs } = client;
    const { codec } = track.description;
    const listener = {
      packetReady: () => this.#wakeReader(),
      described: (description: { readonly codec: string | null }) => {
        if (codec !== null && description.codec !== codec) {
          this.close();
        }
      },
      ended: this.#close,
    };
    client.onBegin();
    this.#subscription = track.subscribe(kind, address, listener, maxDelayMs === undefined ? {} : { maxDelayMs });
    signal.addEventListener("abort", this.#close);
    if (signal.aborted) {
      this.close();
    }
  }

  /** Takes the frame that is due as soon as there is one; null when the viewer or the stream is gone. */
  async next(): Promise<Fed | null> {
    while (!this.#isOver) {
      const frame = this.#subscription.peek();
      if (frame !== null) {
        const isPreroll = this.#subscription.isPreroll(frame);
        this.#subscription.take(frame);
        return { frame, isPreroll };
      }
      await new Promise<void>((resolve) => {
        this.#wakeReader = resolve;
      });
    }
    return null;
  }

  /** Settles when nothing of what was written waits in this process any more, or the viewer is gone. */
  async written(writing: number | Promise<number>): Promise<void> {
    if (typeof writing === "number") {
      return;
    }
    const giveUp = () => {
      this.close();
      this.#client.drop();
    };
    const waitNoMore = patience(STALLED_MS, giveUp, this.#client.clock);
    await new Promise<void>((resolve, reject) => {
      this.#wakeWriter = resolve;
      writing.then(() => resolve(), reject);
    }).finally(() => waitNoMore());
  }

  /** Leaves the track. Idempotent. */
  close(): void {
    this.#isOver = true;
    this.#client.signal.removeEventListener("abort", this.#close);
    this.#subscription.close();
    this.#wakeReader();
    this.#wakeWriter();
    this.#client.onEnd();
  }
}
