// Parts: ffplay, mpv
/** Strip drawn → pixel on the X screen, beside ffplay and mpv on the same encoder. See README.md. */

import { Lanvid } from "../test/support/lanvid.ts";
import { stripAgeMs } from "../test/support/picture.ts";
import { childrenOf } from "../test/support/processes.ts";
import { BOUND, Child } from "./support/child.ts";
import { endAfter } from "./support/cleanup.ts";
import { median, ratio, type Spread, spreadOf } from "./support/figures.ts";
import type { PlayerSettings } from "./support/player.ts";
import { Report } from "./support/report.ts";
import { StripScreen } from "./support/screen-strip.ts";
import { startServer } from "./support/server.ts";
import { UsageSampler } from "./support/usage.ts";

/** What is required: README.md. */
const MAX_CPU_RATIO = 1.5;
const MAX_REPLAY_DELAY_MS = 50;
const MAX_PING_MS = 5;

const isQuick = process.argv.includes("--quick");
const ROUNDS = isQuick ? 1 : 3;
const FRAMES = isQuick ? 60 : 150;
const WARM_UP_MS = 2500;
const REPLAY_MS = isQuick ? 5000 : 15_000;
/** A picture of 1920×1080 is shown pixel by pixel. */
const SCREEN = { width: 2304, height: 1440 };
const SIZES = [
  { width: 1280, height: 720 },
  { width: 1920, height: 1080 },
] as const;
const CODECS = ["mjpeg", "h264"] as const;
type Codec = (typeof CODECS)[number];

interface Variant {
  readonly player: "lanvid" | "ffplay" | "mpv";
  readonly name: string;
  readonly format: readonly string[];
  readonly command: readonly string[];
}

interface Round {
  readonly player: Variant["player"];
  readonly name: string;
  readonly codec: Codec;
  readonly height: number;
  readonly age: Spread;
  readonly cpuPercent: number;
  readonly screenCpuPercent: number;
}

const FFPLAY = ["ffplay", "-loglevel", "quiet", "-noborder", "-left", "0", "-top", "0", "-an", "-sync", "ext"];
const LOW_DELAY = [
  "-fflags",
  "nobuffer",
  "-flags",
  "low_delay",
  "-framedrop",
  "-probesize",
  "32768",
  "-analyzeduration",
  "0",
];
/** Its other ways to draw, by the graphics card, hang on a screen in memory. */
const MPV = ["mpv", "--no-config", "--really-quiet", "--profile=low-latency", "--no-border", "--geometry=0:0"];
const LAVF_MJPEG = ["--demuxer-lavf-format=mjpeg"];
const FLV = ["-flags", "+global_header", "-f", "flv", "-flvflags", "no_duration_filesize", "-flush_packets", "1"];
const MPEGTS = ["-f", "mpegts", "-omit_video_pes_length", "0", "-flush_packets", "1"];
const MJPEG = ["-f", "mjpeg", "-flush_packets", "1"];

const LANVID: Variant = { player: "lanvid", name: "lanvid watch", format: [], command: [] };
const RIVALS: Readonly<Record<Codec, readonly Variant[]>> = {
  mjpeg: [
    { player: "ffplay", name: "ffplay, MJPEG", format: MJPEG, command: [...FFPLAY, ...LOW_DELAY, "-f", "mjpeg", "-"] },
    { player: "mpv", name: "mpv, MJPEG, SDL", format: MJPEG, command: [...MPV, ...LAVF_MJPEG, "--vo=sdl", "-"] },
    { player: "mpv", name: "mpv, MJPEG, X11", format: MJPEG, command: [...MPV, ...LAVF_MJPEG, "--vo=x11", "-"] },
  ],
  h264: [
    { player: "ffplay", name: "ffplay, FLV", format: FLV, command: [...FFPLAY, ...LOW_DELAY, "-f", "flv", "-"] },
    {
      player: "ffplay",
      name: "ffplay, MPEG-TS",
      format: MPEGTS,
      command: [...FFPLAY, ...LOW_DELAY, "-f", "mpegts", "-"],
    },
    { player: "mpv", name: "mpv, FLV, SDL", format: FLV, command: [...MPV, "--vo=sdl", "-"] },
    { player: "mpv", name: "mpv, FLV, X11", format: FLV, command: [...MPV, "--vo=x11", "-"] },
  ],
};

endAfter(1800);
const report = new Report("window", ["", "frames", "median ms", "95 % ms", "worst ms", "CPU %", "X server's CPU %"]);
const rounds: Round[] = [];
for (let index = 0; index < ROUNDS; index++) {
  for (const size of SIZES) {
    for (const codec of CODECS) {
      const variants = [LANVID, ...RIVALS[codec]];
      for (const variant of index % 2 === 0 ? variants : [...variants].reverse()) {
        const round = await (variant === LANVID ? lanvidRound(size, codec) : playerRound(variant, size, codec));
        rounds.push(round);
        console.log(
          `round ${index + 1} of ${ROUNDS}, ${size.height}p ${codec}, ${variant.name}: ${round.age.median?.toFixed(1) ?? "nothing"} ms, ${round.cpuPercent.toFixed(0)} %`,
        );
      }
    }
  }
}
const replay = await replayRun();

