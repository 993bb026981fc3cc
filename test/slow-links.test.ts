/** What a viewer on a slow link is promised, with real links of each rate: `npm run bench:links` has the long form. */

import { describe, expect, test } from "bun:test";
import { becomesTrue, launchChromium } from "./support/chromium.ts";
import type { SeenPicture } from "./support/film-strips.ts";
import { Granted } from "./support/granted.ts";
import { Lanvid } from "./support/lanvid.ts";
import { judge, type LinkFigures, type LinkTerms } from "./support/link-contract.ts";
import { LinkTap, watchCommand } from "./support/link-tap.ts";
import { SlowLink } from "./support/slow-link.ts";
import { standsAlone } from "./support/stands-alone.ts";
import { STRIP_WATCH, seenOn } from "./support/strip-watch.ts";
import { type Claim, judged } from "./support/timed.ts";

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

standsAlone();

async function watchOver(mbps: number, stream: Stream) {
  await using link = await SlowLink.create(`${mbps}mbit`);
  await using server = serve(link, stream, "off");
  const { port } = await server.event("ready");
  await using watch = new LinkTap(watchCommand(`${SlowLink.serverAddress}:${port}`), link.viewer.within);
  await watch.first();
  const granted = new Granted();
  await Bun.sleep(MEASURE_MS);
  const taken = await granted.stop();
  return { figures: judge(await watch.pictures(stream.codec), termsOf(mbps, stream)), taken };
}

/** What a page by Media Source shows, in all forms, in the order in which it was seen. */
async function pageOver(mbps: number, stream: Stream) {
  await using link = await SlowLink.create(`${mbps}mbit`);
  await using server = serve(link, stream, "0");
  const { http } = await server.event("ready");
  const browser = await launchChromium([], link.viewer.within);
  await using _closing = { [Symbol.asyncDispose]: () => browser.close() };
  const page = await browser.newPage();
  await page.addInitScript(STRIP_WATCH);
  await page.goto(`http://${SlowLink.serverAddress}:${http}/?mode=mse`);
  await becomesTrue(page, "stripSeen.counters.length > 0");
  const granted = new Granted();
  await Bun.sleep(MEASURE_MS);
  const taken = await granted.stop();
  const { ages, at, counters } = await seenOn(page);
  const pictures: SeenPicture[] = counters.map((counter, index) => ({
    counter,
    ageMs: ages[index] as number,
    at: at[index] as number,
    byteCount: 0,
  }));
  return { pictures, taken };
}

/** What a machine may be late with is `--max-delay`: what is later is left out, up to the next key frame. */
function claimsOn({ worstMs, fps, gapMs }: LinkFigures): Claim[] {
  return [
    { what: "the worst delay", ms: worstMs.value, atMost: worstMs.limit },
    { what: "frames", perSecond: fps.value, atLeast: fps.limit, inTimeMs: MAX_DELAY_MS },
    { what: "the longest gap", ms: gapMs.value, atMost: gapMs.limit, inTimeMs: MAX_DELAY_MS },
  ];
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
        await judged(async () => {
          const { figures, taken } = await watchOver(mbps, stream);
          return { claims: claimsOn(figures), taken };
        });
      }, 120_000);
    }
  }
});

describe("a page by Media Source", () => {
  const [, stream] = STREAMS;
  for (const mbps of [5, 2]) {
    test(`keeps to the delay, shows what the link carries, never halts nor goes back: ${mbps} Mbit/s`, async () => {
      await judged(async () => {
        const { pictures, taken } = await pageOver(mbps, stream);
        expect(stepBack(pictures)).toBeNull();
        const figures = judge(pictures, { ...termsOf(mbps, stream), byteCounts: H264_BYTES });
        return { claims: claimsOn(figures), taken };
      });
    }, 150_000);
  }
});
