// Parts: curl
/** Viewers at the end of slow links, of links that change, and of one that loses packets. See README.md. */

import type { SeenPicture } from "../test/support/film-strips.ts";
import { describeFigures, isKept, judge, longestGap, rateOf, transferMs } from "../test/support/link-contract.ts";
import { LinkTap, watchCommand } from "../test/support/link-tap.ts";
import { SlowLink } from "../test/support/slow-link.ts";
import { runBenches } from "./runner/bench.ts";
import { BOUND, Child } from "./runner/child.ts";
import { DELAYS, delays, spreadOf } from "./runner/figures.ts";
import { byLength, isAsked, OPTIONS } from "./runner/options.ts";
import { type Figures, OTHERS, prefixed, type Requirement, type Scenario } from "./runner/scenario.ts";
import type { FormedPicture } from "./support/adapting-viewer.ts";
import { KernelQueues } from "./support/kernel-queues.ts";
import {
  H264,
  JPEG,
  onPage,
  type Place,
  type Shown,
  type Source,
  tapped,
  watched,
  within,
} from "./support/over-link.ts";
import { FPS, MAX_DELAY_MS } from "./support/page-modes.ts";

/** A viewer that adapts needs 2 s to move down, and goes up after 10 s. */
const ADAPT_MS = byLength(20_000, 10_000);
const PHASE_MS = byLength(8000, 5000);
const RATES = [50, 20, 10, 5, 2];
/** Of the link that changes, Mbit/s. */
const NARROW = 5;
const WIDE = 50;
/** This much of the rate that the link carries means that a viewer has recovered. */
const RECOVERED = 0.9;

/** @param limits whether the link's contract is for this viewer; `mbps` is the rate that it is judged by */
function figuresOf(pictures: readonly Shown[], source: Source, mbps: number, limits: boolean): Figures {
  const bytes = pictures.reduce((sum, { byteCount }) => sum + byteCount, 0);
  const { byteCounts, keyIntervalMs } = source;
  const terms = { mbps, maxDelayMs: MAX_DELAY_MS, keyIntervalMs, fps: FPS };
  const contract = limits ? judge(pictures, bytes > 0 ? terms : { ...terms, byteCounts }) : null;
  return {
    ...delays(spreadOf(pictures.map(({ ageMs }) => ageMs))),
    "at most": contract?.worstMs.limit ?? null,
    "frames/s": rateOf(pictures),
    "at least": contract?.fps.limit ?? null,
    "gap ms": longestGap(pictures),
    "gap at most": contract?.gapMs.limit ?? null,
    "kB/frame": bytes / Math.max(1, pictures.length) / 1000,
    form: [...new Set(pictures.map(({ form }) => form ?? "original"))].join(" → "),
    contract: contract && describeFigures(contract),
    isKept: contract && (isKept(contract) ? 1 : 0),
  };
}

/** What test/support/link-contract.ts says of a viewer that acknowledges. */
function keepsContract(what: string): Requirement {
  return {
    what,
    judge: (of) => ({ isMet: of("isKept") === 1, measured: String(of("contract") ?? "nothing measured") }),
  };
}

/** A row of a viewer that is promised something. */
function promised(viewer: string, source: Source, mbps: number, see: (place: Place) => Promise<Shown[]>): Scenario {
  return {
    name: `${viewer}, ${source.name}, ${mbps} Mbit/s`,
    requires: [keepsContract(`${viewer}, ${source.name}, ${mbps} Mbit/s`)],
    measure: async (program) => figuresOf(await within(program, mbps, source, see), source, mbps, true),
  };
}

/** A row of one that acknowledges nothing: reported only, with what the kernels hold. */
function reported(viewer: string, mbps: number, command: (place: Place) => readonly string[]): Scenario {
  return {
    name: `${viewer}, JPEG, ${mbps} Mbit/s`,
    measure: (program) =>
      within(program, mbps, JPEG, async (place) => {
        await using queues = new KernelQueues(place.link);
        const figures = figuresOf(await tapped(place, JPEG, command(place)), JPEG, mbps, false);
        const { mostBytes } = queues;
        const heldMs = Math.round(transferMs(mostBytes, mbps));
        return { ...figures, "in the kernels": `${Math.round(mostBytes / 1000)} kB, ${heldMs} ms` };
      }),
  };
}

/** Of a viewer that is given lighter variants: all its pictures, and those at the end. Reported only. */
function adapting(source: Source, mbps: number): Scenario {
  type Line = { readonly event: "ready" | "seen"; readonly pictures: readonly FormedPicture[] };
  const see = async ({ link, server, program }: Place) => {
    const args = [SlowLink.serverAddress, String(server.port)];
    await using viewer = new Child<Line>("adapting-viewer.ts", args, { within: link.viewer.within, program });
    await viewer.line("ready");
    await Bun.sleep(ADAPT_MS);
    viewer.say("report");
    return (await viewer.line("seen", 60_000)).pictures;
  };
  return {
    name: `adapting, ${source.name}, ${mbps} Mbit/s`,
    more: [{ name: `adapting, at the end, ${source.name}, ${mbps} Mbit/s`, prefix: "end, " }],
    async measure(program) {
      const pictures = await within(program, mbps, source, see);
      const last = pictures.at(-1);
      const settled = pictures.filter(({ at, form }) => at > (last?.at ?? 0) - ADAPT_MS / 3 && form === last?.form);
      const ofAll = figuresOf(pictures, source, mbps, false);
      return { ...ofAll, ...prefixed("end, ", figuresOf(settled, source, mbps, false)) };
    },
  };
}

