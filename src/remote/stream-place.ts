import { LanvidError } from "../errors.ts";
import type { Log } from "../log.ts";
import { type Address, formatAddress } from "../net.ts";
import { pageOf, pageWords } from "./page-of.ts";

export interface StreamPlaceOptions {
  /** The stream's, or the page's. */
  readonly address: Address;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** Where the stream is that a person named, be it by its page. */
export class StreamPlace {
  readonly #options: StreamPlaceOptions;
  /** What the page said. */
  #stream: Address | null = null;
  /** Somebody answers at the place that was found last: it need not be looked for again. */
  isReached = false;

  constructor(options: StreamPlaceOptions) {
    this.#options = options;
  }

  /** Asks the page, where its address is what was given. @throws LanvidError (connection) where there is none */
  async find(): Promise<Address> {
    const { address, signal } = this.#options;
    if (address.isPage === true && !this.isReached) {
      const stream = await pageOf(address, signal);
      if (stream === null) {
        throw noPage(address);
      }
      this.#take(stream);
    }
    this.isReached = false;
    return this.#stream ?? address;
  }

  /** A web server answered: it may be a lanvid's page, which is asked once. @returns whether its stream is known now */
  async isPage(): Promise<boolean> {
    // What a stranger's page says must not keep us going in circles.
    const stream = this.#stream === null ? await pageOf(this.#options.address, this.#options.signal) : null;
    if (stream !== null) {
      this.#take(stream);
    }
    return stream !== null;
  }

  #take(stream: Address): void {
    const { address, log } = this.#options;
    if (stream.port !== this.#stream?.port) {
      log.info(pageWords(address, stream));
    }
    this.#stream = stream;
  }
}

/** Nothing is there, or another web server. */
function noPage(address: Address): LanvidError {
  const where = formatAddress(address);
  return new LanvidError("no-page", "connection", `cannot find lanvid's page at http://${where}/`, {
    hint: `check the address that "lanvid serve" prints there, or name the machine alone: ${address.host}`,
  });
}
