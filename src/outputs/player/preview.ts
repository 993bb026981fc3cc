import { LanvidError, messageOf } from "../../errors.ts";
import { findFfmpeg } from "../../ffmpeg.ts";
import type { Log } from "../../log.ts";
import type { StreamDescription } from "../../media.ts";
import { ReceptionStats } from "../../remote.ts";
import type { Stream, Subscription, Track } from "../../stream.ts";
import { type Clock, systemClock } from "../../time.ts";
import { openWindow } from "../../window.ts";
import { whyNoWindow } from "./open-view.ts";
import type { View } from "./view.ts";
import { WindowView } from "./window-view.ts";

/** Frames on their way to the screen at a time. */
const MAX_IN_FLIGHT = 2;

export interface PreviewOptions {
  readonly name: string;
  readonly maxDelayMs: number;
  readonly ffmpegPath: string | undefined;
  readonly log: Log;
  readonly clock?: Clock;
}

/** The sender's own picture in a window, as its viewers get it. */
export class Preview {
  /** Settles when the person has closed it; rejects when it is gone for another reason. */
  readonly ended: Promise<"quit">;
  readonly #view: View;
  readonly #track: Track;
  readonly #stats: ReceptionStats;
  readonly #subscription: Subscription;
  #inFlight = 0;

  private constructor(view: View, stats: ReceptionStats, stream: Stream, maxDelayMs: number) {
    this.#view = view;
    this.#stats = stats;
    stats.greeted(maxDelayMs);
    this.ended = view.ended;
    this.#track = view.codecs.includes("h264") ? stream.original : stream.jpeg;
    this.#subscription = this.#track.subscribe(
      "local",
      null,
      {
        packetReady: () => this.#pump(),
        described: (description) => this.#describe(description),
        ended: (why) => view.describe({ state: "failed", error: why }),
      },
      { maxDelayMs },
    );
    this.#describe(this.#track.description);
  }

  /** @throws LanvidError (display) when there can be no window */
  static async open(stream: Stream, options: PreviewOptions): Promise<Preview> {
    const { name, maxDelayMs, ffmpegPath, log, clock = systemClock } = options;
    const stats = new ReceptionStats(clock);
    const onDropped = () => {
      stats.dropped += 1;
    };
    const ffmpeg = findFfmpeg(ffmpegPath);
    try {
      const why = whyNoWindow(process.platform, process.env);
      if (why !== null) {
        throw new LanvidError("no-window", "display", why);
      }
      const figures = () => stats.lastSecond();
      const source = { figures, onDropped, onFrozen: () => stats.frozen(), isClassic: () => false };
      const view = await WindowView.open({ ...source, name, ffmpeg, open: openWindow, log, clock });
      return new Preview(view, stats, stream, maxDelayMs);
    } catch (cause) {
      throw new LanvidError("no-display", "display", `cannot show a preview: ${messageOf(cause)}`, {
        cause,
        hint: "leave out --preview, and open the page in a browser",
      });
    }
  }

  async close(): Promise<void> {
    this.#subscription.close();
    await this.#view.close();
  }

  #describe(description: StreamDescription): void {
    const { codec, width, height, state, error } = description;
    this.#stats.picture = { codec, width, height };
    if (state !== "live") {
      this.#stats.waits(error?.message ?? null);
    }
    this.#view.describe({ ...description, state: state === "idle" ? "starting" : state });
  }

  #pump(): void {
    const { codec } = this.#track.description;
    if (codec === null) {
      return;
    }
    for (
      let frame = this.#subscription.peek();
      frame && this.#inFlight < MAX_IN_FLIGHT;
      frame = this.#subscription.peek()
    ) {
      const { capturedAt, bytes } = frame;
      const isPreroll = this.#subscription.isPreroll(frame);
      this.#subscription.take(frame);
      if (!isPreroll) {
        this.#stats.frame(bytes.length);
      }
      this.#inFlight += 1;
      void this.#view.show({ ...frame, isPreroll }, codec).then((shownAt) => {
        this.#inFlight -= 1;
        if (shownAt !== null && !isPreroll) {
          this.#stats.shown(shownAt - capturedAt);
        }
        this.#pump();
      });
    }
  }
}
