import type { PixelBuffer } from "../media.ts";
import type { Size } from "../units.ts";
import { plainMemory } from "./plain-memory.ts";
import type { PixelMemory, Window, WindowOptions, Words } from "./window.ts";

/** A window that nobody sees: it keeps what it was given, for tests and for machines without a screen. */
export class HeadlessWindow implements Window {
  readonly options: WindowOptions;
  readonly size: Size;
  title: string;
  words: readonly Words[] = [];
  readonly canFillScreen = true;
  isFullScreen = false;
  isClosed = false;
  /** Called with each picture; it is on the screen when this settles. */
  onPicture: (pixels: Uint8Array, size: Size) => void | Promise<void> = () => undefined;

  constructor(options: WindowOptions) {
    this.options = options;
    this.size = options.size;
    this.title = options.title;
  }

  pictureSize(of: Size): Size {
    return of;
  }

  async allocate(size: Size, count: number): Promise<PixelMemory> {
    return plainMemory(size, count);
  }

  async present({ width, height }: PixelMemory, { bytes }: PixelBuffer): Promise<boolean> {
    await this.onPicture(bytes, { width, height });
    return !this.isClosed;
  }

  async setWords(words: readonly Words[]): Promise<void> {
    this.words = words;
  }

  setTitle(title: string): void {
    this.title = title;
  }

  resize(): void {}

  toggleFullScreen(): void {
    this.isFullScreen = !this.isFullScreen;
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}
