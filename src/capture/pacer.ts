import { type Clock, type Ms, systemClock, type Timer } from "../time.ts";
import { MIB } from "../units.ts";
import type { Nature } from "./nature.ts";
import { Schedule } from "./schedule.ts";
import { SpeedJudge } from "./speed-judge.ts";

/** What is read ahead of a film, ms: the next round begins before the last one is over. */
const AHEAD_MS = 2000;
/** And of what is not known to be one, which has to be read to be judged, ms. */
const AHEAD_OF_JUDGED_MS = 20_000;
/** What is judged may have this much more in store than what it gave since it began before it is held back, ms. */
const STORE_MS = 500;
/** What is read ahead at most, in bytes and pictures. */
const MAX_BYTES = 32 * MIB;
const MAX_PICTURES = 1500;
/** Times of live pictures that are further apart begin anew, ms. */
const LONGEST_LIVE_PAUSE_MS = 30_000;

/** On the machine's own clock. */
const PROGRAM_BEGAN_AT: Ms = 0;

/** A picture with its time, µs; null is a picture that is due at once. */
export interface Timed {
  readonly ptsMicros: number | null;
  readonly bytes: Uint8Array;
}

type How = "held" | "through" | "paced" | "judged";

/**
 * Gives pictures when they are due: live ones at once, those of a film and of live segments at their own speed. It lives
 * as long as the source is watched, over any number of ffmpegs. What is not wanted yet is not read: `room`.
 */
export class Pacer<P extends Timed> {
  readonly #give: (picture: P) => void;
  readonly #clock: Clock;
  #how: How = "held";
  #nature: Nature | null = null;
  #schedule = new Schedule();
  #judge: SpeedJudge | null = null;
  #isJudgedFilm = false;
  /** `due` is null while it isn't known. */
  #waiting: { readonly picture: P; due: Ms | null }[] = [];
  #bytes = 0;
  #begunAt: Ms = 0;
  #timer: Timer | undefined;
  #room: PromiseWithResolvers<void> | null = null;
  #drained: PromiseWithResolvers<void> | null = null;

  /** @param give called for each picture when it is due, in their order */
  constructor(give: (picture: P) => void, clock = systemClock) {
    this.#give = give;
    this.#clock = clock;
  }

  /** Nothing waits here: a picture that does not come is missing. */
  get isWanting(): boolean {
    return this.#waiting.length === 0;
  }

  /** The source is a film, or has turned out to be one. */
  get isFilm(): boolean {
    return this.#nature?.flow === "film" || this.#isJudgedFilm;
  }

  /** Another ffmpeg begins. Its pictures are held until it is known what they are. */
  begin(): void {
    if (this.#how === "paced") {
      this.#schedule.turn(this.#nature?.durationMs ?? null);
    }
    this.#how = "held";
    this.#judge = null;
    this.#begunAt = this.#clock.now();
  }

  /** What the pictures are that come now, and have come since `begin`. */
  know(nature: Nature): void {
    const before = this.#nature;
    this.#nature = nature;
    if (before?.flow !== nature.flow) {
      this.#isJudgedFilm = false;
      this.#schedule = new Schedule(nature.flow === "film" ? undefined : LONGEST_LIVE_PAUSE_MS);
    }
    switch (nature.flow) {
      case "live":
        this.#passOn();
        return;
      case "judged":
        this.#judge = this.#isJudgedFilm ? null : new SpeedJudge(nature.hasOwnTimes);
        this.#how = this.#judge === null ? "paced" : "judged";
        if (this.#judge !== null) {
          this.#schedule = new Schedule(LONGEST_LIVE_PAUSE_MS);
          // What a live source gave before it was read is not to be late for ever.
          this.#schedule.catchUp((nature.beganWithUs ? PROGRAM_BEGAN_AT : this.#begunAt) - STORE_MS);
        }
        break;
      default:
        this.#how = "paced";
    }
    const now = this.#clock.now();
    for (const entry of this.#waiting) {
      entry.due ??= this.#dueOf(entry.picture, now);
    }
    this.#pump();
  }

