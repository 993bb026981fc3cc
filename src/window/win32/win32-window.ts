import type { Pointer } from "bun:ffi";
import type { PixelBuffer } from "../../media.ts";
import { atMost, type Clock, systemClock, type Timer } from "../../time.ts";
import type { Size } from "../../units.ts";
import { workerText } from "../../worker-text.ts" with { type: "macro" };
import { noWindow } from "../no-window.ts";
import { plainMemory } from "../plain-memory.ts";
import { textLayers } from "../text-layer.ts";
import { fitInto, type PixelMemory, type Window, type WindowOptions, type Words } from "../window.ts";
import { type Libraries, openLibraries, readRectangle, type Struct, struct, wide } from "./libraries.ts";
import { Painter, type Picture } from "./painter.ts";

/** What the window's thread says. */
type Said =
  | { readonly kind: "open"; readonly hwnd: number | null }
  | { readonly kind: "key"; readonly code: number }
  | { readonly kind: "character"; readonly code: number }
  | { readonly kind: "double-click" }
  | { readonly kind: "paint" }
  | { readonly kind: "closed" };

const WM_CLOSE = 0x10;
const GWL_STYLE = -16;
const WS_OVERLAPPEDWINDOW = 0xcf_0000n;
const SWP_NOSIZE = 0x1;
const SWP_NOMOVE = 0x2;
const SWP_NOZORDER = 0x4;
const SWP_NOACTIVATE = 0x10;
const SWP_FRAMECHANGED = 0x20;
const MONITOR_NEAREST = 2;
const SPI_GETWORKAREA = 0x30;
const SCREEN_PART = 0.9;
const KEYS: Readonly<Record<number, string>> = { 13: "Enter", 27: "Escape", 32: " ", 112: "F1", 122: "F11" };
const QUESTION_MARK = 63;
/** While the frame is dragged its thread says nothing: its size is looked at. ms */
const LOOK_MS = 100;
/** How long the thread may take to end, ms. */
const CLOSE_MS = 1000;

/** A window of Windows'. A thread of its own owns it; this one draws into it. */
export class Win32Window implements Window {
  readonly #options: WindowOptions;
  readonly #windows: Libraries;
  readonly #hwnd: Pointer;
  readonly #painter: Painter;
  readonly #rectangle = struct(16);
  readonly #clock: Clock;
  readonly #timer: Timer;
  readonly #ended: Promise<void>;
  readonly canFillScreen = true;
  #size: Size;
  /** Holds the memory that Windows reads. */
  #shown: { readonly memory: PixelMemory; readonly picture: Picture } | null = null;
  /** Where the window was before it filled the screen. */
  #placement: Struct | null = null;
  #isClosed = false;
  #isGone = false;

  private constructor(options: WindowOptions, hwnd: Pointer, worker: Worker) {
    this.#options = options;
    this.#windows = openLibraries();
    this.#hwnd = hwnd;
    this.#painter = new Painter(this.#windows, hwnd);
    this.#size = this.#clientSize();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#ended = promise;
    worker.onmessage = ({ data }: MessageEvent<Said>) => {
      this.#hear(data);
      if (data.kind === "closed") {
        worker.terminate();
        resolve();
      }
    };
    this.#clock = options.clock ?? systemClock;
    this.#timer = this.#clock.every(LOOK_MS, () => this.#look());
    this.#repaint();
  }

