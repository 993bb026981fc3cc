import type { PixelBuffer } from "../media.ts";
import type { Clock } from "../time.ts";
import type { Size } from "../units.ts";

/** What happens to a window. */
export type WindowEvent =
  /** "q", "f", " ", "?", "Escape", "Enter", "F1", "F11": letters are lower case. */
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "double-click" }
  /** The picture's area, in pixels. */
  | { readonly kind: "resize"; readonly size: Size }
  /** The person wants it closed; it is still there. */
  | { readonly kind: "close" }
  /** The system refuses to do something for it, for the `count`th time; told at the first, tenth, hundredth … */
  | { readonly kind: "fault"; readonly reason: string; readonly count: number }
  /** It is no longer there, and why. */
  | { readonly kind: "gone"; readonly reason: string };

export interface WindowOptions {
  readonly title: string;
  /** Of the picture's area; what is larger than the screen is made smaller. */
  readonly size: Size;
  readonly onEvent: (event: WindowEvent) => void;
  readonly clock?: Clock;
}

/** A line of words. A tab parts it into two columns. */
export interface Line {
  readonly text: string;
  /** Says that what is seen is not what is there now. */
  readonly isAlert?: boolean;
}

/** Words that stand over the picture. */
export interface Words {
  /** Where they stand in the centre, the first line is the headline. */
  readonly lines: readonly Line[];
  /** The centre, or the left of the upper or lower edge. */
  readonly place: "upper" | "lower" | "centre";
  /** Darkens the picture below. */
  readonly dims: boolean;
}

/** Words as pixels: bgra with alpha, the colours already multiplied by it. */
export interface Layer extends Size, Omit<Words, "lines"> {
  readonly pixels: Uint8Array;
}

/** Memory for pictures of one size, which a window can show without a copy of ours. */
export interface PixelMemory extends Size {
  readonly buffers: readonly PixelBuffer[];
  /** The buffers must not be touched any more. */
  close(): void;
}

/** A window of the system that shows one picture, letterboxed to its size. */
export interface Window {
  /** The picture's area, in pixels. */
  readonly size: Size;
  /** The size in which it wants a picture of this size. */
  pictureSize(of: Size): Size;
  /** Makes room for `count` pictures of this size. */
  allocate(size: Size, count: number): Promise<PixelMemory>;
  /**
   * Shows a picture. Settles when it is on the screen and its buffer can be written to again; one at a time.
   * @returns false when there is no screen any more
   */
  present(memory: PixelMemory, buffer: PixelBuffer): Promise<boolean>;
  /** Shows these over the picture, the last on top. One call at a time. @throws Error where text can't be drawn */
  setWords(words: readonly Words[]): Promise<void>;
  setTitle(title: string): void;
  /** Makes the picture's area as large as this, or as the screen allows. */
  resize(size: Size): void;
  /** It can be as large as the screen. */
  readonly canFillScreen: boolean;
  /** It is, or will be in a moment. */
  readonly isFullScreen: boolean;
  toggleFullScreen(): void;
  /** Idempotent. No event follows. */
  close(): Promise<void>;
}

/** Where a picture of this size lies in the middle of an area, as large as it fits, in whole pixels. */
export function letterbox(area: Size, picture: Size): Size & { readonly x: number; readonly y: number } {
  const scale = Math.min(area.width / picture.width, area.height / picture.height);
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  return { x: Math.floor((area.width - width) / 2), y: Math.floor((area.height - height) / 2), width, height };
}

/** The bars that a letterboxed picture leaves. */
export function barsAround(area: Size, { x, y, width, height }: ReturnType<typeof letterbox>) {
  const [right, below] = [x + width, y + height];
  return [
    { x: 0, y: 0, width: area.width, height: y },
    { x: 0, y: below, width: area.width, height: area.height - below },
    { x: 0, y, width: x, height },
    { x: right, y, width: area.width - right, height },
  ].filter((bar) => bar.width > 0 && bar.height > 0);
}

/** Where a layer's upper left corner lies. */
export function cornerOf(
  { place, width, height }: Pick<Layer, "place" | "width" | "height">,
  area: Size,
): { readonly x: number; readonly y: number } {
  switch (place) {
    case "upper":
      return { x: 0, y: 0 };
    case "lower":
      return { x: 0, y: Math.max(0, area.height - height) };
    case "centre":
      return { x: Math.floor((area.width - width) / 2), y: Math.floor((area.height - height) / 2) };
    default:
      return place satisfies never;
  }
}

/** A size made smaller, if it must be, to fit into another. */
export function fitInto(size: Size, limit: Size): Size {
  const scale = Math.min(1, limit.width / size.width, limit.height / size.height);
  return { width: Math.max(1, Math.round(size.width * scale)), height: Math.max(1, Math.round(size.height * scale)) };
}
