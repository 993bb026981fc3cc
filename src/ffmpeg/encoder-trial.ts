import { messageOf } from "../errors.ts";
import { diesWithParent } from "../sys.ts";
import { type Clock, systemClock } from "../time.ts";
import type { Size } from "../units.ts";
import { type H264Settings, h264Arguments, NUT_OUTPUT } from "./h264-encoding.ts";
import { NutReader } from "./nut.ts";

/** Small, but larger than what hardware encodes at least. */
const SMALL = { width: 640, height: 360 };
const GREY = 128;
/** What is read of an encoder's complaints, in characters. */
const MAX_COMPLAINT_LENGTH = 4096;

/** An encoder that ffmpeg names, and whether it encodes here. */
export interface TriedEncoder {
  /** "libx264", "h264_nvenc". */
  readonly name: string;
  readonly works: boolean;
  /** Why it does not, for a person; null when it does. */
  readonly reason: string | null;
}

export interface TrialOptions {
  /** How long it may take, ms. */
  readonly limitMs: number;
  /** Beside its name, what matters little for a single frame. */
  readonly settings: Omit<H264Settings, "encoder">;
  readonly clock?: Clock;
}

/**
 * Has an encoder encode one small frame, while others go on. Whatever its driver does, it has ended when this settles, or
 * was told to at `limitMs`.
 */
export async function trialOfEncoder(
  ffmpegPath: string,
  name: string,
  { limitMs, settings, clock = systemClock }: TrialOptions,
): Promise<TriedEncoder> {
  const command = diesWithParent([ffmpegPath, ...trialArguments({ ...settings, encoder: name }, SMALL)]);
  const child = Bun.spawn(command, {
    stdin: trialFrame(SMALL),
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, AV_LOG_FORCE_NOCOLOR: "1" },
    // A group of its own: what is named as ffmpeg may be a script that runs it.
    detached: process.platform !== "win32",
  });
  const frames = new FirstFrame();
  const reading = Promise.all([read(child.stdout, frames), complaints(child.stderr)]);
  const late = Promise.withResolvers<null>();
  using _limit = clock.after(limitMs, () => late.resolve(null));
  // A driver that the kernel waits for does not end when it is killed, nor do its pipes.
  const said = await Promise.race([reading, late.promise]);
  endGroup(child);
  const reason = frames.isThere ? null : (frames.fault ?? (said === null ? noFrameWithin(limitMs) : said[1]));
  return { name, works: reason === null, reason };
}

function endGroup(child: Bun.Subprocess): void {
  try {
    if (process.platform === "win32") {
      child.kill("SIGKILL");
    } else {
      process.kill(-child.pid, "SIGKILL");
    }
  } catch {
    // It has ended already.
  }
  // It must not keep this program, even if it can't be killed.
  child.unref();
}

/** Reads until there is a frame: what comes after it is of no interest, and may have no end. */
async function read(stdout: ReadableStream<Uint8Array>, frames: FirstFrame): Promise<void> {
  for await (const chunk of stdout) {
    frames.push(chunk);
    if (frames.isThere || frames.fault !== null) {
      return;
    }
  }
}

async function complaints(stderr: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stderr) {
    text += text.length < MAX_COMPLAINT_LENGTH ? decoder.decode(chunk, { stream: true }) : "";
  }
  return firstComplaint(text);
}

/** What ffmpeg is told: one frame of raw pixels on stdin, encoded to stdout. */
export function trialArguments(settings: H264Settings, { width, height }: Size): string[] {
  const { global, filters, options } = h264Arguments(settings);
  return [
    ...["-hide_banner", "-loglevel", "error", ...global, "-f", "rawvideo", "-pixel_format", "yuv420p"],
    ...["-video_size", `${width}x${height}`, "-framerate", "30", "-i", "pipe:0", "-vf", filters.join(",")],
    ...[...options, ...NUT_OUTPUT, "pipe:1"],
  ];
}

/** A grey frame, yuv420p. */
export function trialFrame({ width, height }: Size): Uint8Array<ArrayBuffer> {
  return new Uint8Array((width * height * 3) / 2).fill(GREY);
}

/** Whether a frame came out. */
export class FirstFrame {
  isThere = false;
  /** Why what came is none. */
  fault: string | null = null;
  readonly #reader = new NutReader(() => {
    this.isThere = true;
  });

  push(bytes: Uint8Array): void {
    try {
      this.#reader.push(bytes);
    } catch (error) {
      this.fault = messageOf(error);
    }
  }
}

/** The first complaint says why; the others, what follows from it. */
export function firstComplaint(stderr: string): string {
  const [complaint] = stderr.trim().split(/[\r\n]+/);
  return complaint?.replace(/^\[\S+ @ \S+\] /, "") || "it gave no frame";
}

export function noFrameWithin(ms: number): string {
  return `no frame within ${ms / 1000} s`;
}
