import { type Clock, type Ms, systemClock } from "../../time.ts";
import type { Picture } from "../renderer.ts";
import type { Surface } from "../surface.ts";

/**
 * What is older is not live, in µs; a `<video>` that is not live after this long is shown all the same, in ms: its link is slow.
 */
const LIVE_MICROS = 250_000;
const MAKING_READY_MS = 1000;

/** The canvas as a poster: it is in front of the `<video>` until that has something that may be seen. */
export class Poster {
  readonly #video: HTMLVideoElement;
  readonly #surface: Surface;
  readonly #clock: Clock;
  #isInFront = false;
  /** When the `<video>` was begun, or the page was seen again. */
  #openedAt: Ms = 0;
  /** When the `<video>` was last covered; until this picture. */
  #coveredAt: Ms = 0;
  #until = 0;

  constructor(surface: Surface, clock = systemClock) {
    this.#video = surface.film;
    this.#surface = surface;
    this.#clock = clock;
  }

  /** The `<video>` begins, or the page is seen again. */
  open(): void {
    this.#openedAt = this.#clock.now();
    this.#coveredAt = this.#openedAt;
  }

  /** Pictures whose numbers begin anew follow. */
  restart(): void {
    this.#until = 0;
  }

  /** Covers the `<video>` with what it shows, if that is something. */
  keep(): void {
    this.#isInFront = false;
    const { readyState, videoWidth, videoHeight } = this.#video;
    if (readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && videoWidth > 0) {
      this.#surface.draw(this.#video, videoWidth, videoHeight);
      this.#surface.bringForward("canvas");
    }
  }

  /** Keeps what is seen until the `<video>` shows this: what is only decoded is before it. */
  keepUntil({ sequence }: Picture): void {
    if (this.#isInFront) {
      this.keep();
      this.#until = sequence;
      this.#coveredAt = this.#clock.now();
    }
  }

  /** Covers it with nothing. */
  clear(): void {
    this.#isInFront = false;
    this.#surface.clear();
    this.#surface.bringForward("canvas");
  }

  /**
   * Is the `<video>` in front when it shows this? It comes there once it is live: at its beginning, it has what came while the
   * browser made ready.
   */
  liftFor({ sequence, capturedAt }: Picture): boolean {
    if (sequence < this.#until) {
      return false;
    }
    const isLive = capturedAt === null || this.#clock.micros() - capturedAt <= LIVE_MICROS;
    if (!this.#isInFront && (isLive || this.#clock.now() - this.#openedAt > MAKING_READY_MS)) {
      this.#lift();
    }
    return this.#isInFront;
  }

  /** Brings a `<video>` to the front that has been covered for long, and has a picture. */
  liftInTheEnd(): void {
    const hasPicture = this.#video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && !this.#video.seeking;
    if (!this.#isInFront && hasPicture && this.#clock.now() - this.#coveredAt > MAKING_READY_MS) {
      this.#lift();
    }
  }

  #lift(): void {
    this.#isInFront = true;
    this.#surface.bringForward("video");
  }
}
