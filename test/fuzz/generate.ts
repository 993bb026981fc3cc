import { heard } from "../../src/errors.ts";
import { systemClock } from "../../src/time.ts";
import {
  encodeAck,
  encodeError,
  encodeGoodbye,
  encodeHello,
  encodePing,
  encodePong,
  encodeStream,
  framedVideo,
  LENGTH_BYTES,
} from "../../src/wire.ts";
import type { Random } from "../support/random.ts";

/** Whose part the generator plays. */
export type Part = "receiver" | "sender";

const names = ["", "den", "Théo’s", "\u0007bell", "n".repeat(200)];
const codecLists = [
  ["mjpeg"],
  ["h264", "mjpeg"],
  ["mjpeg"],
  ["mjpeg", "av1"],
  ["mjpeg"],
  ["mjpeg"],
  ["mjpeg"],
  ["h264"],
];
const delays = [null, 0, 100, 250, 600_000, 1, 2000, null];
const states = ["idle", "starting", "live", "failed"] as const;

const hellos = {
  receiver: names.flatMap((name) =>
    codecLists.map((codecs, index) =>
      encodeHello({
        role: "receiver",
        name,
        program: "fuzz",
        codecs,
        maxDelayMs: delays[index] ?? null,
        adapts: index % 2 === 0,
      }),
    ),
  ),
  sender: names.map((name, index) =>
    encodeHello({
      role: "sender",
      name,
      program: "fuzz",
      codecs: [],
      maxDelayMs: delays[index] ?? null,
      adapts: index % 2 === 0,
    }),
  ),
};
const streams = names.flatMap((name) =>
  states.map((state, index) =>
    encodeStream({
      state,
      name,
      codec: index > 1 ? "mjpeg" : null,
      width: index > 1 ? 65_535 : null,
      height: index > 1 ? 1 : null,
      error: state === "failed" ? heard("e".repeat(400)) : null,
      restarts: index,
      hops: 2 * index + 1,
      rendition: index,
      form: index > 1 ? "h264" : "original",
    }),
  ),
);
const looped = encodeStream({
  state: "live",
  name: "loop",
  codec: null,
  width: null,
  height: null,
  error: null,
  restarts: 0,
  hops: 9,
  rendition: 0,
  form: "original",
});
const notices = names.map((message) => ({ code: "quit", message: heard(message) }));

/** Plays one side of a conversation: mostly as it should, now and then as it should not. */
export class Generator {
  readonly #random: Random;
  readonly #part: Part;
  #messages = 0;
  #sequence = 0;

  constructor(part: Part, random: Random) {
    this.#part = part;
    this.#random = random;
  }

  /** @param newestSent the number of the newest frame that the other side sent, or 0 */
  next(newestSent: number): Uint8Array {
    this.#messages += 1;
    const random = this.#random;
    if (this.#messages === 1 && !random.oneIn(20)) {
      const part = random.oneIn(20) ? other(this.#part) : this.#part;
      return random.pick(hellos[part]);
    }
    if (random.oneIn(20)) {
      return this.#any(newestSent);
    }
    return this.#part === "receiver" ? this.#asReceiver(newestSent) : this.#asSender();
  }

  #asReceiver(newestSent: number): Uint8Array {
    switch (this.#random.below(8)) {
      case 0:
        return this.#ping();
      case 1:
        return this.#unknown();
      case 2:
        return this.#last();
      default:
        return encodeAck(newestSent, this.#random.oneIn(2) ? null : this.#random.u32());
    }
  }

  #asSender(): Uint8Array {
    switch (this.#random.below(8)) {
      case 0:
        return this.#ping();
      case 1:
        return this.#unknown();
      case 2:
        return this.#last();
      case 3:
        return this.#pong();
      case 4:
        return this.#random.pick(streams);
      default:
        return this.#video();
    }
  }

  /** A good message that need not be good here. */
  #any(newestSent: number): Uint8Array {
    switch (this.#random.below(8)) {
      case 0:
        return this.#random.pick(hellos[this.#part]);
      case 1:
        return this.#random.pick(streams);
      case 2:
        return looped;
      case 3:
        return encodeAck(newestSent + this.#random.below(10), null);
      case 4:
        return this.#pong();
      case 5:
        this.#sequence = this.#random.below(10);
        return this.#video();
      case 6:
        return this.#unknown();
      default:
        return this.#ping();
    }
  }

  #ping(): Uint8Array {
    return encodePing(systemClock.micros());
  }

  #pong(): Uint8Array {
    const now = systemClock.micros();
    return encodePong(now - 1000, now - this.#random.below(2000), now);
  }

  #last(): Uint8Array {
    const notice = this.#random.pick(notices);
    return this.#random.oneIn(2) ? encodeGoodbye(notice) : encodeError(notice);
  }

  #unknown(): Uint8Array {
    const bytes = new Uint8Array(1 + this.#random.below(100));
    bytes[0] = 0x10 + this.#random.below(16);
    return bytes;
  }

  #video(): Uint8Array {
    this.#sequence += 1 + (this.#random.oneIn(4) ? this.#random.below(5) : 0);
    const bytes = new Uint8Array(this.#random.oneIn(500) ? 200_000 : 1 + this.#random.below(64));
    const frame = { sequence: this.#sequence, capturedAt: systemClock.micros(), isKey: true, bytes };
    return framedVideo(frame).subarray(LENGTH_BYTES);
  }
}

function other(part: Part): Part {
  return part === "receiver" ? "sender" : "receiver";
}
