import { Fmp4Muxer, type H264Parameters, h264Parameters, hasSameParameters } from "../../media.ts";
import { nowMicros } from "../../time.ts";
import { FilmBuffer } from "./film-buffer.ts";
import { FilmCover } from "./film-cover.ts";
import { FilmSightings } from "./film-sightings.ts";
import { FilmSilence } from "./film-silence.ts";
import { FilmTimeline } from "./film-timeline.ts";
import { LiveEdge } from "./live-edge.ts";
import { mp4Type } from "./mp4-type.ts";
import type { Picture, Renderer, RendererEvents } from "./renderer.ts";
import type { Surface } from "./surface.ts";

/** After so many errors without a picture in between, it is no use. */
const MAX_ERRORS = 3;
/** A player that was told to jump is given so long to get there, in ms. */
const JUMP_MS = 500;
/** One that stands still for so long although frames come is replaced, in ms. */
const STUCK_MS = 4000;
/** Rates closer than this are the same. */
const RATE_STEP = 0.02;
/** A player that is told to go to a frame shows the one before, if it rounds; so it is told to go into the frame, in µs. */
const WITHIN_MICROS = 500;
/** More frames in a row that are not to be shown are not kept. */
const MAX_PREROLL = 600;

/** iPhones have this in place of MediaSource. */
declare const ManagedMediaSource: typeof MediaSource | undefined;

/** The browser's Media Source, or undefined where it has none. */
export function mediaSourceClass(): typeof MediaSource | undefined {
  if (typeof ManagedMediaSource !== "undefined") {
    return ManagedMediaSource;
  }
  return typeof MediaSource === "undefined" ? undefined : MediaSource;
}

export interface FilmEvents extends RendererEvents {
  /** The player had nothing to show and waited. */
  readonly onWaiting: () => void;
}

/**
 * Shows H.264 by Media Source, where there is no WebCodecs: the frames become a film that has no end, and its player is
 * held at the live edge: it runs a little faster or slower, and jumps when it is far behind.
 */
