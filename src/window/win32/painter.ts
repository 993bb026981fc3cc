import { type Pointer, toArrayBuffer } from "bun:ffi";
import type { Size } from "../../units.ts";
import { barsAround, cornerOf, type Layer, letterbox } from "../window.ts";
import { bitmapHeader, type Libraries, type Struct, struct } from "./libraries.ts";

const DIB_RGB_COLORS = 0;
const SRCCOPY = 0xcc_0020;
const BLACKNESS = 0x42;
/** Leaves out rows and columns. HALFTONE, which looks better, takes 20 times as long. */
const COLORONCOLOR = 3;
/** BLENDFUNCTION: source over, with the source's own alpha; and black that covers 60 %. */
const BLEND_ALPHA = 0x01ff_0000;
const BLEND_DIM = 0x0099_0000;

/** A bitmap in a device context of its own. */
interface Surface extends Size {
  readonly dc: Pointer;
  readonly bitmap: Pointer;
  readonly before: Pointer | null;
}

export interface Picture extends Size {
  /** bgra, from the top. */
  readonly address: number;
}

/** Draws a picture, letterboxed, and a layer over it, into a window. */
export class Painter {
  readonly #windows: Libraries;
  readonly #window: Pointer;
  #header: { readonly size: Size; readonly struct: Struct } | null = null;
  /** What is drawn before the window is, so that it never shows a picture without its layer. */
  #back: Surface | null = null;
  #layers: readonly (Surface & Pick<Layer, "place" | "dims">)[] = [];

  constructor(windows: Libraries, window: Pointer) {
    this.#windows = windows;
    this.#window = window;
  }

  /** @param layers the last on top */
  setLayers(layers: readonly Layer[]): void {
    for (const layer of this.#layers) {
      this.#free(layer);
    }
    this.#layers = layers.flatMap(({ width, height, place, dims, pixels }) => {
      const surface = this.#createLayer({ width, height }, pixels);
      return surface === null ? [] : [{ ...surface, place, dims }];
    });
    if (layers.length === 0) {
      this.#back = this.#free(this.#back);
    }
  }

  /** @param area of the window. @param picture null for black */
  paint(area: Size, picture: Picture | null): void {
    if (area.width === 0 || area.height === 0) {
      return;
    }
    const dc = this.#windows.GetDC(this.#window);
    if (dc === null) {
      return;
    }
    if (this.#layers.length === 0) {
      this.#paintPicture(dc, area, picture);
    } else {
      this.#paintLayered(dc, area, picture);
    }
    this.#windows.GdiFlush();
    this.#windows.ReleaseDC(this.#window, dc);
  }

  close(): void {
    this.setLayers([]);
  }

  #paintPicture(dc: Pointer, area: Size, picture: Picture | null): void {
    if (picture === null) {
      this.#windows.PatBlt(dc, 0, 0, area.width, area.height, BLACKNESS);
      return;
    }
    const { x, y, width, height } = letterbox(area, picture);
    for (const bar of barsAround(area, { x, y, width, height })) {
      this.#windows.PatBlt(dc, bar.x, bar.y, bar.width, bar.height, BLACKNESS);
    }
    const header = this.#headerOf(picture);
    const bits = picture.address as Pointer;
    this.#windows.SetStretchBltMode(dc, COLORONCOLOR);
    const source = [0, 0, picture.width, picture.height] as const;
    this.#windows.StretchDIBits(dc, x, y, width, height, ...source, bits, header.address, DIB_RGB_COLORS, SRCCOPY);
  }

  #paintLayered(dc: Pointer, area: Size, picture: Picture | null): void {
    const back = this.#backOf(dc, area);
    if (back === null) {
      return;
    }
    this.#paintPicture(back.dc, area, picture);
    for (const layer of this.#layers) {
      if (layer.dims) {
        this.#dim(back.dc, area);
      }
      const { x, y } = cornerOf(layer, area);
      const size = [layer.width, layer.height] as const;
      this.#windows.AlphaBlend(back.dc, x, y, ...size, layer.dc, 0, 0, ...size, BLEND_ALPHA);
    }
    this.#windows.BitBlt(dc, 0, 0, area.width, area.height, back.dc, 0, 0, SRCCOPY);
  }

  #dim(dc: Pointer, area: Size): void {
    const black = this.#createLayer({ width: 1, height: 1 }, new Uint8Array(4));
    if (black !== null) {
      this.#windows.AlphaBlend(dc, 0, 0, area.width, area.height, black.dc, 0, 0, 1, 1, BLEND_DIM);
      this.#free(black);
    }
  }

  #headerOf(size: Size): Struct {
    const { width, height } = size;
    if (this.#header?.size.width !== width || this.#header.size.height !== height) {
      this.#header = { size: { width, height }, struct: bitmapHeader(width, height) };
    }
    return this.#header.struct;
  }

  #backOf(dc: Pointer, area: Size): Surface | null {
    if (this.#back?.width !== area.width || this.#back.height !== area.height) {
      this.#free(this.#back);
      this.#back = this.#select(this.#windows.CreateCompatibleBitmap(dc, area.width, area.height), area);
    }
    return this.#back;
  }

  #createLayer({ width, height }: Size, pixels: Uint8Array): Surface | null {
    const bits = struct(8);
    const header = bitmapHeader(width, height);
    const bitmap = this.#windows.CreateDIBSection(null, header.address, DIB_RGB_COLORS, bits.address, null, 0);
    const address = Number(bits.view.getBigUint64(0, true));
    if (bitmap === null || address === 0) {
      return null;
    }
    new Uint8Array(toArrayBuffer(address as Pointer, 0, width * height * 4)).set(pixels);
    return this.#select(bitmap, { width, height });
  }

  #select(bitmap: Pointer | null, { width, height }: Size): Surface | null {
    const dc = bitmap === null ? null : this.#windows.CreateCompatibleDC(null);
    if (bitmap === null || dc === null) {
      return null;
    }
    return { dc, bitmap, before: this.#windows.SelectObject(dc, bitmap), width, height };
  }

  #free(surface: Surface | null): null {
    if (surface !== null) {
      this.#windows.SelectObject(surface.dc, surface.before);
      this.#windows.DeleteObject(surface.bitmap);
      this.#windows.DeleteDC(surface.dc);
    }
    return null;
  }
}
