/** What a viewer on a slow link is promised, with real links of each rate: `npm run bench:links` has the long form. */

import { describe, expect, test } from "bun:test";
import { Lanvid } from "./support/lanvid.ts";
import { describeFigures, isKept, judge, type LinkFigures } from "./support/link-contract.ts";
import { LinkTap, watchCommand } from "./support/link-tap.ts";
import { SlowLink } from "./support/slow-link.ts";

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

async function watchOver(mbps: number, { codec, args, keyIntervalMs }: Stream): Promise<LinkFigures> {
  await using link = await SlowLink.create(`${mbps}mbit`);
  const serve = ["serve", "test", "--size", "1600x900", "--codec", codec, ...args];
  await using server = new Lanvid([...serve, "--max-delay", String(MAX_DELAY_MS), "--port", "0", "--http", "off"], {
    within: link.server.within,
  });
  const { port } = await server.event("ready");
  await using watch = new LinkTap(watchCommand(`${SlowLink.serverAddress}:${port}`), link.viewer.within);
  await watch.first();
  await Bun.sleep(MEASURE_MS);
  return judge(await watch.pictures(codec), { mbps, maxDelayMs: MAX_DELAY_MS, keyIntervalMs, fps: FPS });
}

describe("watch", () => {
  for (const stream of STREAMS) {
    for (const mbps of RATES_MBPS) {
      test(`keeps to the delay, shows what the link carries and never halts: ${stream.codec}, ${mbps} Mbit/s`, async () => {
        const tries: string[] = [];
        for (let count = 0; count < TRIES; count++) {
          const figures = await watchOver(mbps, stream);
          tries.push(describeFigures(figures));
          if (isKept(figures)) {
            return;
          }
        }
        expect(tries).toEqual([]);
      }, 60_000);
    }
  }
});
