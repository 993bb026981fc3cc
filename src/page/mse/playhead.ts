import { type Clock, type Micros, type Ms, systemClock } from "../../time.ts";
import { LiveEdge } from "./live-edge.ts";

/** A player that was told to jump is given this long to get there, in ms. */
const JUMP_MS = 500;
/** One that stands still for this long although frames come is stuck, in ms. */
const STUCK_MS = 4000;
/** Rates closer than this are the same. */
const RATE_STEP = 0.02;
/** A player that is told to go to a frame shows the one before, if it rounds; so it is told to go into the frame, in µs. */
const WITHIN_MICROS = 500;

/** Holds the browser's player at the live edge: it plays a little faster or slower, and jumps when it is far behind. */
export class Playhead {
  readonly #video: HTMLVideoElement;
  readonly #onRefused: () => void;
  readonly #clock: Clock;
  readonly #edge = new LiveEdge();
  #jumpedAt: Ms = Number.NEGATIVE_INFINITY;
  /** Where the player was when it was seen to move, in s, and when that was. */
  #moved: { to: number; at: Ms };

  /** @param onRefused the browser lets nothing play by itself */
  constructor(video: HTMLVideoElement, onRefused: () => void, clock = systemClock) {
    this.#video = video;
    this.#onRefused = onRefused;
    this.#clock = clock;
    this.#moved = { to: 0, at: clock.now() };
  }

  /** The playhead: where it is on the timeline. */
  get playedMicros(): Micros {
    return this.#video.currentTime * 1e6;
  }

  /** The `<video>` begins, or the page is seen again. */
  begin(): void {
    this.#moved.at = this.#clock.now();
    this.#play();
  }

  /** Frames of another sender or variant follow. */
  restart(): void {
    this.#edge.restart();
  }

  /** It had nothing to show, and waits. */
  halted(): void {
    this.#edge.halted(this.#clock.now());
  }

  /** A frame came. @param sentAt when it was captured, on the sender's clock @param dueMicros see `Place` */
  came(sentAt: Micros, dueMicros: number): void {
    this.#edge.add(this.#clock.now(), sentAt / 1000, dueMicros / 1000);
  }

  /** Goes to the frame that is due here, unless it is past it. */
  goTo(dueMicros: number): void {
    const there = (dueMicros + WITHIN_MICROS) / 1e6;
    if (this.#video.currentTime < there) {
      this.#video.currentTime = there;
    }
  }

  /** When it will be at this place: on our clock. */
  expectedAt(timeMicros: number): Micros {
    const { currentTime, playbackRate } = this.#video;
    return Math.round(this.#clock.micros() + Math.max(0, timeMicros - currentTime * 1e6) / playbackRate);
  }

  /** It stands still although frames come. Said once; then it is given as much time again. */
  isStuck(): boolean {
    const now = this.#clock.now();
    const to = this.#video.currentTime;
    const isStuck = to === this.#moved.to && now - this.#moved.at > STUCK_MS;
    if (isStuck || to !== this.#moved.to) {
      this.#moved = { to, at: now };
    }
    return isStuck;
  }

  /** Brings it to the live edge. */
  follow(): void {
    const video = this.#video;
    const now = this.#clock.now();
    if (video.paused) {
      this.#play();
    }
    const move = this.#edge.move(now, video.currentTime * 1000);
    if (move.kind === "run") {
      if (Math.abs(move.rate - video.playbackRate) > RATE_STEP || move.rate === 1) {
        video.playbackRate = move.rate;
      }
      return;
    }
    if (!video.seeking && now - this.#jumpedAt > JUMP_MS) {
      this.#jumpedAt = now;
      video.currentTime = move.toMs / 1000;
    }
  }

  #play(): void {
    this.#video.play().catch((error: unknown) => {
      // A browser may refuse to play anything by itself (an iPhone that saves power). Other reasons pass.
      if (error instanceof DOMException && error.name === "NotAllowedError" && !document.hidden) {
        this.#onRefused();
      }
    });
  }
}
