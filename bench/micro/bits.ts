// Parts: ffmpeg
/** How many bits H.264 takes beside JPEG, and how near each is to the original. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MultipartReader, NutReader } from "../../src/ffmpeg.ts";
import { atExit } from "../../test/support/at-exit.ts";
import type { Bench } from "../runner/bench.ts";
import { byLength } from "../runner/options.ts";
import { atMost, type Requirement, type Scenario } from "../runner/scenario.ts";
import { CAMERA, CLEAN_CAMERA, type Clip, clipCommand, DIM_CAMERA, SCREEN } from "../support/clips.ts";
import { encoderCommand } from "../support/encoder-lines.ts";
import { type Codec, FPS } from "../support/page-modes.ts";

const MAX_CAMERA_PERCENT = 30;
const MAX_CAMERA_LOSS = 0.01;
const MAX_SCREEN_PERCENT = 5;
const FRAMES = byLength(180, 45);

const folder = mkdtempSync(join(tmpdir(), "lanvid-bench-"));
atExit(() => rmSync(folder, { recursive: true, force: true }));

const nameOf = ({ name }: Clip, codec: Codec) => `${name}, ${codec === "h264" ? "H.264" : "JPEG"}`;

/** Draws the clip, encodes it as lanvid would, and measures what came out. */
function scenario(clip: Clip, codec: Codec): Scenario {
  return {
    name: nameOf(clip, codec),
    requires: codec === "h264" ? required(clip) : [],
    async measure() {
      const drawn = join(folder, "clip.nut");
      run(clipCommand(clip, FRAMES, drawn));
      const { size, isScreen } = clip;
      const input = { options: [], url: drawn, codec: null, hasSettings: true, isBt601: isScreen, hasUnixTime: false };
      const stream = run(encoderCommand(codec, size, input, isScreen));
      let [frames, bytes] = [0, 0];
      const count = (picture: Uint8Array) => {
        frames += 1;
        bytes += picture.length;
      };
      const reader = codec === "mjpeg" ? new MultipartReader(count) : new NutReader((frame) => count(frame.bytes));
      reader.push(stream);
      if (frames !== FRAMES) {
        throw new Error(`${frames} of ${FRAMES} frames of the clip "${clip.name}" came out`);
      }
      const encoded = join(folder, `encoded-${codec}`);
      await Bun.write(encoded, stream);
      const mbps = (bytes * 8 * FPS) / frames / 1e6;
      const ssim = ssimOf(encoded, codec === "mjpeg" ? "mpjpeg" : "nut", drawn);
      return { "Mbit/s": mbps, SSIM: ssim.toFixed(4), ssim };
    },
  };
}

/** A clip of another kind of noise is reported only. */
function required(clip: Clip): Requirement[] {
  if (clip !== CAMERA && clip !== SCREEN) {
    return [];
  }
  const jpeg = nameOf(clip, "mjpeg");
  const [percent, loss] = clip === CAMERA ? [MAX_CAMERA_PERCENT, MAX_CAMERA_LOSS] : [MAX_SCREEN_PERCENT, 0];
  const lost = (of: (figure: string, scenario?: string) => number | null) => {
    const [mine, its] = [of("ssim"), of("ssim", jpeg)];
    return mine === null || its === null ? null : (its - mine) * 1000;
  };
  return [
    atMost(
      `${clip.name}: H.264's bits, of JPEG's`,
      percent,
      (of) => (100 * (of("Mbit/s") ?? NaN)) / (of("Mbit/s", jpeg) ?? NaN),
      " %",
    ),
    atMost(`${clip.name}: SSIM, JPEG - H.264, in thousandths`, loss * 1000, lost),
  ];
}

/** Each picture beside the one that it was made of, both as limited-range yuv420p. */
function ssimOf(encoded: string, format: string, drawn: string): number {
  const same = `settb=1/${FPS},setpts=N,scale=out_range=tv:out_color_matrix=bt601,format=yuv420p`;
  const graph = `[0:v]${same}[a];[1:v]${same}[b];[a][b]ssim`;
  const input = ["-f", format, "-i", encoded, "-i", drawn];
  const { stderr } = Bun.spawnSync(["ffmpeg", "-hide_banner", ...input, "-lavfi", graph, "-f", "null", "-"], {
    stdin: "ignore",
    stderr: "pipe",
  });
  const value = / All:([\d.]+)/.exec(stderr.toString())?.[1];
  if (value === undefined) {
    throw new Error(`ffmpeg gives no SSIM: ${stderr.toString().slice(-500)}`);
  }
  return Number(value);
}

function run(command: readonly string[]): Uint8Array {
  const { success, stdout, stderr } = Bun.spawnSync([...command], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    maxBuffer: 2 ** 30,
  });
  if (!success) {
    throw new Error(`cannot run "${command.join(" ")}": ${stderr.toString().trim()}`);
  }
  return stdout;
}

export const BITS: Bench = {
  name: "bits",
  columns: ["Mbit/s", "SSIM"],
  rounds: 1,
  maxSeconds: 600,
  groups: [CAMERA, DIM_CAMERA, CLEAN_CAMERA, SCREEN].map((clip) => [scenario(clip, "mjpeg"), scenario(clip, "h264")]),
  notes: [
    `${FRAMES} frames at ${FPS} a second. SSIM: ffmpeg's, of all planes, beside the clip as yuv420p. Dim and clean: reported only.`,
  ],
};
