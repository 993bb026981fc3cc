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
  const look = () => {
    requestAnimationFrame(look);
    const root = document.documentElement;
    const shown = document.querySelector(root.dataset.surface === "video" ? "#film" : "#picture");
    const scale = root.dataset.form === "h264-half" ? 0.5 : 1;
    if (root.dataset.state !== "live" || (shown.videoWidth ?? shown.width) < width * scale) {
      return;
    }
    strip.drawImage(shown, 0, 0, width * scale, height * scale, 0, 0, width, height);
    const { data } = strip.getImageData(0, 0, width, height);
    const time = row(data, 0), count = row(data, 1);
    const counter = count & 0xffffff;
    const check = (counter ^ (counter >> 8) ^ (counter >> 16) ^ 0xa5) & 0xff;
    if (count >>> 24 === check && counter !== last) {
      last = counter;
      seen.counters.push(counter);
      const now = performance.timeOrigin + performance.now();
      seen.at.push(now);
      seen.ages.push((now % 4294967296) - time);
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
