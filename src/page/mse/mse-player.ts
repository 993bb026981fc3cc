import { Fmp4Muxer, type H264Parameters, h264Parameters, hasSameParameters } from "../../media.ts";
import { systemClock } from "../../time.ts";
import type { Picture, Renderer, RendererEvents } from "../renderer.ts";
import type { Surface } from "../surface.ts";
import { mediaSourceClass, mp4Type } from "./media-source.ts";
import { MediaTimeline } from "./media-timeline.ts";
import { Playhead } from "./playhead.ts";
import { Poster } from "./poster.ts";
import { PresentedFrames } from "./presented-frames.ts";
import { SilentAudioTrack } from "./silent-audio-track.ts";
import { SourceBufferQueue } from "./source-buffer-queue.ts";

/** After this many errors without a picture in between, it is no use. */
const MAX_ERRORS = 3;
/** More frames in a row that are not to be shown are not kept. */
const MAX_PREROLL = 600;

export interface MsePlayerEvents extends RendererEvents {
  /** The player had nothing to show and waited. */
  readonly onWaiting: () => void;
}

/** The browser makes ready: what comes meanwhile, a key frame first, is shown then. */
interface Opening {
  readonly kind: "opening";
  readonly url: string;
  readonly early: Picture[];
}

/** The browser takes what comes. */
interface Open {
  readonly kind: "open";
  readonly url: string;
  readonly buffer: SourceBufferQueue;
  readonly silence: SilentAudioTrack | null;
}

/** What the browser has; if nothing, the next key frame opens one. */
type State = { readonly kind: "closed" } | Opening | Open;

const CLOSED: State = { kind: "closed" };

/**
 * Shows H.264 by Media Source, where there is no WebCodecs: the frames become a video that has no end, and its player is
 * held at the live edge.
 */
