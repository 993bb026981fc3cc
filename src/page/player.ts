import type { ReceivedPacket } from "../receiver.ts";
import { type Clock, type Micros, type Ms, systemClock } from "../time.ts";
import type { StreamInfo } from "../wire.ts";
import { Painter } from "./jpeg/painter.ts";
import type { Mode } from "./mode.ts";
import { MsePlayer, type MsePlayerEvents } from "./mse/mse-player.ts";
import type { Renderer } from "./renderer.ts";
import type { Surface } from "./surface.ts";
import { Decoder } from "./webcodecs/decoder.ts";

/** Shows a stream's pictures, whatever their codec is: it may change in mid-stream. */
export class Player {
  readonly #events: MsePlayerEvents;
  readonly #surface: Surface;
  readonly #clock: Clock;
  #mode: Mode = "jpeg";
  #renderer: Renderer | null = null;
  #codec: string | null = null;
  #rendition = 0;

  constructor(surface: Surface, events: MsePlayerEvents, clock = systemClock) {
    this.#surface = surface;
    this.#events = events;
    this.#clock = clock;
  }

  /** See `Renderer`. */
  get showingMs(): Ms {
    return this.#renderer?.showingMs ?? 0;
  }

  /** Shows H.264 in another way from now on. */
  use(mode: Mode): void {
    this.#mode = mode;
    this.#replace(null);
  }

  /** Pictures of another connection follow. */
  restart(): void {
    this.#rendition = 0;
    this.#renderer?.restart();
  }

  /** What the next pictures are. */
  describe({ codec, rendition }: StreamInfo): void {
    if (codec !== this.#codec) {
      this.#codec = codec;
      this.#replace(null);
    } else if (rendition !== this.#rendition) {
      this.#renderer?.restart();
    }
    this.#rendition = rendition;
  }

  show({ video, capturedAt }: ReceivedPacket, settle: (shownAt: Micros | null) => void): void {
    if (this.#renderer === null) {
      this.#replace(this.#create());
    }
    const { sequence, isKey, isPreroll, bytes, capturedAt: sentAt } = video;
    this.#renderer?.show({ sequence, isKey, isPreroll, bytes, sentAt, capturedAt, settle });
  }

  visibilityChanged(): void {
    this.#renderer?.visibilityChanged();
  }

  #replace(renderer: Renderer | null): void {
    this.#renderer?.close();
    this.#renderer = renderer;
  }

  #create(): Renderer {
    if (this.#codec !== "h264") {
      return new Painter(this.#surface, this.#events, this.#clock);
    }
    return this.#mode === "webcodecs"
      ? new Decoder(this.#surface, this.#events, this.#clock)
      : new MsePlayer(this.#surface, this.#events, this.#clock);
  }
}
