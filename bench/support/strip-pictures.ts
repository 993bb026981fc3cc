import { createCanvas, loadImage } from "@napi-rs/canvas";
import { STRIP_BLOCK, STRIP_COLUMNS } from "../../src/media.ts";
import { readStrip, type Strip, stripAgeMs } from "../../test/support/picture.ts";

/** A JPEG and when its last byte was there. */
export interface Arrival {
  readonly jpeg: Uint8Array;
  /** Unix time in ms, with a fraction. */
  readonly at: number;
}

/** An arrival whose strip was read. */
export interface Sighting {
  readonly ageMs: number;
  readonly counter: number;
  readonly at: number;
}

/** Unix time in ms, with a fraction. */
export function unixMs(): number {
  return performance.timeOrigin + performance.now();
}

/** Reads the strips of pictures that were collected before: decoding takes time, and must not disturb what it measures. */
export async function readSightings(arrivals: readonly Arrival[]): Promise<Sighting[]> {
  const sightings: Sighting[] = [];
  for (const { jpeg, at } of arrivals) {
    const strip = await stripOf(jpeg);
    if (strip !== null) {
      sightings.push({ ageMs: stripAgeMs(strip, at), counter: strip.counter, at });
    }
  }
  return sightings;
}

/** Pictures between the first and the last that were not seen. */
export function missing(counters: readonly number[]): number {
  const [first, last] = [counters[0] ?? 0, counters.at(-1) ?? 0];
  return Math.max(0, last - first + 1 - counters.length);
}

/** Pictures a second between the first and the last. */
export function rateOf(sightings: readonly Sighting[]): number | null {
  const [first, last] = [sightings[0], sightings.at(-1)];
  return first && last && last.at > first.at ? ((sightings.length - 1) * 1000) / (last.at - first.at) : null;
}

async function stripOf(jpeg: Uint8Array): Promise<Strip | null> {
  const image = await loadImage(Buffer.from(jpeg));
  const [width, height] = [STRIP_BLOCK * STRIP_COLUMNS, STRIP_BLOCK * 2];
  const canvas = createCanvas(width, height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  return readStrip({ width, height, rgba: context.getImageData(0, 0, width, height).data });
}