  add(picture: P): void {
    if (this.#how === "through") {
      this.#judgeLive(picture);
      if (this.#how === "through") {
        this.#give(picture);
        return;
      }
    }
    const due = this.#how === "held" ? null : this.#dueOf(picture, this.#clock.now());
    this.#waiting.push({ picture, due });
    this.#bytes += picture.bytes.length;
    if (this.#how !== "held") {
      this.#pump();
    }
  }

  /** Nothing more comes of this ffmpeg: what gave all that it has, and still waits, is a film. */
  end(): void {
    if (this.#how === "judged" && this.#waiting.length > 0) {
      this.#isFilmAfterAll();
    }
  }

  /** @returns what settles when more may be read; undefined when it may be now */
  room(): Promise<void> | undefined {
    if (this.#hasRoom()) {
      return undefined;
    }
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  /** Settles when all that waits was given. */
  drained(): Promise<void> {
    if (this.#waiting.length === 0) {
      return Promise.resolve();
    }
    this.#drained ??= Promise.withResolvers();
    return this.#drained.promise;
  }

  /** Forgets what waits: nothing of it is given. */
  clear(): void {
    this.#waiting = [];
    this.#bytes = 0;
    this.#how = "held";
    this.#judge = null;
    this.#nature = null;
    this.#timer?.[Symbol.dispose]();
    this.#settle();
  }

  #isFilmAfterAll(): void {
    this.#judge = null;
    this.#isJudgedFilm = true;
    this.#schedule.follow();
    this.#how = "paced";
  }

  #dueOf(picture: P, now: Ms): Ms {
    const { ptsMicros } = picture;
    if (ptsMicros === null) {
      return now;
    }
    this.#judge?.take(ptsMicros / 1000, now);
    return this.#schedule.due(ptsMicros / 1000, now);
  }

  /** A source that was taken for live may turn out to be a film. */
  #judgeLive({ ptsMicros }: P): void {
    if (this.#judge === null || ptsMicros === null) {
      return;
    }
    const now = this.#clock.now();
    this.#judge.take(ptsMicros / 1000, now);
    if (this.#judge.verdict(now) === "film") {
      this.#isFilmAfterAll();
    }
  }

  /** Live: what waits is given at once, and what comes as it comes. */
  #passOn(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#how = "through";
    for (const { picture } of this.#waiting.splice(0)) {
      this.#give(picture);
    }
    this.#bytes = 0;
    this.#settle();
  }

  #pump(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    if (this.#how === "judged" && this.#judge !== null) {
      switch (this.#judge.verdict(this.#clock.now())) {
        case "live":
          this.#passOn();
          return;
        case "film":
          this.#isFilmAfterAll();
          break;
        default:
          break;
      }
    }
    this.#giveDue();
    this.#settle();
  }

  #giveDue(): void {
    for (;;) {
      const [next] = this.#waiting;
      if (next === undefined || next.due === null) {
        return;
      }
      const waitMs = next.due - this.#clock.now();
      if (waitMs > 0) {
        this.#timer = this.#clock.after(waitMs, () => this.#pump());
        return;
      }
      this.#waiting.shift();
      this.#bytes -= next.picture.bytes.length;
      this.#give(next.picture);
    }
  }

  #hasRoom(): boolean {
    const first = this.#waiting[0];
    const last = this.#waiting.at(-1);
    if (first === undefined || last === undefined) {
      return true;
    }
    const aheadMs = (last.due ?? 0) - Math.max(first.due ?? 0, this.#clock.now());
    const limitMs = this.#how === "judged" ? AHEAD_OF_JUDGED_MS : AHEAD_MS;
    return this.#bytes < MAX_BYTES && this.#waiting.length < MAX_PICTURES && aheadMs < limitMs;
  }

  #settle(): void {
    if (this.#room !== null && this.#hasRoom()) {
      this.#room.resolve();
      this.#room = null;
    }
    if (this.#waiting.length === 0) {
      this.#drained?.resolve();
      this.#drained = null;
    }
  }
}