/** What a plot shows of a link that changed. */
interface Change {
  readonly source: string;
  /** When it became narrow, wide and narrow: Unix time in ms. */
  readonly marks: readonly number[];
  readonly pictures: readonly SeenPicture[];
  readonly recoveredMs: number | null;
}

const changes: Change[] = [];

/** Narrow, wide, narrow; with a viewer that takes the stream as it is. What is under way when it widens was sent before. */
function changing(source: Source): Scenario {
  const nameOf = (phase: string) => `watch, ${phase}, ${source.name}`;
  const requires = (phase: string) => [keepsContract(`link that changes, ${source.name}, ${phase}`)];
  return {
    name: nameOf("narrow"),
    requires: requires("narrow"),
    more: ["then wide", "then narrow"].map((phase) => ({
      ...{ name: nameOf(phase), prefix: `${phase}, `, requires: requires(phase) },
    })),
    async measure(program) {
      const marks: number[] = [];
      const pictures = await within(program, NARROW, source, async ({ link, address }) => {
        await using tap = new LinkTap(watchCommand(address, program), [...BOUND, ...link.viewer.within]);
        await tap.first();
        for (const mbps of [NARROW, WIDE, NARROW]) {
          await link.setRate(`${mbps}mbit`);
          marks.push(performance.timeOrigin + performance.now());
          await Bun.sleep(PHASE_MS);
        }
        return await tap.pictures(source.codec);
      });
      if (program !== OPTIONS.against) {
        changes.push({ source: source.name, marks, pictures, recoveredMs: recovery(pictures, marks) });
      }
      const [, wideAt = 0, narrowAt = 0] = marks;
      const phase = (from: number, to: number) =>
        figuresOf(
          pictures.filter(({ at }) => at >= from && at < to),
          source,
          NARROW,
          true,
        );
      return {
        ...phase(0, wideAt),
        ...prefixed("then wide, ", phase(wideAt, narrowAt)),
        ...prefixed("then narrow, ", phase(narrowAt, Number.POSITIVE_INFINITY)),
      };
    },
  };
}

/** From when the link widens until the first second in which the viewer gets what it then carries. */
function recovery(pictures: readonly SeenPicture[], [, wideAt = 0, narrowAt = 0]: readonly number[]): number | null {
  const times = pictures.map(({ at }) => at).filter((at) => at >= wideAt && at < narrowAt);
  const start = times.find((at) => times.filter((other) => other >= at && other < at + 1000).length >= RECOVERED * FPS);
  return start === undefined ? null : start - wideAt;
}

function lossy(viewer: string, source: Source, mbps: number, spoil: (link: SlowLink) => Promise<void>): Scenario {
  return {
    name: `${viewer}, ${source.name}, ${mbps} Mbit/s`,
    measure: (program) =>
      within(program, mbps, source, async (place) => {
        await spoil(place.link);
        return figuresOf(await watched(place, source), source, mbps, false);
      }),
  };
}

/** What --only=PART,PART names. */
const PARTS: Readonly<Record<string, readonly (readonly Scenario[])[]>> = {
  watch: [JPEG, H264].flatMap((source) =>
    RATES.map((mbps) => [promised("watch", source, mbps, (place) => watched(place, source))]),
  ),
  page: [
    ...byLength(RATES, [20, 5]).map((mbps) => [promised("page, jpeg", JPEG, mbps, (place) => onPage(place, "jpeg"))]),
    ...byLength(RATES, [10]).flatMap((mbps) =>
      (["mse", "webcodecs"] as const).map((mode) => [
        promised(`page, ${mode}`, H264, mbps, (place) => onPage(place, mode)),
      ]),
    ),
  ],
  adapting: [...[10, 5, 2].map((mbps) => adapting(JPEG, mbps)), adapting(H264, 2)].map((one) => [one]),
  stream: byLength(RATES, [20, 5]).map((mbps) => [
    reported("/stream", mbps, ({ host }) => ["curl", "--silent", "--no-buffer", `http://${host}/stream`]),
  ]),
  classic: byLength([20, 5], [10]).map((mbps) => [
    reported("classic receiver", mbps, ({ server }) => [
      ...["bash", "-c"],
      `exec cat < /dev/tcp/${SlowLink.serverAddress}/${server.port}`,
    ]),
  ]),
  changing: [[changing(JPEG)], [changing(H264)]],
  lossy: [
    ...[JPEG, H264].map((source) => [lossy("watch, 1 % loss", source, 20, (link) => link.lose(1))]),
    [lossy("watch, queue of 50 ms", H264, 2, (link) => link.setShortQueue("2mbit"))],
  ],
};

await runBenches({
  name: "links",
  columns: [
    ...[...DELAYS, "at most", "frames/s", "at least", "gap ms", "gap at most"],
    ...["kB/frame", "in the kernels", OTHERS, "form"],
  ],
  rounds: 1,
  repeat: { above: 20, tries: byLength(3, 1), forSeconds: 60 },
  maxSeconds: byLength(1500, 900),
  isComparable: true,
  groups: Object.entries(PARTS).flatMap(([part, groups]) => (isAsked(part) ? groups : [])),
  notes: [
    "Age of each picture by its time strip, when its last byte was there (page: when it was drawn).",
    "watch: takes the stream as it is (--output -). adapting: lanvid's session as watch without --output has it, which is",
    "given lighter variants; its figures are of all pictures, from the first on, in all variants.",
    "/stream and classic receivers acknowledge nothing: what the kernels hold comes to the delay. Reported only.",
  ],
  conclude(report) {
    report.result.details["changes"] = changes;
    for (const { source, recoveredMs } of changes) {
      report.note(`Recovered from narrow to wide, ${source}: ${recoveredMs?.toFixed(0) ?? "not at all"} ms.`);
    }
  },
});
