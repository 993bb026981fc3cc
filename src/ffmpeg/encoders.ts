import { FirstFrame, firstComplaint, noFrameWithin, trialArguments, trialFrame } from "./encoder-trial.ts";
import type { H264Settings } from "./h264-encoding.ts";

const LISTING_MS = 10_000;
/** How long an encoder in hardware may take for its first frame, ms. */
const TRIAL_MS = 10_000;
const TRIAL_SIZE = { width: 1280, height: 720 };

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
  const { stdout, stderr, exitedDueToTimeout } = Bun.spawnSync([ffmpegPath, ...trialArguments(settings, TRIAL_SIZE)], {
    stdin: trialFrame(TRIAL_SIZE),
    stdout: "pipe",
    stderr: "pipe",
    timeout: TRIAL_MS,
    env: { ...process.env, AV_LOG_FORCE_NOCOLOR: "1" },
  });
  if (exitedDueToTimeout) {
    return noFrameWithin(TRIAL_MS);
  }
  const frames = new FirstFrame();
  frames.push(stdout);
  return frames.isThere ? null : (frames.fault ?? firstComplaint(stderr.toString()));
}
