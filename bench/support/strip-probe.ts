import type { Page } from "playwright-core";
import { STRIP_BLOCK, STRIP_COLUMNS } from "../../src/media.ts";
import { waitFor } from "../../test/support/wait.ts";
import { MAX_DELAY_MS } from "./page-modes.ts";

/** What a page showed, by the time strip in its pixels; ages in ms since the picture was drawn by the source. */
export interface PageSight {
  /** Of each new picture, when the page had called `drawImage`; of a film, when the browser says that it presented it. */
  readonly drawnMs: number[];
  /** Of each new picture, when its pixels had been read back, right after the page's or the browser's own work. */
  readonly shownMs: number[];
  /** Of each picture that was there then, at the beginning of the next animation frame. */
  readonly composedMs: number[];
  /** Of each new picture, when it was drawn: Unix time in ms. */
  readonly drawnAt: number[];
  /** The pictures' counters, as in the strip. */
  readonly counters: number[];
  /** In which form the stream was, by lanvid's page; "original" of another. */
  readonly forms: string[];
  /** What lanvid's page said of its delay meanwhile (`data-delay-ms`), each new value. */
  readonly reportedMs: number[];
  /** When the first picture that is no older than it may be was drawn or presented, ms since the navigation; or null. */
  readonly firstMs: number | null;
}

/**
 * Runs in the page before its own script, lanvid's or the bare one, and costs both the same. Of a canvas, it notes when a
 * picture is drawn, and reads its strip in a task of its own that follows at once. Of a film, it is called back with each
 * new picture (`requestVideoFrameCallback`, which keeps to the display's rhythm), and draws what the film shows then, if
 * the film is seen: lanvid's is covered until it is live, which the page may find out in that very callback;
 * then it counts from the next frame of the display on.
 */
export const STRIP_PROBE = `(() => {
  const now = () => performance.timeOrigin + performance.now();
  const sight = { drawnMs: [], shownMs: [], composedMs: [], drawnAt: [], counters: [], forms: [], reportedMs: [] };
  const width = ${STRIP_BLOCK * STRIP_COLUMNS}, height = ${STRIP_BLOCK * 2};
  const strip = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  const { port1, port2 } = new MessageChannel();
  let canvas = null, drawnAt = 0, lastCounter = -1, seenTime = null, firstMs = null;
  const prototype = CanvasRenderingContext2D.prototype;
  const drawImage = prototype.drawImage;
  prototype.drawImage = function (...values) {
    drawImage.apply(this, values);
    canvas = this.canvas;
    drawnAt = now();
    port2.postMessage(null);
  };
  const row = (data, index) => {
    let bits = 0;
    for (let column = 0; column < ${STRIP_COLUMNS}; column++) {
      const x = column * ${STRIP_BLOCK} + ${STRIP_BLOCK / 2}, y = index * ${STRIP_BLOCK} + ${STRIP_BLOCK / 2};
      bits |= (data[(y * width + x) * 4 + 1] >= 128 ? 1 : 0) << column;
    }
    return bits >>> 0;
  };
  const age = (at, time) => {
    const ms = (at % 4294967296) - time;
    return ms < -2147483648 ? ms + 4294967296 : ms;
  };
  const read = (image, drawn) => {
    const form = document.documentElement.dataset.form || "original";
    const scale = form === "h264-half" ? 0.5 : 1;
    strip.drawImage(image, 0, 0, width * scale, height * scale, 0, 0, width, height);
    const { data } = strip.getImageData(0, 0, width, height);
    const shownAt = now();
    const [time, count] = [row(data, 0), row(data, 1)];
    const counter = count & 0xffffff;
    const check = (counter ^ (counter >> 8) ^ (counter >> 16) ^ 0xa5) & 0xff;
    if (count >>> 24 !== check || counter === lastCounter) {
      return;
    }
    lastCounter = counter;
    seenTime = time;
    if (age(drawn, time) <= ${MAX_DELAY_MS}) {
      firstMs ??= drawn - performance.timeOrigin;
    }
    sight.drawnMs.push(age(drawn, time));
    sight.drawnAt.push(drawn);
    sight.shownMs.push(age(shownAt, time));
    sight.counters.push(counter);
    sight.forms.push(form);
  };
  port1.onmessage = () => {
    if (canvas.width >= width) {
      read(canvas, drawnAt);
    }
  };
  const follow = (film) => {
    const isSeen = () =>
      film.videoWidth >= width && !film.closest("[data-surface=canvas], [data-state]:not([data-state=live])");
    const seen = (_, { presentationTime }) => {
      film.requestVideoFrameCallback(seen);
      if (isSeen()) {
        read(film, performance.timeOrigin + presentationTime);
      } else {
        requestAnimationFrame(() => isSeen() && read(film, now()));
      }
    };
    film.requestVideoFrameCallback(seen);
  };
  const look = () => {
    requestAnimationFrame(look);
    if (seenTime !== null) {
      sight.composedMs.push(age(now(), seenTime));
      seenTime = null;
    }
  };
  requestAnimationFrame(look);
  const begin = () => {
    const root = document.documentElement;
    document.querySelectorAll("video").forEach(follow);
    let last = "";
    setInterval(() => {
      const said = root.dataset.delayMs ?? "";
      if (said !== "" && said !== last) {
        sight.reportedMs.push(Number(said));
      }
      last = said;
    }, 250);
  };
  if (document.readyState === "loading") {
    addEventListener("DOMContentLoaded", begin);
  } else {
    begin();
  }
  globalThis.lanvidBench = {
    count: () => sight.shownMs.length,
    restart: () => { for (const list of Object.values(sight)) { list.length = 0; } },
    take: () => ({ ...sight, firstMs }),
  };
})()`;

/** Lets the page show this many pictures, then gives what it showed since the beginning or `restart()`. */
export async function watchPage(page: Page, frames: number): Promise<PageSight> {
  const deadline = performance.now() + 20_000 + frames * 400;
  while (performance.now() < deadline && (await page.evaluate<number>("lanvidBench.count()")) < frames) {
    await Bun.sleep(200);
  }
  const sight = await page.evaluate<PageSight>("lanvidBench.take()");
  await waitFor("pictures on the page", () => sight.shownMs.length > 0, 0);
  return sight;
}
