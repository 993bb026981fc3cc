import { jpegSize } from "../../media.ts";
import { type Clock, systemClock } from "../../time.ts";
import type { Picture, Renderer, RendererEvents } from "../renderer.ts";
import type { Surface } from "../surface.ts";

/** Larger pictures are not decoded, in pixels: a few bytes can say that there are billions. 8K fits. */
const MAX_PIXELS = 8192 * 8192;
/** One decode can hide another's wait; more would only make pictures older. */
const MAX_DECODES = 2;

/** Shows JPEG: each picture is decoded by itself, and drawn. */
export class Painter implements Renderer {
  readonly #surface: Surface;
  readonly #events: RendererEvents;
  readonly #clock: Clock;
  #decodes = 0;
  #next: Picture | null = null;
  #lastShown = 0;
  #connection = 0;

  constructor(surface: Surface, events: RendererEvents, clock = systemClock) {
    this.#surface = surface;
    this.#events = events;
    this.#clock = clock;
  }

  restart(): void {
    this.#next?.settle(null);
    this.#next = null;
    this.#lastShown = 0;
    this.#connection += 1;
  }

  close(): void {
    this.restart();
  }

  visibilityChanged(): void {}

  /** Takes a picture. While the page is hidden, it is settled and not decoded. */
  show(picture: Picture): void {
    if (document.hidden) {
      picture.settle(null);
      return;
    }
    const { width, height } = jpegSize(picture.bytes) ?? { width: 0, height: 0 };
    if (width * height > MAX_PIXELS) {
      this.#events.onCorrupt();
      picture.settle(null);
      return;
    }
    if (this.#decodes < MAX_DECODES) {
      void this.#decode(picture);
      return;
    }
    if (this.#next !== null) {
      this.#drop(this.#next);
    }
    this.#next = picture;
  }

  async #decode(picture: Picture): Promise<void> {
    this.#decodes += 1;
    const connection = this.#connection;
    const jpeg = new Blob([picture.bytes as Uint8Array<ArrayBuffer>], { type: "image/jpeg" });
    try {
      const bitmap = await createImageBitmap(jpeg);
      if (connection === this.#connection) {
        this.#draw(picture, bitmap, jpeg);
      } else {
        picture.settle(null);
      }
      bitmap.close();
    } catch {
      this.#events.onCorrupt();
      picture.settle(null);
    }
    this.#decodes -= 1;
    const next = this.#next;
    if (next !== null) {
      this.#next = null;
      void this.#decode(next);
    }
  }

  #draw(picture: Picture, bitmap: ImageBitmap, jpeg: Blob): void {
    if (picture.sequence < this.#lastShown) {
      this.#drop(picture);
      return;
    }
    this.#surface.draw(bitmap, bitmap.width, bitmap.height);
    this.#surface.bringForward("canvas");
    this.#lastShown = picture.sequence;
    const shownAt = this.#clock.micros();
    picture.settle(shownAt);
    this.#events.onShown(picture, shownAt, jpeg);
  }

  #drop(picture: Picture): void {
    this.#events.onDropped(1);
    picture.settle(null);
  }
}
