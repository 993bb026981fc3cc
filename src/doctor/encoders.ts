import { accessSync, constants, existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { listEncoders, type TriedEncoder, trialOfEncoder } from "../ffmpeg.ts";
import { type Clock, systemClock } from "../time.ts";
import { type Checked, fail, ok, warn } from "./finding.ts";

/** How long one encoder may take, ms: hardware needs a second to wake up. */
const LIMIT_MS = 5000;
/** So many are tried at the same time: each is a process of some 50 MB. */
const AT_ONCE = 2;
/** ffmpeg knows a dozen. */
const MAX_TRIED = 16;
const SOFTWARE = "libx264";
/** Where Linux keeps the first graphics card's encoder, for VA-API and Quick Sync. */
const RENDER_NODE = "/dev/dri/renderD128";
/** What a picture costs matters little when there is one. */
const SETTINGS = {
  quality: 90,
  bitrate: null,
  fps: 30,
  keyIntervalMs: 2000,
  pixelsPerSecond: 640 * 360 * 30,
  cores: availableParallelism(),
};
/** How drivers say that there is nothing to drive. The last is ffmpeg's own where the driver said nothing. */
const NO_HARDWARE =
  /cannot load|could not (?:find|open)|no va display|no (?:capable )?devices?\b|no such (?:file|device)|unsupported \(-3\)|failed to (?:open|initiali[sz]e)|while opening encoder/i;

export interface EncoderCheckOptions {
  /** Told which encoder is tried now. */
  readonly onProgress: (text: string) => void;
  /** How long one encoder may take, ms. */
  readonly limitMs?: number;
  readonly clock?: Clock;
}

/** What it encodes with: each H.264 encoder is tried, since those for hardware are compiled in whether it is there or not. */
export async function checkEncoders(
  ffmpegPath: string,
  { onProgress, limitMs = LIMIT_MS, clock = systemClock }: EncoderCheckOptions,
): Promise<Checked> {
  const all = listEncoders(ffmpegPath);
  const waiting = all.filter(isH264).slice(0, MAX_TRIED);
  const order = [...waiting];
  const tried: TriedEncoder[] = [];
  const work = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      onProgress(`trying the encoder ${name}`);
      tried.push(withLeave(await trialOfEncoder(ffmpegPath, name, { limitMs, settings: SETTINGS, clock })));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  tried.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  return encodersFinding(all, tried);
}

function isH264(name: string): boolean {
  return /^(libx264|libopenh264)$|^h264_/.test(name);
}

/** Drivers say "no device" also of one that this user must not open. */
function withLeave(tried: TriedEncoder): TriedEncoder {
  const isDenied = !tried.works && /_(vaapi|qsv)$/.test(tried.name) && !mayOpen(RENDER_NODE);
  return isDenied ? { ...tried, reason: `not allowed to open ${RENDER_NODE}` } : tried;
}

/** What is not there may be opened, as far as this user's rights go. */
function mayOpen(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return !existsSync(path);
  }
}

/**
 * @param all the names of the video encoders
 * @param tried those of H.264
 */
export function encodersFinding(all: readonly string[], tried: readonly TriedEncoder[]): Checked {
  const working = tried.filter(({ works }) => works).map(({ name }) => name);
  const others = othersOf(tried);
  const [first] = working;
  const sentence = (head: string) => [head, ...others].join("; ");
  const withEncoders = (finding: Checked): Checked => ({ ...finding, encoders: tried });
  if (!all.includes("mjpeg")) {
    return withEncoders(fail("encoders", "this ffmpeg has no JPEG encoder", "use a standard build of ffmpeg"));
  }
  if (working.includes(SOFTWARE)) {
    return withEncoders(ok("encoders", sentence(`H.264 is encoded by ${[SOFTWARE, ...optional(working)].join(", ")}`)));
  }
  if (first !== undefined) {
    const head = `H.264 is encoded only on request, by ${working.join(", ")}; JPEG otherwise`;
    return withEncoders(warn("encoders", sentence(head), `run lanvid serve with --encoder ${first}`));
  }
  const isCompiledIn = tried.some(({ name }) => name === SOFTWARE);
  return withEncoders(
    warn(
      "encoders",
      sentence("JPEG only: no H.264 encoder works here"),
      isCompiledIn
        ? "use another ffmpeg (--ffmpeg PATH), or run lanvid serve with --codec mjpeg"
        : "use an ffmpeg built with libx264",
    ),
  );
}

function optional(working: readonly string[]): string[] {
  return working.filter((name) => name !== SOFTWARE).map((name) => `${name} (with --encoder)`);
}

/** Those that do not work, in one sentence for all that lack their hardware. */
function othersOf(tried: readonly TriedEncoder[]): string[] {
  const failed = tried.filter(({ works }) => !works);
  const lacksHardware = ({ name, reason }: TriedEncoder) => name.startsWith("h264_") && NO_HARDWARE.test(reason ?? "");
  const without = failed.filter(lacksHardware).map(({ name }) => name);
  const broken = failed
    .filter((one) => !lacksHardware(one))
    .map(({ name, reason }) => `${name} does not work: ${reason}`);
  return without.length === 0 ? broken : [...broken, `${without.join(", ")}: compiled in, no such hardware here`];
}
