/** Strip drawn → pixel on the X screen, beside ffplay and mpv on the same encoder. See README.md. */

import type { Size } from "../src/units.ts";
import { startXvfb } from "../test/support/xvfb.ts";
import { runBenches } from "./runner/bench.ts";
import { Child } from "./runner/child.ts";
import { DELAYS, median, ratio } from "./runner/figures.ts";
import { byLength } from "./runner/options.ts";
import { atMost, type Requirement, type Scenario } from "./runner/scenario.ts";
import { lanvidOnScreen, rivalOnScreen, watchOn } from "./support/on-screen.ts";
import { type Codec, FULL_HD, HD, SCREEN } from "./support/page-modes.ts";
import { FFPLAY, FLV, MJPEG, MPEGTS, MPV } from "./support/players.ts";

const MAX_TIMES_CPU = 1.5;
const MAX_REPLAY_DELAY_MS = 50;
const MAX_PING_MS = 5;
const REPLAY_MS = byLength(15_000, 5000);

interface Variant {
  readonly player: "ffplay" | "mpv";
  readonly name: string;
  readonly output: readonly string[];
  readonly command: readonly string[];
}

const mpv = (format: string, output: readonly string[], ...more: readonly string[]): Variant[] =>
  ["SDL", "X11"].map((way) => ({
    ...{ player: "mpv", name: `mpv, ${format}, ${way}`, output },
    command: [...MPV, ...more, `--vo=${way.toLowerCase()}`, "-"],
  }));
const ffplay = (format: string, name: string, output: readonly string[]): Variant => ({
  ...{ player: "ffplay", name: `ffplay, ${name}`, output },
  command: [...FFPLAY, "-f", format, "-"],
});
const RIVALS: Readonly<Record<Codec, readonly Variant[]>> = {
  mjpeg: [ffplay("mjpeg", "MJPEG", MJPEG), ...mpv("MJPEG", MJPEG, "--demuxer-lavf-format=mjpeg")],
  h264: [ffplay("flv", "FLV", FLV), ffplay("mpegts", "MPEG-TS", MPEGTS), ...mpv("FLV", FLV)],
};

function group(size: Size, codec: Codec): Scenario[] {
  const what = `${size.height}p30 ${codec}`;
  const nameOf = ({ name }: Pick<Variant, "name">) => `${what}, ${name}`;
  const lanvid = "lanvid watch";
  return [
    {
      name: nameOf({ name: lanvid }),
      requires: (["ffplay", "mpv"] as const).flatMap((player) => besideBest(player)),
      measure: (program) => lanvidOnScreen(program, size, codec),
    },
    ...RIVALS[codec].map((variant): Scenario => {
      const { output, command } = variant;
      const measure = () => rivalOnScreen({ codec, size, output, player: command, isPiped: true });
      return { name: nameOf(variant), isRival: true, measure };
    }),
  ];

  /** Beside the variant of a player that has the least delay. */
  function besideBest(player: Variant["player"]): Requirement[] {
    const names = RIVALS[codec].filter((variant) => variant.player === player).map(nameOf);
    const beside = (figure: string) => (of: (figure: string, scenario?: string) => number | null) => {
      const delay = (name: string) => of("median ms", name) ?? Number.POSITIVE_INFINITY;
      const [best] = names.toSorted((one, other) => delay(one) - delay(other));
      return ratio(of(figure), of(figure, best));
    };
    return [
      atMost(`${what}: median delay, lanvid / ${player}'s best`, 1, beside("median ms")),
      atMost(`${what}: CPU, lanvid / ${player}'s best`, MAX_TIMES_CPU, beside("CPU %")),
    ];
  }
}

/** More pictures than can be decoded: the delay that `watch` reports, and how soon it answers a ping. */
const REPLAY: Scenario = {
  name: "1080p120 mjpeg replayed, lanvid watch",
  rounds: 1,
  requires: [
    atMost("1080p120 replayed: median delay", MAX_REPLAY_DELAY_MS, "median ms", " ms"),
    atMost("1080p120 replayed: ping's round trip, median", MAX_PING_MS, "ping ms", " ms"),
    atMost("1080p120 replayed: frames that are not shown are not counted", 0, "uncounted"),
  ],
  async measure(program) {
    await using xvfb = await startXvfb(SCREEN);
    await using server = new Child<{ event: "ready" | "pong"; port: number; ms: number }>("replay.ts", [], { program });
    await using watch = watchOn(xvfb, (await server.line("ready")).port, program);
    await watch.eventWhere(({ event, frames }) => event === "stats" && Number(frames) > 100);
    await Bun.sleep(REPLAY_MS);
    watch.kill("SIGTERM");
    const { frames, dropped, delayMs } = await watch.event("end");
    const { p50, p95, max } = delayMs as { p50: number | null; p95: number | null; max: number | null };
    return {
      ...{ frames: Number(frames), "median ms": p50, "95 % ms": p95, "worst ms": max },
      "ping ms": median(server.lines.map((line) => (line.event === "pong" ? line.ms : null))),
      uncounted: Number(dropped) > 0 ? 0 : 1,
    };
  },
};

await runBenches({
  name: "window",
  columns: ["frames", ...DELAYS, "CPU %", "X server's CPU %"],
  sums: ["frames"],
  rounds: byLength(3, 1),
  maxSeconds: 1800,
  isComparable: true,
  groups: [
    ...[HD, FULL_HD].flatMap((size) => (["mjpeg", "h264"] as const).map((codec) => group(size, codec))),
    [REPLAY],
  ],
  notes: [
    "Age of the strip when it is first seen on the screen, which is read some 500 times a second; each figure: median of the rounds'.",
    "CPU: the player with its decoder, in percent of a core; the X server's includes being read.",
  ],
});
