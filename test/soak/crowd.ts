import { Lanvid } from "../support/lanvid.ts";
import type { Random } from "../support/random.ts";
import { waitFor } from "../support/wait.ts";
import { type Guest, Reader, SessionGuest } from "./guest.ts";

/** How long guests stay, ms: the longest. */
const MAX_STAY_MS = 15_000;
/** How long they stall, ms: some longer than the 10 s after which silence is the end. */
const MAX_STALL_MS = 12_000;
/** So many at a time. */
const MAX_GUESTS = 14;
const REQUEST_END = " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";

export interface Ports {
  readonly port: number;
  readonly http: number;
}

/** A `lanvid watch`, a process of its own: SIGSTOP is its stall, SIGKILL the way in which it vanishes. */
class WatchGuest implements Guest {
  isGone = false;
  readonly #lanvid: Lanvid;

  constructor({ port }: Ports) {
    this.#lanvid = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "none"]);
    void this.#lanvid.child.exited.then(() => {
      this.isGone = true;
    });
  }

  get isServed(): boolean {
    return this.#lanvid.events.some(({ frames }) => Number(frames) > 0);
  }

  stall(): void {
    this.#lanvid.kill("SIGSTOP");
  }

  resume(): void {
    this.#lanvid.kill("SIGCONT");
  }

  leave(): void {
    this.#lanvid.kill("SIGCONT");
    this.#lanvid.kill("SIGTERM");
  }

  vanish(): void {
    this.#lanvid.kill("SIGKILL");
  }
}

const FILM = ["h264", "mjpeg"];
const PICTURES = ["mjpeg"];
const get = (path: string, leastBytes: number) => (to: Ports) =>
  new Reader(to.http, leastBytes, `GET ${path}${REQUEST_END}`);

/** Every way to look on; how often each is chosen, against the others. */
const KINDS: readonly (readonly [name: string, share: number, come: (to: Ports) => Guest])[] = [
  ["page", 5, ({ http }) => new SessionGuest({ port: http, isPage: true, codecs: FILM })],
  ["page, JPEG only", 2, ({ http }) => new SessionGuest({ port: http, isPage: true, codecs: PICTURES })],
  ["session over TCP", 4, ({ port }) => new SessionGuest({ port, isPage: false, codecs: FILM })],
  ["session over TCP, JPEG only", 2, ({ port }) => new SessionGuest({ port, isPage: false, codecs: PICTURES })],
  ["/stream", 3, get("/stream", 5000)],
  ["/stream.mp4", 2, get("/stream.mp4", 5000)],
  ["/snapshot", 3, get("/snapshot", 5000)],
  ["/metrics", 1, get("/metrics", 1000)],
  ["classic receiver", 2, ({ port }) => new Reader(port, 100_000)],
  ["silent WebSocket port", 1, ({ http }) => new Reader(http, Number.POSITIVE_INFINITY)],
  ["lanvid watch", 1, (to) => new WatchGuest(to)],
];
const URN = KINDS.flatMap((kind) => Array.from({ length: kind[1] }, () => kind));

/** What became of the guests of one kind. */
export interface Tally {
  came: number;
  served: number;
  stalled: number;
  vanished: number;
}

/** Guests that come, go, stall and vanish at random, for as long as it is open. */
export class Crowd {
  readonly tallies = new Map<string, Tally>(
    KINDS.map(([name]) => [name, { came: 0, served: 0, stalled: 0, vanished: 0 }]),
  );
  readonly #random: Random;
  readonly #to: Ports;
  readonly #present = new Map<Guest, Tally>();
  #timers = new Set<ReturnType<typeof setTimeout>>();

  constructor(to: Ports, random: Random) {
    this.#to = to;
    this.#random = random;
  }

  get size(): number {
    return this.#present.size;
  }

  open(): void {
    this.#later(100 + this.#random.below(800), () => {
      if (this.size < MAX_GUESTS) {
        this.#admit();
      }
      this.open();
    });
  }

  /** Everybody goes, each in some way; settles when they are gone. */
  async close(): Promise<void> {
    for (const timer of this.#timers) {
      clearTimeout(timer);
    }
    this.#timers.clear();
    const last = [...this.#present.keys()];
    for (const guest of last) {
      this.#part(guest);
    }
    await waitFor("the guests to be gone", () => last.every(({ isGone }) => isGone));
  }

  #admit(): void {
    const [name, , come] = this.#random.pick(URN);
    const tally = this.tallies.get(name) as Tally;
    const guest = come(this.#to);
    this.#present.set(guest, tally);
    tally.came += 1;
    const stayMs = this.#random.below(MAX_STAY_MS);
    if (this.#random.oneIn(3)) {
      const stallMs = this.#random.below(MAX_STALL_MS);
      tally.stalled += 1;
      this.#later(stayMs / 2, () => guest.stall());
      this.#later(stayMs / 2 + stallMs, () => guest.resume());
      this.#later(stayMs + stallMs, () => this.#part(guest));
    } else {
      this.#later(stayMs, () => this.#part(guest));
    }
  }

  #part(guest: Guest): void {
    const tally = this.#present.get(guest) as Tally;
    this.#present.delete(guest);
    tally.served += guest.isServed ? 1 : 0;
    if (this.#random.oneIn(3)) {
      tally.vanished += 1;
      guest.vanish();
    } else {
      guest.leave();
    }
  }

  #later(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
  }
}
