// Parts: ffplay, go2rtc, mediamtx, mpv
/** Strip drawn → pixel on the screen over TCP, beside other programs on the same encoder. */

import type { Bench } from "../runner/bench.ts";
import { DELAYS } from "../runner/figures.ts";
import { byLength } from "../runner/options.ts";
import { OTHERS, type Scenario } from "../runner/scenario.ts";
import { lanvidOnScreen, rivalOnScreen } from "../support/on-screen.ts";
import { type Codec, HD } from "../support/page-modes.ts";
import { FFPLAY, FLV, MJPEG, MPV } from "../support/players.ts";
import type { Rival } from "../support/rival.ts";

const TCP = "tcp://127.0.0.1:10861";
const RTSP = ["-rtsp_transport", "tcp", "rtsp://127.0.0.1:8554/test"];
const LISTENING = `${TCP}?listen=1&tcp_nodelay=1`;

/** @param needs the program that has to be on PATH */
function rival(needs: string, codec: Codec, chain: Pick<Rival, "output" | "player" | "server">): Scenario[] {
  const name = `ffmpeg → ${needs}${chain.server ? " → ffplay" : ""}, ${codec}`;
  const measure = () => rivalOnScreen({ codec, size: HD, isPiped: false, ...chain });
  return Bun.which(needs) === null ? [] : [{ name, isRival: true, measure }];
}

function through(needs: string, ...more: readonly string[]): Scenario[] {
  const chain = { server: [needs, ...more], output: ["-f", "rtsp", ...RTSP], player: [...FFPLAY, ...RTSP] };
  return rival(needs, "h264", chain);
}

function group(codec: Codec, [format, output]: readonly [string, readonly string[]], ...more: Scenario[]): Scenario[] {
  const listening = [...output, LISTENING];
  const mpv = [...MPV, "--vo=x11", `--demuxer-lavf-format=${format}`, TCP];
  return [
    { name: `lanvid serve → watch, ${codec}`, measure: (program) => lanvidOnScreen(program, HD, codec) },
    ...rival("ffplay", codec, { output: listening, player: [...FFPLAY, "-f", format, TCP] }),
    ...rival("mpv", codec, { output: listening, player: mpv }),
    ...more,
  ];
}

const GO2RTC = '{"streams":{"test":""},"rtsp":{"listen":":8554"}}';
const missing = ["mediamtx", "go2rtc"].filter((program) => Bun.which(program) === null);

export const CHAINS: Bench = {
  name: "peers",
  columns: ["frames", ...DELAYS, OTHERS],
  sums: ["frames"],
  rounds: byLength(3, 1),
  maxSeconds: 900,
  groups: [
    group("mjpeg", ["mjpeg", MJPEG]),
    group("h264", ["flv", FLV], ...through("mediamtx"), ...through("go2rtc", "-config", GO2RTC)),
  ],
  notes: [
    "Age of the strip when it is first seen on an X screen, 1280×720 at 30; each figure: median of the rounds'. Reported only.",
    ...missing.map((program) => `Not run: no ${program} on PATH.`),
  ],
};