export class MsePlayer implements Renderer {
  /** Its player shows a picture one to four frames of the display after it was appended. */
  readonly showingMs = 20;
  readonly #video: HTMLVideoElement;
  readonly #cover: Poster;
  readonly #events: MsePlayerEvents;
  readonly #player: Playhead;
  readonly #sightings: PresentedFrames;
  readonly #muxer = new Fmp4Muxer();
  readonly #waited = () => {
    // A jump is no halt.
    if (!this.#video.seeking && !document.hidden) {
      this.#player.halted();
    }
    this.#events.onWaiting();
  };
  readonly #failed = () => this.#fail();
  #state: State = CLOSED;
  #timeline = new MediaTimeline();
  /** What is only decoded: appended with the frame that follows, so that the player can go to that at once. */
  #preroll: Picture[] = [];
  /** The next frame to be shown is the first of a connection or variant. */
  #isJoining = true;
  #configured: H264Parameters | null = null;
  #needsKey = true;
  #errors = 0;

  /** @param surface takes the last picture when the player is closed */
  constructor(surface: Surface, events: MsePlayerEvents, clock = systemClock) {
    const video = surface.film;
    this.#video = video;
    this.#cover = new Poster(surface, clock);
    this.#events = {
      ...events,
      onShown: (...shown) => {
        this.#errors = 0;
        events.onShown(...shown);
      },
    };
    const onRefused = () => events.onUnusable("this browser does not let a film begin by itself");
    this.#player = new Playhead(video, onRefused, clock);
    this.#sightings = new PresentedFrames(video, (picture) => this.#cover.liftFor(picture), this.#events, clock);
    // As properties too: Chromium lets it play by itself only if it is muted, whatever the attribute says.
    video.hidden = false;
    video.muted = true;
    video.disableRemotePlayback = true;
    video.addEventListener("waiting", this.#waited);
    video.addEventListener("error", this.#failed);
  }

  show(picture: Picture): void {
    if (document.hidden && this.#state.kind !== "open") {
      // A page that was never seen may not be given its Media Source before it is.
      picture.settle(null);
      return;
    }
    if (picture.isKey && this.#state.kind !== "opening") {
      this.#tell(picture.bytes);
    }
    const state = this.#state;
    if (state.kind === "opening") {
      state.early.push(picture);
      return;
    }
    if (this.#needsKey || state.kind === "closed") {
      if (!picture.isPreroll) {
        this.#events.onDropped(1);
      }
      picture.settle(null);
      return;
    }
    this.#add(picture, state);
  }

  restart(): void {
    if (this.#state.kind === "opening") {
      settleAll(this.#state.early.splice(0));
    }
    this.#timeline.restart();
    this.#joinAnew();
  }

  visibilityChanged(): void {
    this.#sightings.forget();
    if (document.hidden) {
      this.#video.pause();
      if (this.#state.kind === "opening") {
        this.#dismiss();
      }
      // Seen again, it would show where it stopped, until it has jumped.
      this.#cover.clear();
    } else {
      this.#begin();
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
    this.#player.restart();
  }

  /** At a key frame: tells the browser what follows, when that is new. */
  #tell(bytes: Uint8Array): void {
    const parameters = h264Parameters(bytes);
    this.#needsKey = parameters === undefined;
    if (parameters === undefined) {
      this.#events.onCorrupt();
      return;
    }
    if (this.#configured !== null && hasSameParameters(parameters, this.#configured)) {
      return;
    }
    this.#configured = parameters;
    const type = mp4Type(parameters.codec);
    const Source = mediaSourceClass();
    if (Source?.isTypeSupported(type) !== true) {
      this.#needsKey = true;
      this.#events.onUnusable("Media Source can't play this stream here");
    } else if (this.#state.kind === "open") {
      this.#state.buffer.begin(this.#muxer.init(parameters), type);
    } else {
      this.#open(new Source(), type);
    }
  }

  #open(source: MediaSource, type: string): void {
    const opening: Opening = { kind: "opening", url: URL.createObjectURL(source), early: [] };
    this.#state = opening;
    const opened = () => {
      if (this.#state !== opening) {
        return;
      }
      try {
        const buffer = new SourceBufferQueue(source, type, () => this.#fail());
        const silence = SilentAudioTrack.isPossible(source) ? new SilentAudioTrack(source) : null;
        this.#state = { kind: "open", url: opening.url, buffer, silence };
      } catch {
        this.#fail();
        return;
      }
      this.#configured = null;
      for (const picture of opening.early) {
        this.show(picture);
      }
    };
    source.addEventListener("sourceopen", opened, { once: true });
    this.#video.src = opening.url;
    this.#begin();
  }

  #begin(): void {
    this.#cover.open();
    this.#player.begin();
  }

  #add(picture: Picture, film: Open): void {
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
    this.#preroll = [];
    this.#append(pictures, picture, film);
  }

  /** @param pictures what is only decoded, and the one that is to be seen */
  #append(pictures: readonly Picture[], picture: Picture, { buffer, silence }: Open): void {
    const goesThere = this.#isJoining && pictures.length > 1;
    this.#isJoining = false;
    if (pictures.length > 1) {
      this.#cover.keepUntil(picture);
    }
    const { playedMicros } = this.#player;
    const samples = pictures.map((one) => ({ ...this.#timeline.place(one, playedMicros), ...one }));
    const { timeMicros, holdMicros, dueMicros } = samples.at(-1) as (typeof samples)[number];
    this.#player.came(picture.sentAt, dueMicros);
    if (!document.hidden) {
      this.#sightings.await(timeMicros, picture);
    }
    silence?.follow(timeMicros / 1e6);
    const key = samples.find((sample) => sample.isKey);
    const keySeconds = key === undefined ? null : key.timeMicros / 1e6;
    buffer.append(this.#muxer.fragment(samples, holdMicros), timeMicros / 1e6, keySeconds, () => {
      if (goesThere) {
        // A player that plays what is only decoded takes several times as long. One that is past it already, since the
        // browser was late to say that it has the frame, would show again what was seen.
        this.#player.goTo(dueMicros);
      }
      picture.settle(document.hidden ? null : this.#player.expectedAt(timeMicros));
      this.#follow();
    });
  }

  /** Brings the player to the live edge. */
  #follow(): void {
    const hasNothing = this.#video.readyState === HTMLMediaElement.HAVE_NOTHING;
    if (this.#state.kind !== "open" || document.hidden || hasNothing) {
      return;
    }
    if (this.#player.isStuck()) {
      this.#fail();
      return;
    }
    this.#cover.liftInTheEnd();
    this.#player.follow();
  }

  /** Goes on with a new Media Source, at the next key frame. */
  #fail(): void {
    this.#events.onCorrupt();
    this.#dismiss();
    this.#errors += 1;
    if (this.#errors >= MAX_ERRORS) {
      this.#events.onUnusable("Media Source can't play this stream here");
    }
  }

  #dismiss(): void {
    const state = this.#state;
    this.#state = CLOSED;
    this.#configured = null;
    this.#timeline = new MediaTimeline();
    this.#joinAnew();
    if (state.kind === "closed") {
      return;
    }
    if (state.kind === "open") {
      state.buffer.close();
    } else {
      settleAll(state.early);
    }
    this.#cover.keep();
    URL.revokeObjectURL(state.url);
    this.#video.removeAttribute("src");
    this.#video.load();
  }
}

function settleAll(pictures: readonly Picture[]): void {
  for (const { settle } of pictures) {
    settle(null);
  }
}
