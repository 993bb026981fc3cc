import { SILENCE_CODEC, SilenceMuxer } from "../../media.ts";
import { mp4Type } from "./media-source.ts";

/** At least this much of it is ahead of the newest picture, and this much more is made at a time, in s. */
const AHEAD_SECONDS = 20;
const PIECE_SECONDS = 40;
/** This much behind that is kept, in s: more than the player is ever behind without jumping. */
const KEPT_SECONDS = 5;

/**
 * A track of silence beside the pictures, so that a picture which is late stops nothing: without sound, Chromium's player
 * stops its clock (and fires `waiting`) as soon as no picture is there to go on with, and is later from then on. With sound
 * to go on with, the clock runs, and the picture is shown when it comes (for 3 s: `video_underflow_threshold_` in its
 * RendererImpl). Other browsers wait for pictures either way.
 */
export class SilentAudioTrack {
  /** Whether this browser can have it. iPhones, which have a ManagedMediaSource, go without: sound there is a matter of its own. */
  static isPossible(source: MediaSource): boolean {
    const isUsual = typeof MediaSource !== "undefined" && source.constructor === MediaSource;
    return isUsual && MediaSource.isTypeSupported(mp4Type(SILENCE_CODEC));
  }

  readonly #source: MediaSource;
  readonly #buffer: SourceBuffer;
  readonly #muxer = new SilenceMuxer();
  #removed = 0;
  #seconds = 0;

  /** @param source one that is open. Throws what the browser does when it can't play AAC */
  constructor(source: MediaSource) {
    this.#source = source;
    this.#buffer = source.addSourceBuffer(mp4Type(SILENCE_CODEC));
    this.#buffer.addEventListener("updateend", () => this.follow(this.#seconds), { once: true });
    this.#buffer.appendBuffer(this.#muxer.init() as BufferSource);
  }

  /** Sees to it that there is enough. @param seconds where the newest picture is */
  follow(seconds: number): void {
    this.#seconds = seconds;
    if (this.#buffer.updating || this.#source.readyState !== "open") {
      return;
    }
    if (this.#muxer.seconds - seconds < AHEAD_SECONDS) {
      this.#buffer.appendBuffer(this.#muxer.fragment(seconds + AHEAD_SECONDS + PIECE_SECONDS) as BufferSource);
      return;
    }
    const old = seconds - KEPT_SECONDS;
    if (old - this.#removed > PIECE_SECONDS) {
      this.#removed = old;
      this.#buffer.remove(0, old);
    }
  }
}