export class Film implements Renderer {
  /** Its player shows a picture one to four frames of the display after it was appended. */
  readonly showingMs = 20;
  readonly #video: HTMLVideoElement;
  readonly #cover: FilmCover;
  readonly #events: FilmEvents;
  readonly #muxer = new Fmp4Muxer();
  readonly #edge = new LiveEdge();
  readonly #waited = () => {
    // A jump is no halt.
    if (!this.#video.seeking && !document.hidden) {
      this.#edge.halted(performance.now());
    }
    this.#events.onWaiting();
  };
  readonly #failed = () => this.#fail();
  #timeline = new FilmTimeline();
  /** What is only decoded: appended with the frame that follows, so that the player can go to that at once. */
  #preroll: Picture[] = [];
  /** The next frame to be shown is the first of a connection or form. */
  #isJoining = true;
  readonly #sightings: FilmSightings;
  #buffer: FilmBuffer | null = null;
  #silence: FilmSilence | null = null;
  /** Frames that came before the browser was ready. */
  #early: (() => void)[] | null = null;
  #configured: H264Parameters | null = null;
  #needsKey = true;
  #errors = 0;
  #jumpedAt = Number.NEGATIVE_INFINITY;
  /** Where the player was when it was seen to move, in s, and when that was, in ms. */
  #moved = { to: 0, atMs: performance.now() };
  #url = "";

  /** @param surface takes the last picture when the film is over */
  constructor(video: HTMLVideoElement, surface: Surface, events: FilmEvents) {
    this.#video = video;
    this.#cover = new FilmCover(video, surface);
    this.#events = {
      ...events,
      onShown: (...shown) => {
        this.#errors = 0;
        events.onShown(...shown);
      },
    };
    this.#sightings = new FilmSightings(video, (picture) => this.#cover.liftFor(picture), this.#events);
    // As properties too: Chromium lets it play by itself only if it is muted, whatever the attribute says.
    video.hidden = false;
    video.muted = true;
    video.disableRemotePlayback = true;
    video.addEventListener("waiting", this.#waited);
    video.addEventListener("error", this.#failed);
  }

  show(picture: Picture): void {
    if (document.hidden && this.#buffer === null) {
      // A page that was never seen may not be given its Media Source before it is.
      picture.settle(null);
      return;
    }
    if (picture.isKey) {
      this.#begin(picture.bytes);
    }
    if (this.#needsKey) {
      if (!picture.isPreroll) {
        this.#events.onDropped(1);
      }
      picture.settle(null);
      return;
    }
    if (this.#early !== null) {
      this.#early.push(() => this.#append(picture));
      return;
    }
    this.#append(picture);
  }

  restart(): void {
    this.#timeline.restart();
    this.#joinAnew();
  }

  visibilityChanged(): void {
    if (document.hidden) {
      this.#video.pause();
      if (this.#early !== null) {
        this.#dismiss();
      }
      // Seen again, it would show where it stopped, until it has jumped.
      this.#sightings.forget();
      this.#cover.clear();
    } else {
      this.#opened();
      this.#sightings.forget();
      this.#play();
      this.#follow();
    }
  }

  close(): void {
    this.#sightings.close();
    this.#video.removeEventListener("waiting", this.#waited);
    this.#video.removeEventListener("error", this.#failed);
    this.#dismiss();
    this.#video.hidden = true;
  }

  #joinAnew(): void {
    this.#needsKey = true;
    this.#isJoining = true;
    this.#preroll = [];
    this.#cover.restart();
    this.#sightings.forget();
    this.#edge.restart();
  }

  /** At a key frame: tells the browser what follows, when that is new. */
  #begin(bytes: Uint8Array): void {
    const parameters = h264Parameters(bytes);
    if (parameters === undefined) {
      this.#events.onCorrupt();
      this.#needsKey = true;
      return;
    }
    this.#needsKey = false;
    if (this.#configured !== null && hasSameParameters(parameters, this.#configured)) {
      return;
    }
    this.#configured = parameters;
    const type = mp4Type(parameters.codec);
    if (mediaSourceClass()?.isTypeSupported(type) !== true) {
      this.#needsKey = true;
      this.#events.onUnusable("Media Source can't play this stream here");
      return;
    }
    const init = this.#muxer.init(parameters);
    if (this.#buffer !== null) {
      this.#buffer.begin(init, type);
    } else if (this.#early !== null) {
      this.#early.push(() => this.#buffer?.begin(init, type));
    } else {
      this.#open(init, parameters);
    }
  }

  #open(init: Uint8Array, { codec }: H264Parameters): void {
    const Source = mediaSourceClass() as typeof MediaSource;
    const source = new Source();
    const early: (() => void)[] = [];
    this.#early = early;
    source.addEventListener(
      "sourceopen",
      () => {
        if (this.#early !== early) {
          return;
        }
        this.#early = null;
        try {
          this.#buffer = new FilmBuffer(source, mp4Type(codec), () => this.#fail());
          this.#silence = FilmSilence.isPossible(source) ? new FilmSilence(source) : null;
        } catch {
          this.#fail();
          return;
        }
        this.#buffer.begin(init, mp4Type(codec));
        for (const add of early) {
          add();
        }
      },
      { once: true },
    );
    this.#opened();
    this.#url = URL.createObjectURL(source);
    this.#video.src = this.#url;
    this.#play();
  }

  #opened(): void {
    this.#cover.open();
    this.#moved.atMs = performance.now();
  }

  #append(picture: Picture): void {
    const buffer = this.#buffer;
    if (buffer === null) {
      picture.settle(null);
      return;
    }
    // What came before a key frame is not needed any more.
    const pictures = [...(picture.isKey ? [] : this.#preroll), picture];
    if (picture.isPreroll) {
      // Taken as fast as it comes: the picture that is waited for is behind it.
      picture.settle(null);
      this.#preroll = pictures;
      if (pictures.length > MAX_PREROLL) {
        this.restart();
      }
      return;
    }
    const goesThere = this.#isJoining && pictures.length > 1;
    this.#preroll = [];
    this.#isJoining = false;
    if (pictures.length > 1) {
      this.#cover.keepUntil(picture);
    }
    const playedMicros = this.#video.currentTime * 1e6;
    const samples = pictures.map((one) => ({ ...this.#timeline.place(one, playedMicros), ...one }));
    const { timeMicros, holdMicros, dueMicros } = samples.at(-1) as (typeof samples)[number];
    this.#edge.add(performance.now(), picture.sentAt / 1000, dueMicros / 1000);
    if (!document.hidden) {
      this.#sightings.await(timeMicros, picture);
    }
    this.#silence?.follow(timeMicros / 1e6);
    const key = samples.find((sample) => sample.isKey);
    const keySeconds = key === undefined ? null : key.timeMicros / 1e6;
    buffer.append(this.#muxer.fragment(samples, holdMicros), timeMicros / 1e6, keySeconds, () => {
      const there = (dueMicros + WITHIN_MICROS) / 1e6;
      if (goesThere && this.#video.currentTime < there) {
        // A player that plays what is only decoded takes several times as long. One that is past it already, since the
        // browser was late to say that it has the frame, would show again what was seen.
        this.#video.currentTime = there;
      }
      picture.settle(document.hidden ? null : this.#expectedAt(timeMicros));
      this.#follow();
    });
  }

  /** When the player will be there: µs on our clock. */
  #expectedAt(timeMicros: number): number {
    const { currentTime, playbackRate } = this.#video;
    return Math.round(nowMicros() + Math.max(0, timeMicros - currentTime * 1e6) / playbackRate);
  }

  /** Brings the player to the live edge. */
  #follow(): void {
    const video = this.#video;
    const nowMs = performance.now();
    if (this.#buffer === null || document.hidden || video.readyState === HTMLMediaElement.HAVE_NOTHING) {
      return;
    }
    if (this.#isStuck(nowMs)) {
      this.#fail();
      return;
    }
    this.#cover.liftInTheEnd(nowMs);
    if (video.paused) {
      this.#play();
    }
    const move = this.#edge.move(nowMs, video.currentTime * 1000);
    if (move.kind === "run") {
      if (Math.abs(move.rate - video.playbackRate) > RATE_STEP || move.rate === 1) {
        video.playbackRate = move.rate;
      }
      return;
    }
    if (!video.seeking && nowMs - this.#jumpedAt > JUMP_MS) {
      this.#jumpedAt = nowMs;
      video.currentTime = move.toMs / 1000;
    }
  }

  #isStuck(nowMs: number): boolean {
    const to = this.#video.currentTime;
    if (to !== this.#moved.to) {
      this.#moved = { to, atMs: nowMs };
      return false;
    }
    const isStuck = nowMs - this.#moved.atMs > STUCK_MS;
    if (isStuck) {
      this.#moved.atMs = nowMs;
    }
    return isStuck;
  }

  #play(): void {
    this.#video.play().catch((error: unknown) => {
      // A browser may refuse to play anything by itself (an iPhone that saves power). Other reasons pass.
      if (error instanceof DOMException && error.name === "NotAllowedError" && !document.hidden) {
        this.#events.onUnusable("this browser does not let a film begin by itself");
      }
    });
  }

  /** Goes on with a new film, at the next key frame. */
  #fail(): void {
    this.#events.onCorrupt();
    this.#dismiss();
    this.#errors += 1;
    if (this.#errors >= MAX_ERRORS) {
      this.#events.onUnusable("Media Source can't play this stream here");
    }
  }

  #dismiss(): void {
    const early = this.#early;
    const buffer = this.#buffer;
    this.#early = null;
    this.#buffer = null;
    this.#silence = null;
    this.#configured = null;
    this.#timeline = new FilmTimeline();
    this.#joinAnew();
    buffer?.close();
    for (const add of early ?? []) {
      // Without a buffer, it settles.
      add();
    }
    if (this.#url !== "") {
      this.#cover.keep();
      URL.revokeObjectURL(this.#url);
      this.#url = "";
      this.#video.removeAttribute("src");
      this.#video.load();
    }
  }
}
