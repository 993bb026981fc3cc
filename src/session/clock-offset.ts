/** How long a ping counts, in µs: crystals drift apart by some 20 µs a second. */
const KEEP_MICROS = 30_000_000;
const MAX_SAMPLES = 128;

interface Sample {
  readonly at: number;
  readonly roundTrip: number;
  readonly offset: number;
}

/**
 * The difference between two machines' clocks, from pings: that of the lowest round trip of the last 30 s is the best,
 * since it waited least on its way. Its error is at most half of that round trip (NTP, RFC 5905, section 8).
 */
export class ClockOffset {
  #samples: Sample[] = [];
  #best: Sample | undefined;

  /**
   * Times in µs: asked and heard on our clock, received and answered on the peer's. Impossible ones are ignored.
   */
  add(askedAt: number, receivedAt: number, answeredAt: number, heardAt: number): void {
    const roundTrip = heardAt - askedAt - (answeredAt - receivedAt);
    if (roundTrip < 0 || answeredAt < receivedAt || heardAt < askedAt) {
      return;
    }
    const offset = (receivedAt - askedAt + (answeredAt - heardAt)) / 2;
    const oldest = heardAt - KEEP_MICROS;
    this.#samples = this.#samples.filter((sample) => sample.at >= oldest).slice(-MAX_SAMPLES + 1);
    this.#samples.push({ at: heardAt, roundTrip, offset });
    this.#best = this.#samples.reduce((best, sample) => (sample.roundTrip <= best.roundTrip ? sample : best));
  }

  /** A time on the peer's clock as one on ours, in µs; null before the first answer. */
  toLocal(peerMicros: number): number | null {
    return this.#best === undefined ? null : Math.round(peerMicros - this.#best.offset);
  }

  /** The lowest round trip, in µs; null before the first answer. */
  get roundTripMicros(): number | null {
    return this.#best?.roundTrip ?? null;
  }

  /** The largest error of `toLocal`, in µs; null before the first answer. */
  get errorMicros(): number | null {
    return this.#best === undefined ? null : this.#best.roundTrip / 2;
  }
}