  /** @throws LanvidError (display) that says why there can be no window */
  static async open(options: WindowOptions): Promise<Win32Window> {
    const text = workerText("window/win32/window-thread.ts");
    const worker = new Worker(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    worker.onerror = (event) => reject(noWindow(event.message));
    worker.onmessage = ({ data }: MessageEvent<Said>) => {
      if (data.kind === "open") {
        data.hwnd === null ? reject(noWindow("Windows opens none for this session")) : resolve(data.hwnd);
      }
    };
    worker.postMessage({ title: options.title, ...options.size });
    try {
      return new Win32Window(options, (await promise) as Pointer, worker);
    } catch (error) {
      // Its thread would keep the program from ending.
      worker.terminate();
      throw error;
    }
  }

  get size(): Size {
    return this.#size;
  }

  pictureSize(of: Size): Size {
    return of;
  }

  async allocate(size: Size, count: number): Promise<PixelMemory> {
    return plainMemory(size, count);
  }

  async present(memory: PixelMemory, { address }: PixelBuffer): Promise<boolean> {
    if (this.#isClosed || this.#isGone) {
      return false;
    }
    const { width, height } = memory;
    this.#shown = { memory, picture: { width, height, address } };
    this.#look();
    this.#painter.paint(this.#size, this.#shown.picture);
    return true;
  }

  async setWords(words: readonly Words[]): Promise<void> {
    const layers = await textLayers(words, this.#size);
    if (!this.#isClosed && !this.#isGone) {
      this.#painter.setLayers(layers);
      this.#repaint();
    }
  }

  setTitle(title: string): void {
    const text = wide(title);
    this.#windows.SetWindowTextW(this.#hwnd, text.address);
  }

  resize(size: Size): void {
    const [left, top, right, bottom] = this.#outerRectangle();
    const frame = { width: right - left - this.#size.width, height: bottom - top - this.#size.height };
    const work = struct(16);
    this.#windows.SystemParametersInfoW(SPI_GETWORKAREA, 0, work.address, 0);
    const [workLeft, workTop, workRight, workBottom] = readRectangle(work);
    const limit = { width: (workRight - workLeft) * SCREEN_PART, height: (workBottom - workTop) * SCREEN_PART };
    const { width, height } = fitInto(size, limit);
    const flags = SWP_NOMOVE | SWP_NOZORDER | SWP_NOACTIVATE;
    this.#windows.SetWindowPos(this.#hwnd, null, 0, 0, width + frame.width, height + frame.height, flags);
    this.#look();
  }

  get isFullScreen(): boolean {
    return this.#placement !== null;
  }

  toggleFullScreen(): void {
    const style = BigInt(this.#windows.GetWindowLongPtrW(this.#hwnd, GWL_STYLE));
    if (this.#placement === null) {
      this.#placement = struct(44);
      this.#placement.view.setUint32(0, 44, true);
      this.#windows.GetWindowPlacement(this.#hwnd, this.#placement.address);
      const monitor = struct(40);
      monitor.view.setUint32(0, 40, true);
      this.#windows.GetMonitorInfoW(this.#windows.MonitorFromWindow(this.#hwnd, MONITOR_NEAREST), monitor.address);
      const [left, top, right, bottom] = readRectangle(monitor, 4);
      this.#windows.SetWindowLongPtrW(this.#hwnd, GWL_STYLE, style & ~WS_OVERLAPPEDWINDOW);
      this.#windows.SetWindowPos(this.#hwnd, null, left, top, right - left, bottom - top, SWP_FRAMECHANGED);
    } else {
      this.#windows.SetWindowLongPtrW(this.#hwnd, GWL_STYLE, style | WS_OVERLAPPEDWINDOW);
      this.#windows.SetWindowPlacement(this.#hwnd, this.#placement.address);
      const flags = SWP_NOMOVE | SWP_NOSIZE | SWP_NOZORDER | SWP_FRAMECHANGED;
      this.#windows.SetWindowPos(this.#hwnd, null, 0, 0, 0, 0, flags);
      this.#placement = null;
    }
    this.#look();
  }

  async close(): Promise<void> {
    if (this.#isClosed) {
      return;
    }
    this.#isClosed = true;
    this.#timer[Symbol.dispose]();
    this.#painter.close();
    this.#windows.PostMessageW(this.#hwnd, WM_CLOSE, 0n, 0n);
    await atMost(CLOSE_MS, this.#ended, this.#clock);
  }

  #hear(said: Said): void {
    if (this.#isClosed) {
      return;
    }
    switch (said.kind) {
      case "key": {
        const isLetter = said.code >= 0x41 && said.code <= 0x5a;
        const key = KEYS[said.code] ?? (isLetter ? String.fromCharCode(said.code).toLowerCase() : undefined);
        if (key !== undefined) {
          this.#options.onEvent({ kind: "key", key });
        }
        break;
      }
      case "character":
        // Where it stands on the keyboard differs; the others are known by their keys.
        if (said.code === QUESTION_MARK) {
          this.#options.onEvent({ kind: "key", key: "?" });
        }
        break;
      case "double-click":
        this.#options.onEvent({ kind: "double-click" });
        break;
      case "paint":
        this.#look();
        this.#repaint();
        break;
      case "closed":
        this.#lose();
        break;
      case "open":
        break;
      default:
        said satisfies never;
    }
  }

  /** Nobody says when the window is closed or resized. */
  #look(): void {
    if (this.#isClosed || this.#isGone) {
      return;
    }
    if (this.#windows.IsWindow(this.#hwnd) === 0) {
      this.#lose();
      return;
    }
    const size = this.#windows.IsIconic(this.#hwnd) === 0 ? this.#clientSize() : this.#size;
    if (size.width !== this.#size.width || size.height !== this.#size.height) {
      this.#size = size;
      this.#repaint();
      this.#options.onEvent({ kind: "resize", size });
    }
  }

  #lose(): void {
    if (!this.#isGone) {
      this.#isGone = true;
      this.#options.onEvent({ kind: "close" });
    }
  }

  #repaint(): void {
    this.#painter.paint(this.#size, this.#shown?.picture ?? null);
  }

  #clientSize(): Size {
    this.#windows.GetClientRect(this.#hwnd, this.#rectangle.address);
    const [left, top, right, bottom] = readRectangle(this.#rectangle);
    return { width: right - left, height: bottom - top };
  }

  #outerRectangle(): readonly [number, number, number, number] {
    this.#windows.GetWindowRect(this.#hwnd, this.#rectangle.address);
    return readRectangle(this.#rectangle);
  }
}
