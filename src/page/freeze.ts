import { timeOfDay } from "../units.ts";
import type { Elements } from "./elements.ts";
import type { Surface } from "./surface.ts";

/** As browsers do unless told: near to what is seen. */
const JPEG_QUALITY = 0.92;

/** A picture that stands still since a person wants it to. */
export interface FrozenPicture {
  readonly at: Date;
  /** As a JPEG; null when the browser can't make one. */
  readonly jpeg: () => Promise<Blob | null>;
}

/**
 * Freezes what is seen. The stream goes on beneath, so that it is live at once. It says by itself that it is no live picture.
 * @param jpeg what is seen, where that came as a JPEG
 * @param at when it was shown, which may be a while ago
 */
export function freeze(elements: Elements, surface: Surface, jpeg: Blob | null, at: Date): FrozenPicture {
  const { frozen, frozenNote } = elements;
  surface.copyTo(frozen);
  frozenNote.textContent = `frozen at ${timeOfDay(at)} · space goes on`;
  showFrozen(elements, true);
  return { at, jpeg: async () => jpeg ?? (await jpegOf(frozen)) };
}

/** Goes on. */
export function unfreeze(elements: Elements): void {
  showFrozen(elements, false);
  elements.frozen.width = 1;
  elements.frozen.height = 1;
}

function showFrozen({ root, frozen, frozenNote }: Elements, isFrozen: boolean): void {
  frozen.hidden = !isFrozen;
  frozenNote.hidden = !isFrozen;
  root.toggleAttribute("data-frozen", isFrozen);
}

/** What is seen, as a JPEG that is made of it; null when the browser can't. */
export function jpegOfSeen(surface: Surface): Promise<Blob | null> {
  const canvas = document.createElement("canvas");
  surface.copyTo(canvas);
  return jpegOf(canvas);
}

function jpegOf(canvas: HTMLCanvasElement): Promise<Blob | null> {
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", JPEG_QUALITY));
}
