import { type Clock, type Micros, systemClock } from "../../time.ts";
import type { Picture, RendererEvents } from "../renderer.ts";

/** A frame's time and that of what is shown may differ by this much, in µs: half of the least distance of frames. */
const TOLERANCE_MICROS = 500;
/** Frames that were not seen yet, at most: some seconds. */
const MAX_AWAITED = 300;

interface Awaited {
  readonly timeMicros: number;
  readonly picture: Picture;
}

/** Sees which frame of the `<video>` is on the screen, and when: by the browser's word, or else by where the player is. */
export class PresentedFrames {
  readonly #video: HTMLVideoElement;
  readonly #comesForward: (picture: Picture) => boolean;
  readonly #events: RendererEvents;
  readonly #clock: Clock;
  readonly #stop: () => void;
  #awaited: Awaited[] = [];
  #presented = 0;

  /** @param comesForward brings the `<video>` to the front if this picture may be seen, and says whether it is there */
  constructor(
    video: HTMLVideoElement,
    comesForward: (picture: Picture) => boolean,
    events: RendererEvents,
    clock = systemClock,
  ) {
    this.#video = video;
    this.#comesForward = comesForward;
    this.#events = events;
    this.#clock = clock;
    this.#stop = "requestVideoFrameCallback" in video ? this.#watchFrames() : this.#watchTime();
  }

  /** This frame will be on the screen when the player is there. */
  await(timeMicros: number, picture: Picture): void {
    this.#awaited.push({ timeMicros, picture });
    if (this.#awaited.length > MAX_AWAITED) {
      this.#awaited.shift();
    }
  }

  /** What was not seen until now will not be. */
  forget(): void {
    this.#awaited = [];
  }

  close(): void {
    this.forget();
    this.#stop();
  }

  #watchFrames(): () => void {
    const video = this.#video;
    const seen: VideoFrameRequestCallback = (_, { mediaTime, presentationTime, presentedFrames }) => {
      handle = video.requestVideoFrameCallback(seen);
      const presented = presentedFrames - this.#presented;
      this.#presented = presentedFrames;
      // The browser tells it on the clock of `now`.
      const shownAt = this.#clock.micros() - (this.#clock.now() - presentationTime) * 1000;
      this.#see(mediaTime * 1e6, shownAt, presented);
    };
    let handle = video.requestVideoFrameCallback(seen);
    return () => video.cancelVideoFrameCallback(handle);
  }

  #watchTime(): () => void {
    const look = () => {
      handle = requestAnimationFrame(look);
      this.#see(this.#video.currentTime * 1e6, this.#clock.micros(), Number.POSITIVE_INFINITY);
    };
    let handle = requestAnimationFrame(look);
    return () => cancelAnimationFrame(handle);
  }

  /** @param presented frames that were on the screen since the last call, this one included */
  #see(timeMicros: number, shownAt: Micros, presented: number): void {
    const count = this.#awaited.filter((awaited) => awaited.timeMicros <= timeMicros + TOLERANCE_MICROS).length;
    const passed = this.#awaited.splice(0, count);
    const current = passed.pop();
    if (current === undefined || !this.#comesForward(current.picture)) {
      return;
    }
    const unseen = passed.splice(Math.max(0, passed.length - (presented - 1)));
    if (passed.length > 0) {
      this.#events.onDropped(passed.length);
    }
    for (const { picture } of unseen) {
      this.#events.onShownUnseen(picture);
    }
    this.#events.onShown(current.picture, shownAt, null);
  }
}
