/** lanvid and the classic Python programs: each as the sender and as the receiver of each, on the same frames. */

import type { Size } from "../../src/units.ts";
import { longestGap, rateOf } from "../../test/support/link-contract.ts";
import { childrenOf } from "../../test/support/processes.ts";
import { UsageSampler } from "../../test/support/usage.ts";
import type { Bench } from "../runner/bench.ts";
import { delays, spreadOf } from "../runner/figures.ts";
import { byLength } from "../runner/options.ts";
import { atMost, atMostTimes, type Scenario } from "../runner/scenario.ts";
import { patternFile, receiverOf, type Side, senderOf } from "../support/classic-roles.ts";
import { FPS, FULL_HD, HD } from "../support/page-modes.ts";

const DURATION_MS = byLength(6000, 4000);
/** After the first pictures. */
const WARM_UP_MS = 1000;
/** "30 frames a second" may be half a frame off, since so short a time is measured. */
const MAX_SHORT_FPS = 0.5;
const MAX_TIMES_PYTHON = 0.1;

const SIZES = [{ width: 640, height: 480 }, HD, FULL_HD];
const SIDES: readonly Side[] = ["Python", "lanvid"];
const nameOf = (sender: Side, receiver: Side, { width, height }: Size) => `${sender} → ${receiver}, ${width}×${height}`;

function scenario(sender: Side, receiver: Side, size: Size): Scenario {
  return {
    name: nameOf(sender, receiver, size),
    requires: REQUIRED[nameOf(sender, receiver, size)] ?? [],
    async measure() {
      await using from = await senderOf(sender, size, await patternFile(size));
      await using to = await receiverOf(receiver, from.port);
      await to.ready();
      await Bun.sleep(WARM_UP_MS);
      const samplers = [from.pid, to.pid].map((pid) =>
        [pid, ...childrenOf(pid, "ffmpeg")].map((one) => new UsageSampler(one)),
      );
      to.begin();
      await Bun.sleep(DURATION_MS);
      const cpu = samplers.map((own) => own.reduce((sum, sampler) => sum + sampler.stop().cpuPercent, 0));
      const seen = await to.take();
      const fps = rateOf(seen);
      return {
        ...delays(spreadOf(seen.map(({ ageMs }) => ageMs))),
        "frames/s": fps,
        short: fps === null ? null : Math.max(0, FPS - fps),
        "gap ms": longestGap(seen),
        "not shown": Math.max(0, (seen.at(-1)?.counter ?? 0) - (seen[0]?.counter ?? 0) + 1 - seen.length),
        "sender CPU %": cpu[0] ?? null,
        "receiver CPU %": cpu[1] ?? null,
      };
    },
  };
}

const REQUIRED: Readonly<Record<string, Scenario["requires"]>> = {
  [nameOf("Python", "lanvid", HD)]: [
    atMost("Python → lanvid, 1280×720: frames sent and not shown", 0, "not shown"),
    atMost(`Python → lanvid, 1280×720: frames a second short of ${FPS}`, MAX_SHORT_FPS, "short"),
  ],
  [nameOf("lanvid", "lanvid", FULL_HD)]: [
    atMost(`lanvid → lanvid, 1920×1080: frames a second short of ${FPS}`, MAX_SHORT_FPS, "short"),
    atMostTimes(
      "1920×1080: delay, lanvid → lanvid / Python → Python",
      MAX_TIMES_PYTHON,
      "median ms",
      nameOf("Python", "Python", FULL_HD),
    ),
  ],
};

export const CLASSIC: Bench = {
  name: "classic",
  columns: ["frames/s", "median ms", "95 % ms", "not shown", "sender CPU %", "receiver CPU %"],
  sums: ["not shown"],
  rounds: byLength(3, 1),
  maxSeconds: 900,
  groups: SIZES.map((size) => SIDES.flatMap((sender) => SIDES.map((receiver) => scenario(sender, receiver, size)))),
  notes: [
    "Delay by the time strip: from drawing it (Python: in the camera's stand-in, where read() returns) until the picture is there",
    "as pixels: in Python after pickle.loads, in lanvid after the message's decoding, and when it is a JPEG, after the JPEG's.",
    "CPU: percent of one core, with ffmpeg's; lanvid's receiver decodes each JPEG whole. Not shown: in all rounds.",
  ],
};
