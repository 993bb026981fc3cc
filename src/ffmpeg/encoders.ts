import { messageOf } from "../errors.ts";
import { type H264Settings, h264Arguments, NUT_OUTPUT } from "./h264-encoding.ts";
import { NutReader } from "./nut.ts";

const LISTING_MS = 10_000;
/** How long an encoder in hardware may take for its first frame, ms. */
const TRIAL_MS = 10_000;
const TRIAL_SIZE = { width: 1280, height: 720 };
const GREY = 128;

/** The names of the video encoders that this ffmpeg has; none when it can't be asked. */
export function listEncoders(ffmpegPath: string): string[] {
  const { stdout } = Bun.spawnSync([ffmpegPath, "-hide_banner", "-encoders"], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
    timeout: LISTING_MS,
  });
  return parseEncoders(stdout.toString());
}

/**
 * Reads what `ffmpeg -encoders` prints: after a legend, one per line, with V for video first:
 * ```
 *  V....D libx264              libx264 H.264 / AVC / MPEG-4 AVC / MPEG-4 part 10 (codec h264)
 * ```
 */
export function parseEncoders(text: string): string[] {
  return [...text.matchAll(/^ V[A-Z.]{5} (\w+) /gm)].map(([, name]) => name as string);
}

/**
 * Has an encoder encode one frame: hardware is listed whether it is there or not.
 * @returns null when it did, else why not, for a person
 */
export function tryH264Encoder(ffmpegPath: string, settings: H264Settings): string | null {
  const { global, filters, options } = h264Arguments(settings);
  const { width, height } = TRIAL_SIZE;
  const { stdout, stderr, exitedDueToTimeout } = Bun.spawnSync(
    [
      ffmpegPath,
      ...["-hide_banner", "-loglevel", "error", ...global, "-f", "rawvideo", "-pixel_format", "yuv420p"],
      ...["-video_size", `${width}x${height}`, "-framerate", "30", "-i", "pipe:0", "-vf", filters.join(",")],
      ...[...options, ...NUT_OUTPUT, "pipe:1"],
    ],
    {
      stdin: new Uint8Array((width * height * 3) / 2).fill(GREY),
      stdout: "pipe",
      stderr: "pipe",
      timeout: TRIAL_MS,
      env: { ...process.env, AV_LOG_FORCE_NOCOLOR: "1" },
    },
  );
  if (exitedDueToTimeout) {
    return `no frame within ${TRIAL_MS / 1000} s`;
  }
  let frames = 0;
  try {
    new NutReader(() => {
      frames += 1;
    }).push(stdout);
  } catch (error) {
    return messageOf(error);
  }
  if (frames > 0) {
    return null;
  }
  // The first complaint says why; the others, what follows from it.
  const [complaint] = stderr
    .toString()
    .trim()
    .split(/[\r\n]+/);
  return complaint?.replace(/^\[\S+ @ \S+\] /, "") || "it gave no frame";
}
