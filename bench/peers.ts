// Parts: ffplay, go2rtc, mediamtx, mpv
/** Strip drawn → pixel on the screen over TCP, beside other programs on the same encoder. See README.md. */

import { Lanvid } from "../test/support/lanvid.ts";
import { stripAgeMs } from "../test/support/picture.ts";
import { BOUND, Child } from "./support/child.ts";
import { endAfter } from "./support/cleanup.ts";
import { median, type Spread, spreadOf } from "./support/figures.ts";
import { Others } from "./support/our-share.ts";
import { HD } from "./support/page-modes.ts";
import type { PeerChain } from "./support/peer-chain.ts";
import { Report } from "./support/report.ts";
import { StripScreen } from "./support/screen-strip.ts";
import { startServer } from "./support/server.ts";

const isQuick = process.argv.includes("--quick");
const ROUNDS = isQuick ? 1 : 3;
const FRAMES = isQuick ? 45 : 120;
const WARM_UP_MS = 2500;
const FIRST_MS = 12_000;
const SCREEN = { width: 1600, height: 900 };

type Codec = PeerChain["codec"];

interface Peer {
  readonly name: string;
  readonly codec: Codec;
  /** The program that has to be on PATH. */
  readonly needs: string;
  readonly chain: Omit<PeerChain, "codec" | "size">;
}

const TCP = "tcp://127.0.0.1:10861";
const RTSP = "rtsp://127.0.0.1:8554/test";
const FFPLAY = [
  ..."ffplay -loglevel quiet -noborder -left 0 -top 0 -an -sync ext -flags low_delay -framedrop".split(" "),
  ..."-fflags nobuffer -probesize 32768 -analyzeduration 0".split(" "),
];
const MPV = [..."mpv --no-config --really-quiet --profile=low-latency --vo=x11 --no-border --geometry=0:0".split(" ")];
const FLV = "-flags +global_header -f flv -flvflags no_duration_filesize -flush_packets 1".split(" ");
const MJPEG = "-f mjpeg -flush_packets 1".split(" ");
const listening = [`${TCP}?listen=1&tcp_nodelay=1`];
const PUBLISH = ["-f", "rtsp", "-rtsp_transport", "tcp", RTSP];
const READ_RTSP = ["-rtsp_transport", "tcp", RTSP];

function plain(needs: string, codec: Codec, player: readonly string[]): Peer {
  const output = [...(codec === "h264" ? FLV : MJPEG), ...listening];
  return { name: `ffmpeg → ${needs}`, codec, needs, chain: { server: null, output, player } };
}

function through(needs: string, server: readonly string[]): Peer {
  const player = [...FFPLAY, ...READ_RTSP];
  return { name: `ffmpeg → ${needs} → ffplay`, codec: "h264", needs, chain: { server, output: PUBLISH, player } };
}

const PEERS: readonly Peer[] = [
  plain("ffplay", "mjpeg", [...FFPLAY, "-f", "mjpeg", TCP]),
  plain("mpv", "mjpeg", [...MPV, "--demuxer-lavf-format=mjpeg", TCP]),
  plain("ffplay", "h264", [...FFPLAY, "-f", "flv", TCP]),
  plain("mpv", "h264", [...MPV, "--demuxer-lavf-format=flv", TCP]),
  through("mediamtx", ["mediamtx"]),
  through("go2rtc", ["go2rtc", "-config", '{"streams":{"test":""},"rtsp":{"listen":":8554"}}']),
];

endAfter(600);
const report = new Report("peers", ["", "codec", "frames", "median ms", "95 % ms", "worst ms", "others' CPU %"]);
const others = new Others();
const rounds: { readonly name: string; readonly codec: Codec; readonly age: Spread }[] = [];
const here = PEERS.filter(({ needs }) => Bun.which(needs) !== null);
for (let index = 0; index < ROUNDS; index++) {
  for (const codec of ["mjpeg", "h264"] as const) {
    const turns = [null, ...here.filter((peer) => peer.codec === codec)];
    for (const peer of index % 2 === 0 ? turns : turns.toReversed()) {
      const name = peer?.name ?? "lanvid serve → watch";
      const age = await (peer === null ? lanvidRound(codec) : peerRound(peer));
      rounds.push({ name, codec, age });
      console.log(`round ${index + 1} of ${ROUNDS}, ${codec}, ${name}: ${age.median?.toFixed(1) ?? "nothing"} ms`);
    }
  }
}
const othersPercent = others.percent();
for (const codec of ["mjpeg", "h264"] as const) {
  for (const name of new Set(rounds.filter((round) => round.codec === codec).map((round) => round.name))) {
    const own = rounds.filter((round) => round.name === name && round.codec === codec).map(({ age }) => age);
    const figures = [median(own.map((age) => age.median)), median(own.map((age) => age.p95))];
    const count = own.reduce((sum, age) => sum + age.count, 0);
    report.row(name, codec, count, ...figures, median(own.map((age) => age.worst)), othersPercent);
  }
}
for (const { name, codec, needs } of PEERS.filter((peer) => !here.includes(peer))) {
  report.row(name, codec, `not run: no ${needs} on PATH`, null, null, null, null);
}
report.note(
  "Age of the strip when it is first seen on an X screen, 1280×720 at 30; each figure: median of the rounds'.",
);
report.note(
  "Reported only. bench:window has the players without a network, in more variants, and with what is required.\n",
);
process.exit(report.finish({ rounds }));

async function lanvidRound(codec: Codec): Promise<Spread> {
  await using screen = await StripScreen.open(SCREEN);
  await using server = await startServer(["--size", `${HD.width}x${HD.height}`, "--codec", codec]);
  await using _watch = new Lanvid(["watch", `127.0.0.1:${server.port}`, "--view", "window"], {
    within: BOUND,
    env: { DISPLAY: screen.name },
  });
  return await agesOn(screen);
}

async function peerRound({ codec, chain }: Peer): Promise<Spread> {
  await using screen = await StripScreen.open(SCREEN);
  const within = ["env", `DISPLAY=${screen.name}`];
  await using _peer = new Child("peer-chain.ts", [JSON.stringify({ codec, size: HD, ...chain })], { within });
  return await agesOn(screen);
}

/** Of new pictures, when each was first seen; after a warm-up. */
async function agesOn(screen: StripScreen): Promise<Spread> {
  const ages: number[] = [];
  let last = -1;
  let firstAt: number | null = null;
  const deadline = performance.now() + FIRST_MS;
  while (ages.length < FRAMES && performance.now() < (firstAt ?? deadline) + WARM_UP_MS + (FRAMES / 30) * 2000) {
    const strip = await screen.read();
    if (strip !== null && strip.counter !== last) {
      last = strip.counter;
      firstAt ??= performance.now();
      if (performance.now() >= firstAt + WARM_UP_MS) {
        ages.push(stripAgeMs(strip));
      }
    }
    await Bun.sleep(1);
  }
  return spreadOf(ages);
}