for (const size of SIZES) {
  for (const codec of CODECS) {
    const summaries = [LANVID, ...RIVALS[codec]].map((variant) => summary(variant, size.height, codec));
    for (const { variant, age, cpu, screenCpu } of summaries) {
      report.row(
        `${size.height}p30 ${codec}, ${variant.name}`,
        age.count,
        age.median,
        age.p95,
        age.worst,
        cpu,
        screenCpu,
      );
    }
    const lanvid = summaries[0] as (typeof summaries)[number];
    for (const player of ["ffplay", "mpv"] as const) {
      const own = summaries.filter(({ variant, age }) => variant.player === player && age.median !== null);
      const best = own.sort((a, b) => (a.age.median as number) - (b.age.median as number))[0];
      const what = `${size.height}p30 ${codec}, beside ${best?.variant.name ?? player}`;
      report.atMost(`${what}: median delay, lanvid / ${player}`, ratio(lanvid.age.median, best?.age.median ?? null), 1);
      report.atMost(`${what}: CPU, lanvid / ${player}`, ratio(lanvid.cpu, best?.cpu ?? null), MAX_CPU_RATIO);
    }
  }
}
report.row(
  "1080p120 mjpeg replayed, lanvid watch",
  replay.frames,
  replay.delayMs.p50,
  replay.delayMs.p95,
  replay.delayMs.max,
  null,
  null,
);
report.note(
  "Age of the strip when it is first seen on the screen, which is read some 500 times a second; each figure: median of the rounds'.",
);
report.note("CPU: the player with its decoder, in percent of a core; the X server's includes being read.\n");
report.atMost("1080p120 replayed: median delay", replay.delayMs.p50, MAX_REPLAY_DELAY_MS, " ms");
report.atMost("1080p120 replayed: ping's round trip, median", median(replay.pingsMs), MAX_PING_MS, " ms");
report.atMost("1080p120 replayed: frames that are not accounted for", replay.lost, 0);
process.exit(report.finish({ rounds, replay }));

async function lanvidRound(size: (typeof SIZES)[number], codec: Codec): Promise<Round> {
  await using screen = await StripScreen.open(SCREEN);
  await using server = await startServer(["--size", `${size.width}x${size.height}`, "--codec", codec]);
  await using watch = new Lanvid(["watch", `127.0.0.1:${server.port}`, "--view", "window"], {
    within: BOUND,
    env: { DISPLAY: screen.name },
  });
  return await measure(screen, LANVID, size, codec, () => [watch.child.pid, ...childrenOf(watch.child.pid, "ffmpeg")]);
}

async function playerRound(variant: Variant, size: (typeof SIZES)[number], codec: Codec): Promise<Round> {
  await using screen = await StripScreen.open(SCREEN);
  const { format, command } = variant;
  const settings: PlayerSettings = { codec, ...size, format, command };
  const within = ["env", `DISPLAY=${screen.name}`];
  await using player = new Child<{ event: "ready"; pid: number }>("player.ts", [JSON.stringify(settings)], { within });
  const { pid } = await player.line("ready");
  return await measure(screen, variant, size, codec, () => [pid]);
}

/** Looks at the screen until enough new strips were seen. */
async function measure(
  screen: StripScreen,
  { player, name }: Variant,
  { height }: (typeof SIZES)[number],
  codec: Codec,
  pids: () => number[],
): Promise<Round> {
  const ages: number[] = [];
  let last = -1;
  const look = async () => {
    const strip = await screen.read();
    if (strip !== null && strip.counter !== last) {
      last = strip.counter;
      ages.push(stripAgeMs(strip));
    }
    await Bun.sleep(1);
  };
  const firstBy = performance.now() + 10_000;
  while (ages.length === 0 && performance.now() < firstBy) {
    await look();
  }
  const warmBy = performance.now() + WARM_UP_MS;
  while (performance.now() < warmBy) {
    await look();
  }
  ages.length = 0;
  const samplers = pids().map((pid) => new UsageSampler(pid));
  const screenSampler = new UsageSampler(screen.pid);
  const deadline = performance.now() + (FRAMES / 30) * 2000;
  while (ages.length < FRAMES && performance.now() < deadline) {
    await look();
  }
  const cpuPercent = samplers.reduce((sum, sampler) => sum + sampler.stop().cpuPercent, 0);
  return {
    player,
    name,
    codec,
    height,
    age: spreadOf(ages),
    cpuPercent,
    screenCpuPercent: screenSampler.stop().cpuPercent,
  };
}

function summary(variant: Variant, height: number, codec: Codec) {
  const own = rounds.filter((round) => round.name === variant.name && round.height === height && round.codec === codec);
  const middle = (pick: (round: Round) => number | null) => median(own.map(pick));
  return {
    variant,
    age: {
      count: own.reduce((sum, { age }) => sum + age.count, 0),
      median: middle(({ age }) => age.median),
      p95: middle(({ age }) => age.p95),
      worst: middle(({ age }) => age.worst),
    },
    cpu: middle(({ cpuPercent }) => cpuPercent),
    screenCpu: middle(({ screenCpuPercent }) => screenCpuPercent),
  };
}

/** More pictures than can be decoded. */
async function replayRun() {
  await using screen = await StripScreen.open(SCREEN);
  type Line = { event: "ready"; port: number } | { event: "pong"; ms: number };
  await using server = new Child<Line>("replay.ts", []);
  const { port } = (await server.line("ready")) as { port: number };
  await using watch = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "window"], {
    within: BOUND,
    env: { DISPLAY: screen.name },
  });
  await watch.eventWhere(({ event, frames }) => event === "stats" && Number(frames) > 100);
  await Bun.sleep(REPLAY_MS);
  watch.kill("SIGTERM");
  const end = await watch.event("end");
  const delayMs = end["delayMs"] as { p50: number | null; p95: number | null; max: number | null };
  const pingsMs = server.lines.flatMap((line) => (line.event === "pong" ? [line.ms] : []));
  const shown = Number(end["frames"]);
  return { frames: shown, dropped: Number(end["dropped"]), delayMs, pingsMs, lost: Number(end["dropped"]) > 0 ? 0 : 1 };
}
