import { page } from "./elements.ts";

/** The canvas that pictures are drawn on. */
export class Surface {
  readonly #canvas = page.picture;
  readonly #context = page.picture.getContext("2d", { alpha: false, desynchronized: true });

  /** Nothing is to be seen. */
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
}

/** Which element is seen: `<html data-surface>`. The other one is nothing to a screen reader. */
export function showSurface(surface: "canvas" | "video"): void {
  if (page.root.dataset["surface"] !== surface) {
    page.root.dataset["surface"] = surface;
    page.film.setAttribute("aria-hidden", String(surface !== "video"));
  }
}

/** What is seen, to be drawn elsewhere, with its size in pixels. */
export function seenSurface(): { readonly image: CanvasImageSource; readonly width: number; readonly height: number } {
  const { picture, film } = page;
  return page.root.dataset["surface"] === "video"
    ? { image: film, width: film.videoWidth, height: film.videoHeight }
    : { image: picture, width: picture.width, height: picture.height };
}
