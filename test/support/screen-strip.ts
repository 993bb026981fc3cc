import { STRIP_BLOCK, STRIP_COLUMNS } from "../../src/media.ts";
import { XConnection } from "../../src/window/x11/connection.ts";
import { type DisplayName, parseDisplay } from "../../src/window/x11/display-name.ts";
import { getImage } from "../../src/window/x11/requests.ts";
import { readStrip, stripAgeMs } from "./picture.ts";

const AREA = { x: 0, y: 0, width: STRIP_BLOCK * STRIP_COLUMNS, height: STRIP_BLOCK * 2 };

/** A new picture on the screen. */
export interface Sighting {
  readonly counter: number;
  /** How old it was when it was seen there, ms. */
  readonly ageMs: number;
}

/**
 * Looks at an X screen's top left corner, some 500 times a second, where a window shows an unscaled picture with the strip.
 * Looks until it is disposed of.
 */
export class ScreenStrip implements AsyncDisposable {
  /** The first sighting of each picture. The caller may empty it. */
  readonly sightings: Sighting[] = [];
  readonly #connection: XConnection;
  readonly #looking: Promise<void>;
  #last = -1;
  #isOver = false;

  private constructor(connection: XConnection) {
    this.#connection = connection;
    this.#looking = this.#look();
  }

  /** @param display as in DISPLAY */
  static async open(display: string): Promise<ScreenStrip> {
    return new ScreenStrip(await XConnection.open(parseDisplay(display) as DisplayName, undefined));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#looking;
    this.#connection.close();
  }

  async #look(): Promise<void> {
    while (!this.#isOver) {
      const image = await this.#connection.ask(getImage(this.#connection.setup.screen.root, AREA));
      const rgba = new Uint8ClampedArray(image.buffer, image.byteOffset + 32, AREA.width * AREA.height * 4);
      const strip = readStrip({ ...AREA, rgba });
      if (strip !== null && strip.counter !== this.#last) {
        this.#last = strip.counter;
        this.sightings.push({ counter: strip.counter, ageMs: stripAgeMs(strip) });
      }
      await Bun.sleep(1);
    }
  }
}
