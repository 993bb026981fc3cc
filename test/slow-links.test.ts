/** What a viewer on a slow link is promised, with real links of each rate: `npm run bench:links` has the long form. */

import { describe, expect, test } from "bun:test";
import { becomesTrue, launchChromium } from "./support/chromium.ts";
import type { SeenPicture } from "./support/film-strips.ts";
import { Lanvid } from "./support/lanvid.ts";
import { describeFigures, isKept, judge, type LinkFigures, type LinkTerms } from "./support/link-contract.ts";
import { LinkTap, watchCommand } from "./support/link-tap.ts";
import { SlowLink } from "./support/slow-link.ts";
import { STRIP_WATCH, seenOn } from "./support/strip-watch.ts";

const RATES_MBPS = [50, 20, 10, 5, 2];
const MAX_DELAY_MS = 250;
const FPS = 30;
/** 26 Mbit/s of JPEG, 4 Mbit/s of H.264. */
const STREAMS = [
  { codec: "mjpeg", args: ["--quality", "88"], keyIntervalMs: 1000 / FPS },
  { codec: "h264", args: ["--bitrate", "7M"], keyIntervalMs: 2 * MAX_DELAY_MS },
] as const;
type Stream = (typeof STREAMS)[number];
const MEASURE_MS = 3500;
/** What else the machine does may hold up any program for longer than is allowed for: that is no fault of the link's. */
const TRIES = 3;

/** Of 4 Mbit/s, as in the bench: a page does not tell how large its pictures are. */
const H264_BYTES = [79_000, ...Array<number>(14).fill(11_500)];

function serve(link: SlowLink, { codec, args }: Stream, http: string): Lanvid {
  const words = ["serve", "test", "--size", "1600x900", "--codec", codec, ...args];
  return new Lanvid([...words, "--max-delay", String(MAX_DELAY_MS), "--port", "0", "--http", http], {
    within: link.server.within,
  });
}

function termsOf(mbps: number, { keyIntervalMs }: Stream): LinkTerms {
  return { mbps, maxDelayMs: MAX_DELAY_MS, keyIntervalMs, fps: FPS };
}

async function watchOver(mbps: number, stream: Stream): Promise<LinkFigures> {
  await using link = await SlowLink.create(`${mbps}mbit`);
  await using server = serve(link, stream, "off");
  const { port } = await server.event("ready");
  await using watch = new LinkTap(watchCommand(`${SlowLink.serverAddress}:${port}`), link.viewer.within);
  await watch.first();
  await Bun.sleep(MEASURE_MS);
  return judge(await watch.pictures(stream.codec), termsOf(mbps, stream));
}

/** What a page by Media Source shows, in all forms, in the order in which it was seen. */
async function pageOver(mbps: number, stream: Stream): Promise<SeenPicture[]> {
  await using link = await SlowLink.create(`${mbps}mbit`);
  await using server = serve(link, stream, "0");
  const { http } = await server.event("ready");
  const browser = await launchChromium([], link.viewer.within);
  await using _closing = { [Symbol.asyncDispose]: () => browser.close() };
  const page = await browser.newPage();
  await page.addInitScript(STRIP_WATCH);
  await page.goto(`http://${SlowLink.serverAddress}:${http}/?mode=mse`);
  await becomesTrue(page, "stripSeen.counters.length > 0", 20_000);
  await Bun.sleep(MEASURE_MS);
  const { ages, at, counters } = await seenOn(page);
  return counters.map((counter, index) => ({
    counter,
    ageMs: ages[index] as number,
    at: at[index] as number,
    byteCount: 0,
  }));
}

/** Finds nothing wrong in one of some tries. */
async function isKeptOnce(faultOf: () => Promise<string | null>): Promise<void> {
  const faults: string[] = [];
  for (let count = 0; count < TRIES; count++) {
    const fault = await faultOf();
    if (fault === null) {
      return;
    }
    faults.push(fault);
  }
  expect(faults).toEqual([]);
}

function brokenTerms(figures: LinkFigures): string | null {
  return isKept(figures) ? null : describeFigures(figures);
}

/**
 * Where a picture came after a newer one, with what was around it: if its time did not go back as its number did, the source
 * began anew.
 */
function stepBack(pictures: readonly SeenPicture[]): string | null {
  const index = pictures.findIndex(({ counter }, place) => counter < (pictures[place - 1]?.counter ?? 0));
  if (index < 0) {
    return null;
  }
  const around = pictures.slice(Math.max(0, index - 8), index + 8);
  const words = around.map(({ counter, at, ageMs }) => `${counter} of ${(at - ageMs).toFixed(0)} ms`);
  return `picture ${pictures[index]?.counter} came late: ${words.join(", ")}`;
}

describe("watch", () => {
  for (const stream of STREAMS) {
    for (const mbps of RATES_MBPS) {
      test(`keeps to the delay, shows what the link carries and never halts: ${stream.codec}, ${mbps} Mbit/s`, async () => {
        await isKeptOnce(async () => brokenTerms(await watchOver(mbps, stream)));
      }, 60_000);
    }
  }
});

describe("a page by Media Source", () => {
  const [, stream] = STREAMS;
  for (const mbps of [5, 2]) {
    test(`keeps to the delay, shows what the link carries, never halts nor goes back: ${mbps} Mbit/s`, async () => {
      await isKeptOnce(async () => {
        const pictures = await pageOver(mbps, stream);
        expect(stepBack(pictures)).toBeNull();
        return brokenTerms(judge(pictures, { ...termsOf(mbps, stream), byteCounts: H264_BYTES }));
      });
    }, 90_000);
  }
});
