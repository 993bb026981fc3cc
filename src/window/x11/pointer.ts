import { type Clock, systemClock, type Timer } from "../../time.ts";
import type { XConnection } from "./connection.ts";
import * as x from "./requests.ts";

/** A pointer that rests over the picture for so long is hidden, ms. */
const IDLE_MS = 3000;
/** Two clicks are one double click within this time and distance: ms, pixels. */
const DOUBLE_MS = 400;
const DOUBLE_PIXELS = 8;
const LEFT_BUTTON = 1;

/** The pointer over the window: hidden while it rests, and its double clicks. */
export class Pointer {
  readonly #connection: XConnection;
  readonly #window: number;
  /** A cursor that is not to be seen. */
  readonly #blank: number;
  readonly #clock: Clock;
  #timer: Timer | undefined;
  #isHidden = false;
  #clicked: { readonly at: number; readonly x: number; readonly y: number } | null = null;

  constructor(connection: XConnection, window: number, clock: Clock = systemClock) {
    this.#clock = clock;
    this.#connection = connection;
    this.#window = window;
    const bits = connection.newId();
    this.#blank = connection.newId();
    // A mask of one bit that is 0. A new pixmap has what was in memory: it is cleared.
    const gc = connection.newId();
    connection.send(x.createPixmap(bits, window, 1, 1, 1));
    connection.send(x.createGc(gc, bits));
    connection.send(x.putBitmap(bits, gc, 1, 1, new Uint8Array(4)));
    connection.send(x.createCursor(this.#blank, bits));
    connection.send(x.freeGc(gc));
    connection.send(x.freePixmap(bits));
    connection.freeId(gc);
    connection.freeId(bits);
    this.#rest();
  }

  moved(): void {
    if (this.#isHidden) {
      this.#isHidden = false;
      this.#connection.send(x.setCursor(this.#window, x.NO_CURSOR));
      this.#connection.flush();
    }
    this.#rest();
  }

  /** @param event ButtonPress. @returns whether it is the second of a double click */
  pressed(event: DataView): boolean {
    this.moved();
    const click = { at: event.getUint32(4, true), x: event.getInt16(24, true), y: event.getInt16(26, true) };
    const before = this.#clicked;
    this.#clicked = null;
    if (event.getUint8(1) !== LEFT_BUTTON) {
      return false;
    }
    const isDouble =
      before !== null &&
      click.at - before.at <= DOUBLE_MS &&
      Math.hypot(click.x - before.x, click.y - before.y) <= DOUBLE_PIXELS;
    // A third click begins anew.
    this.#clicked = isDouble ? null : click;
    return isDouble;
  }

  close(): void {
    this.#timer?.[Symbol.dispose]();
  }

  #rest(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#clock.after(IDLE_MS, () => {
      this.#isHidden = true;
      this.#connection.send(x.setCursor(this.#window, this.#blank));
      this.#connection.flush();
    });
  }
}
