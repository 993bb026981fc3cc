// Parts: ffmpeg
/** How many bits H.264 takes beside JPEG, and how near each is to the original. See README.md. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MultipartReader, NutReader } from "../src/ffmpeg.ts";
import { atExit, endAfter } from "./support/cleanup.ts";
import { CAMERA, CLEAN_CAMERA, type Clip, clipCommand, DIM_CAMERA, SCREEN_CLIP } from "./support/clips.ts";
import { encoderCommand } from "./support/encoder-lines.ts";
import { FPS } from "./support/page-modes.ts";
import { Report } from "./support/report.ts";

/** What is required: README.md. */
const MAX_CAMERA_PERCENT = 30;
const MAX_CAMERA_LOSS = 0.01;
const MAX_SCREEN_PERCENT = 5;

const isQuick = process.argv.includes("--quick");
const FRAMES = isQuick ? 45 : 180;

interface Encoded {
  readonly mbps: number;
  readonly ssim: number;
  readonly command: string;
}

endAfter(600);
const folder = mkdtempSync(join(tmpdir(), "lanvid-bench-"));
const forget = atExit(() => rmSync(folder, { recursive: true, force: true }));
const report = new Report("bits", ["", "Mbit/s", "% of JPEG's", "SSIM"]);
const results: { readonly clip: string; readonly command: string; readonly jpeg: Encoded; readonly h264: Encoded }[] =
  [];
for (const clip of [CAMERA, DIM_CAMERA, CLEAN_CAMERA, SCREEN_CLIP]) {
  const path = join(folder, "clip.nut");
  const command = clipCommand(clip, FRAMES, path);
  console.log(`${clip.name}: ${clip.what}\n${shellLine(command)}\n`);
  run(command);
  const jpeg = await encode(clip, path, "mjpeg");
  const h264 = await encode(clip, path, "h264");
  console.log(`${jpeg.command}\n${h264.command}\n`);
  results.push({ clip: clip.name, command: shellLine(command), jpeg, h264 });
  report.row(`${clip.name}, JPEG`, jpeg.mbps, null, jpeg.ssim.toFixed(4));
  report.row(`${clip.name}, H.264`, h264.mbps, percent(h264, jpeg), h264.ssim.toFixed(4));
}
rmSync(folder, { recursive: true, force: true });
forget();

const of = (clip: Clip) => results.find((result) => result.clip === clip.name);
report.note(
  `${FRAMES} frames at ${FPS} a second. SSIM: ffmpeg's, of all planes, beside the clip as yuv420p. Dim and clean: reported only.\n`,
);
const [camera, screen] = [of(CAMERA), of(SCREEN_CLIP)];
if (camera !== undefined && screen !== undefined) {
  report.atMost("camera: H.264's bits, of JPEG's", percent(camera.h264, camera.jpeg), MAX_CAMERA_PERCENT, " %");
  const loss = camera.jpeg.ssim - camera.h264.ssim;
  report.atMost("camera: SSIM, JPEG - H.264, in thousandths", loss * 1000, MAX_CAMERA_LOSS * 1000);
  report.atMost("screen: H.264's bits, of JPEG's", percent(screen.h264, screen.jpeg), MAX_SCREEN_PERCENT, " %");
  report.atMost("screen: SSIM, JPEG - H.264, in thousandths", (screen.jpeg.ssim - screen.h264.ssim) * 1000, 0);
}
process.exit(report.finish({ results }));

/** Encodes the clip as lanvid would, and measures what came out. */
async function encode(clip: Clip, path: string, codec: "h264" | "mjpeg"): Promise<Encoded> {
  const input = {
    options: [],
    url: path,
    codec: null,
    hasSettings: true,
    isBt601: clip.isScreen,
    hasUnixTime: false,
  };
  const command = encoderCommand(codec, clip.size, input, clip.isScreen);
  const stream = run(command);
  let [frames, bytes] = [0, 0];
  const count = (picture: Uint8Array) => {
    frames += 1;
    bytes += picture.length;
  };
  const reader = codec === "mjpeg" ? new MultipartReader(count) : new NutReader((frame) => count(frame.bytes));
  reader.push(stream);
  if (frames !== FRAMES) {
    throw new Error(`${frames} of ${FRAMES} frames came out of "${command.join(" ")}"`);
  }
  const encoded = join(folder, `encoded-${codec}`);
  await Bun.write(encoded, stream);
  return {
    mbps: (bytes * 8 * FPS) / frames / 1e6,
    ssim: ssimOf(encoded, codec === "mjpeg" ? "mpjpeg" : "nut", path),
    command: shellLine(command),
  };
}

/** Each picture beside the one that it was made of, both as limited-range yuv420p. */
function ssimOf(encoded: string, format: string, path: string): number {
  const same = `settb=1/${FPS},setpts=N,scale=out_range=tv:out_color_matrix=bt601,format=yuv420p`;
  const graph = `[0:v]${same}[a];[1:v]${same}[b];[a][b]ssim`;
  const input = ["-f", format, "-i", encoded, "-i", path];
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

function percent(one: Encoded, other: Encoded): number {
  return (100 * one.mbps) / other.mbps;
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

function shellLine(command: readonly string[]): string {
  const quoted = (word: string) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
  return command.map(quoted).join(" ");
}
