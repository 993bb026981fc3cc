/** Pauses between tries. */
export interface BackoffOptions {
  /** The first pause, ms. */
  readonly firstMs: number;
  /** No pause is longer, but for its jitter; ms. */
  readonly lastMs: number;
  /** How much longer each is than the one before; 2 unless told. */
  readonly factor?: number;
  /** Each is shorter or longer by up to this part of it, so that not all come in the same moment: 0 to 1, 0 unless told. */
  readonly jitter?: number;
  /** From 0 to 1; for tests. */
  readonly random?: () => number;
}

/** How long to wait before the next try, each time longer than the time before. It waits for nothing itself. */
export class Backoff {
  readonly #options: Required<BackoffOptions>;
  #pauseMs: number;

  constructor(options: BackoffOptions) {
    this.#options = { factor: 2, jitter: 0, random: Math.random, ...options };
    this.#pauseMs = options.firstMs;
  }

  /**
   * The pause before the next try, ms.
   * @param lastMs the longest this time, where it is less than the longest of all: the next one goes on from there
   */
  next(lastMs: number = this.#options.lastMs): number {
    const { factor, jitter, random } = this.#options;
    const pauseMs = Math.min(this.#pauseMs, lastMs, this.#options.lastMs);
    this.#pauseMs = pauseMs * factor;
    return pauseMs * (1 - jitter + 2 * jitter * random());
  }

  /** It went well: the next pause is the first one. */
  reset(): void {
    this.#pauseMs = this.#options.firstMs;
  }
}
