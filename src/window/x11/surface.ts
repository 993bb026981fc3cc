import type { Size } from "../../units.ts";
import { barsAround, cornerOf, type Layer, letterbox } from "../window.ts";
import type { XConnection } from "./connection.ts";
import type { Extensions } from "./extensions.ts";
import * as x from "./requests.ts";

/** Rows of a PutImage are sent in pieces of at most so many bytes. */
const MAX_STRIPE_BYTES = 8 * 1024 * 1024;

interface Drawable extends Size {
  readonly pixmap: number;
  readonly picture: number;
  readonly gc: number;
}

/** The picture, kept at the server, and what is drawn of it: scaled, letterboxed, with a layer over it. */
export class Surface {
  readonly #connection: XConnection;
  readonly #extensions: Extensions;
  readonly #window: number;
  readonly #windowPicture: number;
  readonly #windowGc: number;
  #area: Size;
  #source: Drawable | null = null;
  /** A picture of the whole window in which a layer is put over the picture, so that the screen never shows it without. */
  #back: Drawable | null = null;
  #layers: readonly (Drawable & Pick<Layer, "place" | "dims">)[] = [];
  #scale = "";

  constructor(connection: XConnection, extensions: Extensions, window: number, area: Size) {
    this.#connection = connection;
    this.#extensions = extensions;
    this.#window = window;
    this.#area = area;
    this.#windowPicture = connection.newId();
    this.#windowGc = connection.newId();
    connection.send(x.createPicture(extensions.render, this.#windowPicture, window, extensions.screenFormat));
    connection.send(x.createGc(this.#windowGc, window));
  }

  resize(area: Size): void {
    this.#area = area;
    this.#back = this.#free(this.#back);
  }

  /** Takes a picture out of memory that the server shares. */
  putShared(size: Size, segment: number, offset: number): void {
    const { pixmap, gc } = this.#sourceOf(size);
    const { depth } = this.#connection.setup.screen;
    const put = { drawable: pixmap, gc, depth, ...size, segment, offset };
    this.#connection.send(x.shmPutImage(this.#extensions.shm, put));
  }

  /** Takes a picture over the socket. `bytes` must not change until a later reply has come. */
  put(size: Size, bytes: Uint8Array): void {
    const { pixmap, gc } = this.#sourceOf(size);
    this.#putRows(pixmap, gc, this.#connection.setup.screen.depth, size, bytes);
  }

  /** @param layers the last on top */
  setLayers(layers: readonly Layer[]): void {
    const old = this.#layers;
    for (const surplus of old.slice(layers.length)) {
      this.#free(surplus);
    }
    this.#layers = layers.map((layer, index) => {
      const { width, height, place, dims, pixels } = layer;
      const before = old[index] ?? null;
      // Figures change a few times a second, their size hardly ever.
      const isSame = before?.width === width && before.height === height;
      const drawable = isSame ? before : this.#create(layer, 32, this.#extensions.argbFormat);
      if (!isSame) {
        this.#free(before);
      }
      this.#putRows(drawable.pixmap, drawable.gc, 32, layer, pixels);
      return { ...drawable, place, dims };
    });
    if (layers.length === 0) {
      this.#back = this.#free(this.#back);
    }
  }

  /** Draws what there is. */
  paint(): void {
    if (this.#layers.length === 0) {
      this.#paintPicture(this.#windowPicture);
      return;
    }
    const { depth } = this.#connection.setup.screen;
    const back = this.#back ?? this.#create(this.#area, depth, this.#extensions.screenFormat);
    this.#back = back;
    this.#paintPicture(back.picture);
    const { render } = this.#extensions;
    for (const layer of this.#layers) {
      if (layer.dims) {
        this.#connection.send(x.fillBlack(render, back.picture, 0.6, [{ x: 0, y: 0, ...this.#area }]));
      }
      const place = { ...cornerOf(layer, this.#area), width: layer.width, height: layer.height };
      this.#connection.send(x.composite(render, x.OVER, layer.picture, back.picture, place));
    }
    this.#connection.send(x.copyArea(back.pixmap, this.#window, this.#windowGc, this.#area));
  }

  #paintPicture(target: number): void {
    const { render } = this.#extensions;
    const area = this.#area;
    if (this.#source === null) {
      this.#connection.send(x.fillBlack(render, target, 1, [{ x: 0, y: 0, ...area }]));
      return;
    }
    const place = letterbox(area, this.#source);
    this.#scaleTo(this.#source, place);
    const bars = barsAround(area, place);
    if (bars.length > 0) {
      this.#connection.send(x.fillBlack(render, target, 1, bars));
    }
    this.#connection.send(x.composite(render, x.SRC, this.#source.picture, target, place));
  }

  #scaleTo({ picture, width, height }: Drawable, place: Size): void {
    const scale = `${picture} ${place.width}x${place.height}`;
    if (scale === this.#scale) {
      return;
    }
    this.#scale = scale;
    const { render } = this.#extensions;
    const isSame = place.width === width && place.height === height;
    this.#connection.send(x.setTransform(render, picture, width / place.width, height / place.height));
    this.#connection.send(x.setFilter(render, picture, isSame ? "nearest" : "bilinear"));
  }

  #sourceOf(size: Size): Drawable {
    if (this.#source?.width !== size.width || this.#source.height !== size.height) {
      this.#free(this.#source);
      // The next one may get its number.
      this.#scale = "";
      this.#source = this.#create(size, this.#connection.setup.screen.depth, this.#extensions.screenFormat);
    }
    return this.#source;
  }

  #putRows(pixmap: number, gc: number, depth: number, { width, height }: Size, bytes: Uint8Array): void {
    const rowBytes = width * 4;
    const limit = Math.min(MAX_STRIPE_BYTES, this.#extensions.maxRequestBytes - 64);
    const rows = Math.max(1, Math.floor(limit / rowBytes));
    for (let y = 0; y < height; y += rows) {
      const stripe = { x: 0, y, width, height: Math.min(rows, height - y) };
      this.#connection.send(x.putImage(pixmap, gc, depth, stripe));
      this.#connection.send(bytes.subarray(y * rowBytes, (y + stripe.height) * rowBytes), 0);
    }
  }

  #create({ width, height }: Size, depth: number, format: number): Drawable {
    const drawable = {
      pixmap: this.#connection.newId(),
      picture: this.#connection.newId(),
      gc: this.#connection.newId(),
      width,
      height,
    };
    const { root } = this.#connection.setup.screen;
    this.#connection.send(x.createPixmap(drawable.pixmap, root, depth, width, height));
    this.#connection.send(x.createGc(drawable.gc, drawable.pixmap));
    this.#connection.send(x.createPicture(this.#extensions.render, drawable.picture, drawable.pixmap, format));
    return drawable;
  }

  #free(drawable: Drawable | null): null {
    if (drawable !== null) {
      this.#connection.send(x.freePicture(this.#extensions.render, drawable.picture));
      this.#connection.send(x.freeGc(drawable.gc));
      this.#connection.send(x.freePixmap(drawable.pixmap));
      for (const id of [drawable.picture, drawable.gc, drawable.pixmap]) {
        this.#connection.freeId(id);
      }
    }
    return null;
  }
}
