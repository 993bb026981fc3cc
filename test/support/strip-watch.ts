import type { Page } from "playwright-core";
import { STRIP_BLOCK, STRIP_COLUMNS } from "../../src/media.ts";
import { percentile } from "../../src/units.ts";

/**
 * Runs in the page before its own script: reads the strip of what the page shows, canvas or film, at each animation frame.
 */
export const STRIP_WATCH = `(() => {
  const width = ${STRIP_BLOCK * STRIP_COLUMNS}, height = ${STRIP_BLOCK * 2};
  const strip = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  const seen = globalThis.stripSeen = { ages: [], counters: [], at: [] };
  let last = -1;
  const row = (data, index) => {
    let bits = 0;
    for (let column = 0; column < ${STRIP_COLUMNS}; column++) {
      const x = column * ${STRIP_BLOCK} + 8, y = index * ${STRIP_BLOCK} + 8;
      bits |= (data[(y * width + x) * 4 + 1] >= 128 ? 1 : 0) << column;
    }
    return bits >>> 0;
  };
  // Whether its check bits are right: eight, which noise has now and then. So it must be of these minutes, too.
  const isStrip = ({ ageMs, counter, check }) =>
    check === ((counter ^ (counter >> 8) ^ (counter >> 16) ^ 0xa5) & 0xff) && Math.abs(ageMs) < 60000;
  const read = (shown, scale, now) => {
    strip.drawImage(shown, 0, 0, width * scale, height * scale, 0, 0, width, height);
    const { data } = strip.getImageData(0, 0, width, height);
    const time = row(data, 0), count = row(data, 1);
    return { ageMs: (now % 4294967296) - time, counter: count & 0xffffff, check: count >>> 24 };
  };
  const look = () => {
    requestAnimationFrame(look);
    const { surface, state } = document.documentElement.dataset;
    const shown = document.querySelector(surface === "video" ? "#film" : "#picture");
    if (state !== "live" || (shown.videoWidth ?? shown.width) < width / 2) {
      return;
    }
    const now = performance.timeOrigin + performance.now();
    // What is on the screen is still of the form before, for a while after the page was told of another one.
    const found = [1, 0.5].map((scale) => read(shown, scale, now)).find(isStrip);
    if (found !== undefined && found.counter !== last) {
      last = found.counter;
      seen.counters.push(found.counter);
      seen.at.push(now);
      seen.ages.push(found.ageMs);
    }
  };
  requestAnimationFrame(look);
})()`;

/** What a page showed: of each picture its age in ms, when it was seen (Unix time in ms) and its counter. */
export interface Seen {
  readonly ages: readonly number[];
  readonly at: readonly number[];
  readonly counters: readonly number[];
  /** Median. */
  readonly ageMs: number | null;
}

/** What it showed since `FORGET_SEEN`, or the beginning. */
export async function seenOn(page: Pick<Page, "evaluate">): Promise<Seen> {
  const seen = await page.evaluate<Omit<Seen, "ageMs">>("stripSeen");
  return { ...seen, ageMs: percentile([...seen.ages], 0.5) };
}

/** What is on the screen then is not seen again. */
export const FORGET_SEEN = "stripSeen.ages.length = stripSeen.counters.length = stripSeen.at.length = 0";
