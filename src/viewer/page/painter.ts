import { nowMicros } from "../../clock.ts";

/** One decode can hide another's wait; more would only make pictures older. */
const MAX_DECODES = 2;

/** A JPEG to be shown. */
export interface Picture {
  readonly sequence: number;
  readonly bytes: Uint8Array;
  /** Called once: with the time at which it was shown (µs), or null if it was not. */
  readonly settle: (shownAt: number | null) => void;
}

export interface PainterOptions {
  readonly canvas: HTMLCanvasElement;
  /** Its size changes with the picture's. */
  readonly onShown: (jpeg: Blob) => void;
  /** Not shown, since a newer one came first. */
  readonly onSkipped: () => void;
  /** Not shown, since it can't be decoded. */
  readonly onCorrupt: () => void;
}

/** Decodes and draws: the newest picture only, and never an older one after a newer one. */
export class Painter {
  readonly #options: PainterOptions;
  readonly #context: CanvasRenderingContext2D | null;
  #decodes = 0;
  #next: Picture | null = null;
  #lastShown = 0;
  #connection = 0;

  constructor(options: PainterOptions) {
    this.#options = options;
    this.#context = options.canvas.getContext("2d", { alpha: false, desynchronized: true });
  }

  /** Pictures of another connection follow: their numbers begin anew. */
  restart(): void {
    this.#next = null;
    this.#lastShown = 0;
    this.#connection += 1;
  }

  /** Takes a picture. While the page is hidden, it is settled and not decoded. */
  show(picture: Picture): void {
    if (document.hidden) {
      picture.settle(null);
      return;
    }
    if (this.#decodes < MAX_DECODES) {
      void this.#decode(picture);
      return;
    }
    if (this.#next !== null) {
      this.#skip(this.#next);
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
      }
      bitmap.close();
    } catch {
      this.#options.onCorrupt();
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
      this.#skip(picture);
      return;
    }
    const { canvas } = this.#options;
    if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
      canvas.width = bitmap.width;
      canvas.height = bitmap.height;
    }
    this.#context?.drawImage(bitmap, 0, 0);
    this.#lastShown = picture.sequence;
    picture.settle(nowMicros());
    this.#options.onShown(jpeg);
  }

  #skip(picture: Picture): void {
    this.#options.onSkipped();
    picture.settle(null);
  }
}
