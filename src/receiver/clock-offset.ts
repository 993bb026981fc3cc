import type { Micros } from "../time.ts";

/** How long a ping counts, in µs: crystals drift apart by some 20 µs a second. */
const KEEP_MICROS = 30_000_000;
const MAX_SAMPLES = 128;
/**
 * Two offsets that differ by more than their errors and this can't both be true of clocks that went on all the time:
 * in 30 s, time servers pull them apart by 30 ms at most. One of the machines was asleep, and its clock stood still; µs.
 */
const STEP_MICROS = 50_000;

interface Sample {
  readonly at: Micros;
  readonly roundTrip: Micros;
  readonly offset: Micros;
}

/**
 * The difference between two machines' clocks, from pings: that of the lowest round trip of the last 30 s is the best,
 * since it waited least on its way. Its error is at most half of that round trip (NTP, RFC 5905, section 8).
 */
export class ClockOffset {
  #samples: Sample[] = [];
  #best: Sample | undefined;

  /** Asked and heard on our clock, received and answered on the peer's. Impossible times are ignored. */
  add(askedAt: Micros, receivedAt: Micros, answeredAt: Micros, heardAt: Micros): void {
    const roundTrip = heardAt - askedAt - (answeredAt - receivedAt);
    if (roundTrip < 0 || answeredAt < receivedAt || heardAt < askedAt) {
      return;
    }
    const offset = (receivedAt - askedAt + (answeredAt - heardAt)) / 2;
    const oldest = heardAt - KEEP_MICROS;
    const newest = { at: heardAt, roundTrip, offset };
    const isStep = this.#best !== undefined && !agree(newest, this.#best);
    this.#samples = isStep ? [] : this.#samples.filter((sample) => sample.at >= oldest).slice(-MAX_SAMPLES + 1);
    this.#samples.push(newest);
    this.#best = this.#samples.reduce((best, sample) => (sample.roundTrip <= best.roundTrip ? sample : best));
  }

  /** A time on the peer's clock as one on ours; null before the first answer. */
  toLocal(peerMicros: Micros): Micros | null {
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

function agree(one: Sample, other: Sample): boolean {
  return Math.abs(one.offset - other.offset) <= (one.roundTrip + other.roundTrip) / 2 + STEP_MICROS;
}
