import { forPeers, LanvidError } from "../errors.ts";
import type { Explanation } from "../ffmpeg.ts";
import type { Source, SourceSink } from "../media.ts";
import { type Clock, sleep, systemClock } from "../time.ts";
import { Delivery } from "./delivery.ts";
import type { FfmpegSourceOptions } from "./ffmpeg-source-options.ts";
import { Pacer } from "./pacer.ts";
import type { CapturedPicture } from "./picture-reader.ts";
import { Planning } from "./planning.ts";
import { Retries } from "./retries.ts";
import { runForSource } from "./source-run.ts";
import { SourceWords } from "./source-words.ts";

/** The shortest time between two beginnings of a film, ms. */
const SHORTEST_ROUND_MS = 500;

/** An ffmpeg that is kept running while it is wanted: started again when it dies or says nothing. */
export class FfmpegSource implements Source {
  readonly kind: string;
  readonly name: string;
  readonly codec: "mjpeg" | "h264";
  readonly alwaysOn: boolean;
  readonly readsOnce: boolean;
  readonly isCertain: boolean;
  readonly #options: FfmpegSourceOptions;
  readonly #planning: Planning;
  readonly #words: SourceWords;
  readonly #clock: Clock;
  #abort: AbortController | undefined;
  #running: Promise<void> = Promise.resolve();
  #restarts = 0;

  constructor(options: FfmpegSourceOptions) {
    const { kind, name, log, clock = systemClock } = options;
    this.kind = kind;
    this.name = name;
    this.alwaysOn = options.alwaysOn;
    this.readsOnce = options.readsOnce === true;
    this.isCertain = options.isCertain === true;
    this.codec = options.plan.codec;
    this.#options = options;
    this.#clock = clock;
    this.#planning = new Planning(options, name, log);
    this.#words = new SourceWords(kind, name, log);
  }

  get fps(): number | null {
    return this.#planning.fps;
  }

  start(sink: SourceSink): void {
    if (this.#abort && !this.#abort.signal.aborted) {
      return;
    }
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.#running = this.#running.then(() => this.#keepRunning(sink, signal));
  }

  stop(): Promise<void> {
    this.#abort?.abort();
    return this.#running;
  }

  async #keepRunning(sink: SourceSink, signal: AbortSignal): Promise<void> {
    const clock = this.#clock;
    const delivery = new Delivery(sink, this.codec, clock);
    const pacer = new Pacer<CapturedPicture>((picture) => delivery.give(picture), clock);
    const watched = {
      ...{ options: this.#options, planning: this.#planning, words: this.#words },
      ...{ pacer, delivery, sink, clock },
    };
    const retries = new Retries(this.#options.log);
    let isGoingOn = false;
    while (!signal.aborted) {
      if (!isGoingOn) {
        delivery.interrupt();
        sink.describe({ state: "starting" });
      }
      const startedAt = clock.now();
      const outcome = await runForSource(watched, signal);
      isGoingOn = outcome.kind === "replanned" || outcome.kind === "over";
      switch (outcome.kind) {
        case "stopped":
          return;
        case "replanned":
          break;
        case "over":
          await sleep(Math.max(0, startedAt + SHORTEST_ROUND_MS - clock.now()), signal, clock);
          break;
        case "ended":
          await pacer.drained();
          if (!signal.aborted) {
            this.#end(outcome.error, sink);
          }
          return;
        case "failed":
          pacer.clear();
          this.#restarts += 1;
          sink.describe({ state: "failed", error: outcome.fault, restarts: this.#restarts });
          await sleep(retries.pauseAfter(outcome.fault, outcome.liveMs), signal, clock);
          break;
        default:
          outcome satisfies never;
      }
    }
  }

  #end(error: Explanation | null, sink: SourceSink): void {
    sink.ended(
      error === null
        ? { message: `${this.name} has ended`, forPeers: forPeers`${this.#words.noun} has ended` }
        : new LanvidError("bad-input", "source", error.message, error),
    );
  }
}
