import type { Elements } from "./elements.ts";

/** Where pictures are seen: on a canvas, or in a `<video>`. */
export class Surface {
  readonly film: HTMLVideoElement;
  readonly #root: HTMLElement;
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D | null;

  constructor({ root, picture, film }: Elements) {
    this.film = film;
    this.#root = root;
    this.#canvas = picture;
    this.#context = picture.getContext("2d", { alpha: false, desynchronized: true });
  }

  /** Nothing is to be seen on the canvas. */
  clear(): void {
    this.#context?.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
  }

  /** Draws a picture of this size in pixels; the canvas takes that size. */
  draw(image: CanvasImageSource, width: number, height: number): void {
    if (this.#canvas.width !== width || this.#canvas.height !== height) {
      this.#canvas.width = width;
      this.#canvas.height = height;
    }
    this.#context?.drawImage(image, 0, 0, width, height);
  }

  /** Which of the two is seen: `data-surface` of the root. The other one is nothing to a screen reader. */
  bringForward(surface: "canvas" | "video"): void {
    if (this.#root.dataset["surface"] !== surface) {
      this.#root.dataset["surface"] = surface;
      this.film.setAttribute("aria-hidden", String(surface !== "video"));
    }
  }

  /** Draws what is seen on another canvas, which takes its size. */
  copyTo(canvas: HTMLCanvasElement): void {
    const isFilm = this.#root.dataset["surface"] === "video";
    const image = isFilm ? this.film : this.#canvas;
    canvas.width = isFilm ? this.film.videoWidth : this.#canvas.width;
    canvas.height = isFilm ? this.film.videoHeight : this.#canvas.height;
    canvas.getContext("2d", { alpha: false })?.drawImage(image, 0, 0, canvas.width, canvas.height);
  }
}
