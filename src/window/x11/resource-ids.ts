import { LanvidError } from "../../errors.ts";

/** Numbers for a client's resources: a server lends each client a range, and wants none of it that is in use. */
export class ResourceIds {
  readonly #base: number;
  readonly #mask: number;
  readonly #free: number[] = [];
  #last = 0;

  /** @param mask the bits of a number that are the client's to choose: some of the lowest */
  constructor(base: number, mask: number) {
    this.#base = base;
    this.#mask = mask;
  }

  /** One that is not in use: given back if there are such, else a new one. @throws Error when all are in use */
  take(): number {
    const free = this.#free.pop();
    if (free !== undefined) {
      return free;
    }
    if (this.#last === this.#mask) {
      throw new LanvidError(
        "display-refused",
        "display",
        `all ${this.#mask} numbers that the X server lends are in use`,
      );
    }
    this.#last += 1;
    return (this.#base | this.#last) >>> 0;
  }

  /** The request that frees the resource was sent: the server handles it before any that comes later. */
  give(id: number): void {
    this.#free.push(id);
  }
}
