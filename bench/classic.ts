/**
 * lanvid and the classic Python programs: each as the sender and as the receiver of each, on the same frames, taking
 * turns. Usage: bun bench/classic.ts [--quick]
 */

import { FPS, type Program, patternFile, type Run, runPair, type Sighting } from "./support/classic-roles.ts";
import { endAfter } from "./support/cleanup.ts";
import { median, ratio, spreadOf } from "./support/figures.ts";
import { Report } from "./support/report.ts";
import { missing, rateOf } from "./support/strip-pictures.ts";

const isQuick = process.argv.includes("--quick");
const ROUNDS = isQuick ? 1 : 3;
const DURATION_MS = isQuick ? 4000 : 6000;
/** After the first pictures. */
const WARM_UP_MS = 1000;

/** What is required: "30 frames a second" may be half a frame off, since so short a time is measured. */
const MAX_SHORT_FPS = 0.5;
const MAX_DELAY_RATIO = 0.1;

const SIZES = [
  { width: 640, height: 480 },
  { width: 1280, height: 720 },
  { width: 1920, height: 1080 },
];
const PAIRS: readonly { readonly sender: Program; readonly receiver: Program }[] = [
  { sender: "Python", receiver: "Python" },
  { sender: "Python", receiver: "lanvid" },
  { sender: "lanvid", receiver: "Python" },
  { sender: "lanvid", receiver: "lanvid" },
];

interface Round {
  readonly size: string;
  readonly pair: string;
  readonly fps: number | null;
  readonly delayMs: number | null;
  readonly p95Ms: number | null;
  readonly missed: number;
  readonly senderCpu: number;
  readonly receiverCpu: number;
}

endAfter(900);
const columns = [
  "sender → receiver",
  "size",
  "frames/s",
  "delay ms",
  "95 % ms",
  "not shown",
  "sender CPU %",
  "receiver CPU %",
];
const report = new Report("classic", columns);
const rounds: Round[] = [];
for (const size of SIZES) {
  const pattern = await patternFile(size);
  const name = `${size.width}×${size.height}`;
  for (let round = 0; round < ROUNDS; round++) {
    for (const pair of round % 2 === 0 ? PAIRS : PAIRS.toReversed()) {
      const run = await runPair(pair, { size, pattern, warmUpMs: WARM_UP_MS, durationMs: DURATION_MS });
      const figures = figuresOf(name, `${pair.sender} → ${pair.receiver}`, run);
      rounds.push(figures);
      const { fps, delayMs } = figures;
      console.log(
        `${name}, round ${round + 1} of ${ROUNDS}, ${figures.pair}: ${fps?.toFixed(1) ?? "–"} frames/s, ${delayMs ?? "–"} ms`,
      );
    }
  }
  for (const { sender, receiver } of PAIRS) {
    const { fps, delayMs, p95Ms, missed, senderCpu, receiverCpu } = summary(name, `${sender} → ${receiver}`);
    report.row(`${sender} → ${receiver}`, name, fps, delayMs, p95Ms, missed, senderCpu, receiverCpu);
  }
}

report.note(`Each figure: the median of ${ROUNDS} rounds of ${DURATION_MS / 1000} s; not shown: in all rounds.`);
report.note(
  "Delay by the time strip: from drawing it (Python: in the camera's stand-in, where read() returns) until the",
);
report.note(
  "picture is there as pixels: in Python after pickle.loads, in lanvid after the message's decoding, and when it is",
);
report.note(
  "a JPEG, after the JPEG's. CPU: percent of one core, with ffmpeg's; lanvid's receiver decodes each JPEG whole.\n",
);
const hd = summary("1280×720", "Python → lanvid");
const both = summary("1920×1080", "lanvid → lanvid");
const python = summary("1920×1080", "Python → Python");
report.atMost("Python → lanvid, 1280×720: frames sent and not shown", hd.missed, 0);
report.atMost(`Python → lanvid, 1280×720: frames a second short of ${FPS}`, short(hd.fps), MAX_SHORT_FPS);
report.atMost(`lanvid → lanvid, 1920×1080: frames a second short of ${FPS}`, short(both.fps), MAX_SHORT_FPS);
report.atMost(
  "1920×1080: delay, lanvid → lanvid / Python → Python",
  ratio(both.delayMs, python.delayMs),
  MAX_DELAY_RATIO,
);
process.exit(report.finish({ rounds }));

function short(fps: number | null): number | null {
  return fps === null ? null : Math.max(0, FPS - fps);
}

function figuresOf(size: string, pair: string, { sightings, senderCpu, receiverCpu }: Run): Round {
  const { median: delayMs, p95: p95Ms } = spreadOf(sightings.map(({ ageMs }: Sighting) => ageMs));
  const missed = missing(sightings.map(({ counter }) => counter));
  return { size, pair, fps: rateOf(sightings), delayMs, p95Ms, missed, senderCpu, receiverCpu };
}

/** Each figure is the median of the rounds', so that one disturbed round does not decide; what was lost is summed. */
function summary(size: string, pair: string): Omit<Round, "size" | "pair"> {
  const own = rounds.filter((round) => round.size === size && round.pair === pair);
  const middle = (pick: (round: Round) => number | null) => median(own.map(pick));
  return {
    fps: middle(({ fps }) => fps),
    delayMs: middle(({ delayMs }) => delayMs),
    p95Ms: middle(({ p95Ms }) => p95Ms),
    missed: own.reduce((sum, { missed }) => sum + missed, 0),
    senderCpu: middle(({ senderCpu }) => senderCpu) ?? 0,
    receiverCpu: middle(({ receiverCpu }) => receiverCpu) ?? 0,
  };
}
