import { systemClock } from "../../src/time.ts";
import type { StreamInfo } from "../../src/wire.ts";
import {
  encodeHello,
  encodePing,
  encodePong,
  encodeStream,
  framedVideo,
  Kind,
  LENGTH_BYTES,
  withLength,
} from "../../src/wire.ts";

const HELLO = { role: "sender", name: "attacker", program: "x", codecs: [], maxDelayMs: null, adapts: false } as const;
const STREAM: StreamInfo = {
  ...({ state: "live", name: "attacker", codec: "mjpeg", width: 560, height: 32, error: null } as const),
  ...({ restarts: 0, hops: 0, rendition: 0, form: "original" } as const),
};

export const hello = (): Uint8Array => withLength(encodeHello(HELLO));
export const stream = (change: Partial<StreamInfo> = {}): Uint8Array =>
  withLength(encodeStream({ ...STREAM, ...change }));
export const ping = (): Uint8Array => withLength(encodePing(1));
export const pong = (): Uint8Array => withLength(encodePong(1, 5, 5));
export const unknown = (): Uint8Array => withLength(Uint8Array.of(0x1f));

/** One receiver's connection to it. */
export class Victim {
  isClosed = false;
  sentBytes = 0;
  #sequence = 0;
  readonly #write: (bytes: Uint8Array) => number;
  #waiting: Uint8Array[] = [];
  #drained: (() => void) | undefined;

  /** @param hangUp closes the connection when what was written has gone out */
  constructor(
    write: (bytes: Uint8Array) => number,
    readonly hangUp: () => void,
  ) {
    this.#write = write;
  }

  write(bytes: Uint8Array): void {
    this.sentBytes += bytes.length;
    this.#waiting.push(bytes);
    this.drain();
  }

  /** Numbers it, beginning with 1. */
  frame(bytes: Uint8Array, { isKey = true, isPreroll = false, wantsAck = true } = {}): Uint8Array {
    this.#sequence += 1;
    const frame = { sequence: this.#sequence, capturedAt: systemClock.micros(), isKey, bytes };
    return framedVideo(frame, { isPreroll, wantsAck });
  }

  restartNumbers(): void {
    this.#sequence = 0;
  }

  /** As fast as it is taken, so many at once. */
  async pour(count: number, make: () => Uint8Array): Promise<void> {
    while (!this.isClosed) {
      if (this.#waiting.length === 0) {
        this.write(Buffer.concat(Array.from({ length: count }, make)));
        await new Promise(setImmediate);
        continue;
      }
      await Promise.race([new Promise<void>((resolve) => (this.#drained = resolve)), Bun.sleep(50)]);
    }
  }

  async every(ms: number, act: (index: number) => void): Promise<void> {
    for (let index = 0; !this.isClosed; index++) {
      act(index);
      await Bun.sleep(ms);
    }
  }

  drain(): void {
    for (let bytes = this.#waiting[0]; bytes !== undefined && !this.isClosed; bytes = this.#waiting[0]) {
      const taken = Math.max(0, this.#write(bytes));
      if (taken < bytes.length) {
        this.#waiting[0] = bytes.subarray(taken);
        return;
      }
      this.#waiting.shift();
    }
    this.#drained?.();
  }

  close(): void {
    this.isClosed = true;
    this.#waiting = [];
    this.#drained?.();
  }
}

/** A lanvid that streams what it likes to whoever connects, and answers pings. */
export class Upstream implements Disposable {
  readonly victims: Victim[] = [];
  readonly #listener;

  constructor(act: (victim: Victim) => void) {
    interface Talk {
      readonly victim: Victim;
      heard: Buffer;
      hasBegun: boolean;
    }
    const ended = ({ data }: { readonly data: Talk }) => data.victim.close();
    this.#listener = Bun.listen<Talk>({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open: (socket) => {
          const victim = new Victim(
            (bytes) => socket.write(bytes),
            () => socket.end(),
          );
          this.victims.push(victim);
          socket.data = { victim, heard: Buffer.alloc(0), hasBegun: false };
        },
        data({ data }, chunk) {
          data.heard = Buffer.concat([data.heard, chunk]);
          if (!data.hasBegun) {
            data.hasBegun = true;
            data.victim.write(hello());
            act(data.victim);
          }
          data.heard = answerPings(data.heard, data.victim);
        },
        drain: ({ data }) => data.victim.drain(),
        close: ended,
        error: ended,
      },
    });
  }

  get port(): number {
    return this.#listener.port;
  }

  [Symbol.dispose](): void {
    this.#listener.stop(true);
    for (const victim of this.victims) {
      victim.close();
    }
  }
}

/** @returns what is left of it */
function answerPings(heard: Buffer, victim: Victim): Buffer {
  let rest = heard;
  while (rest.length >= LENGTH_BYTES) {
    const end = LENGTH_BYTES + Number(rest.readBigUInt64LE(0));
    if (rest.length < end) {
      break;
    }
    if (rest[LENGTH_BYTES] === Kind.ping) {
      const now = systemClock.micros();
      victim.write(withLength(encodePong(Number(rest.readBigUInt64LE(2 * LENGTH_BYTES)), now, now)));
    }
    rest = rest.subarray(end);
  }
  return rest;
}
