import { timeOfDay } from "../../units.ts";
import { page } from "./elements.ts";
import { seenSurface } from "./surface.ts";

/** As browsers do unless told: near to what is seen. */
const JPEG_QUALITY = 0.92;

/** A picture that stands still since a person wants it to. */
export interface FrozenPicture {
  readonly at: Date;
  /** As a JPEG; null when the browser can't make one. */
  readonly jpeg: () => Promise<Blob | null>;
}

let frozen: FrozenPicture | null = null;

/** What stands still now, or null. */
export function frozenPicture(): FrozenPicture | null {
  return frozen;
}

/**
 * Freezes what is seen, or goes on. The stream goes on beneath, so that it is live at once. It says by itself that it is no
 * live picture.
 * @param jpeg what is seen, where that came as a JPEG
 * @param at when it was shown, which may be a while ago
 */
export function toggleFrozen(jpeg: Blob | null, at: Date): void {
  frozen = frozen === null ? freeze(jpeg, at) : null;
  const isFrozen = frozen !== null;
  page.frozen.hidden = !isFrozen;
  page.frozenNote.hidden = !isFrozen;
  page.root.toggleAttribute("data-frozen", isFrozen);
  if (!isFrozen) {
    page.frozen.width = 1;
    page.frozen.height = 1;
  }
}

function freeze(jpeg: Blob | null, at: Date): FrozenPicture {
  drawSeen(page.frozen);
  page.frozenNote.textContent = `frozen at ${timeOfDay(at)} · space goes on`;
  return { at, jpeg: () => (jpeg === null ? jpegOf(page.frozen) : Promise.resolve(jpeg)) };
}

/** What is seen, as a JPEG that is made of it; null when the browser can't. */
export function jpegOfSeen(): Promise<Blob | null> {
  const canvas = document.createElement("canvas");
  drawSeen(canvas);
  return jpegOf(canvas);
}

function drawSeen(canvas: HTMLCanvasElement): void {
  const { image, width, height } = seenSurface();
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d", { alpha: false })?.drawImage(image, 0, 0, width, height);
}

function jpegOf(canvas: HTMLCanvasElement): Promise<Blob | null> {
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", JPEG_QUALITY));
}
