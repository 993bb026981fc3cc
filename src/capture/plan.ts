import { availableParallelism } from "node:os";
import { LanvidError } from "../errors.ts";
import {
  type Ffmpeg,
  type H264Settings,
  listEncoders,
  listFilters,
  tryH264Encoder,
  type VideoStream,
} from "../ffmpeg.ts";
import type { Log } from "../log.ts";
import { keyIntervalMs } from "../media.ts";
import type { Size } from "../units.ts";
import {
  asItComes,
  type CaptureSettings,
  captureArguments,
  chooseOutput,
  containerOf,
  type Input,
  type Output,
} from "./arguments.ts";
import { type Canonical, canonical, canonicalSize, hasFields, SQUARE_NOW } from "./canonical.ts";
import type { FfmpegSourceOptions } from "./ffmpeg-source-options.ts";
import type { CapturePlan } from "./run.ts";

/** What is taken for the size and rate of an input that is not known before it is opened. */
const USUAL_SIZE: Size = { width: 1920, height: 1080 };
const USUAL_FPS = 30;
const SOFTWARE_ENCODER = "libx264";

export interface PlanOptions {
  readonly settings: CaptureSettings;
  readonly ffmpeg: Ffmpeg;
  readonly maxDelayMs: number;
  readonly log: Log;
}

/** Size and rate of the pictures, as far as known. */
export interface KnownPicture {
  readonly size: Size | null;
  readonly fps: number | null;
  readonly isScreen?: boolean;
}

export interface Planned extends Pick<FfmpegSourceOptions, "plan" | "withOwnKeys"> {
  /** The same output of an input about which more is known. */
  readonly planAgain: (input: Input) => CapturePlan;
}

/**
 * How ffmpeg is to be run for an input. It looks for an encoder only where one is needed.
 * @throws LanvidError (ffmpeg) when H.264 was asked for and this ffmpeg can't encode it
 */
export function planCapture(input: Input, picture: KnownPicture, options: PlanOptions): Planned {
  const { settings, ffmpeg, log } = options;
  const planOf = (output: Output, of: Input): CapturePlan => {
    const made = canonicalOf(of, output.kind, options);
    const as =
      output.kind === "h264"
        ? ({ kind: "h264", settings: withSeen(output.settings, picture, of.seen ?? null) } as const)
        : output;
    return {
      args: captureArguments(of, settings, as, ffmpeg.hasFpsMode, made),
      codec: output.kind === "copy" ? output.codec : output.kind,
      container: containerOf(of, output),
      isSquared: output.kind !== "copy" && made.shape.includes(SQUARE_NOW),
      hasUnixTime: of.hasUnixTime && output.kind === "h264",
    };
  };
  const planned = (output: Output): Planned => ({
    plan: planOf(output, input),
    planAgain: (other) => planOf(output, other),
  });
  const encoded = (): Planned | null => {
    const h264 = chooseEncoder(picture, options);
    return h264 && planned({ kind: "h264", settings: h264 });
  };
  switch (chooseOutput(input, settings)) {
    case "copy": {
      const codec = input.codec ?? "mjpeg";
      const copied = planned({ kind: "copy", codec });
      return codec === "h264" ? { ...copied, withOwnKeys: () => encoded()?.plan ?? null } : copied;
    }
    case "mjpeg":
      return planned({ kind: "mjpeg" });
    case "h264": {
      const h264 = encoded();
      if (h264 === null && settings.codec === "h264") {
        throw new LanvidError("no-encoder", "ffmpeg", `cannot encode H.264: "${ffmpeg.path}" has no libx264`, {
          hint: "use an ffmpeg that is built with libx264, or --codec mjpeg",
        });
      }
      if (h264 === null) {
        log.warn("this ffmpeg has no libx264: sending JPEG, which takes several times the bits");
      }
      return h264 ?? planned({ kind: "mjpeg" });
    }
  }
}

/** What is done to an input's pictures: nothing to a device's, whose pixels are square and whose colours are known. */
function canonicalOf(input: Input, kind: Output["kind"], { settings, ffmpeg, log }: PlanOptions): Canonical {
  if (kind === "copy" || input.isBt601) {
    return asItComes(input, settings);
  }
  const { seen = null, hasSettings, mayWait = false } = input;
  let filters: readonly string[] | undefined;
  const made = canonical({
    seen,
    output: kind,
    mayWait,
    canvas: (hasSettings ? null : settings.size) ?? (seen && canonicalSize(seen)),
    hasFilter: (name) => {
      filters ??= listFilters(ffmpeg.path);
      return filters.includes(name);
    },
  });
  if (made.fault !== null) {
    log.warn(made.fault, "install an ffmpeg that has zscale, or name it with --ffmpeg PATH");
  }
  return made;
}

/** The work that an encoder puts into each picture is by how many there are. */
function withSeen(settings: H264Settings, known: KnownPicture, seen: VideoStream | null): H264Settings {
  const size = known.size ?? (seen && canonicalSize(seen));
  if (size === null || seen === null) {
    return settings;
  }
  const fps = known.fps ?? (seen.fps ?? USUAL_FPS) * (hasFields(seen) ? 2 : 1);
  return { ...settings, pixelsPerSecond: size.width * size.height * fps };
}

/** The encoder asked for if it works here, else libx264; null when there is none. */
function chooseEncoder(picture: KnownPicture, options: PlanOptions): H264Settings | null {
  const { settings, ffmpeg, log } = options;
  const { encoder } = settings;
  const softwareSettings = encoding(SOFTWARE_ENCODER, picture, options);
  const hasSoftware = () => listEncoders(ffmpeg.path).includes(SOFTWARE_ENCODER);
  if (encoder !== null && encoder !== SOFTWARE_ENCODER) {
    const wanted = encoding(encoder, picture, options);
    const fault = tryH264Encoder(ffmpeg.path, wanted);
    if (fault === null) {
      return wanted;
    }
    log.warn(`cannot encode with ${encoder}: ${fault}${hasSoftware() ? `; using ${SOFTWARE_ENCODER}` : ""}`);
  }
  return hasSoftware() ? softwareSettings : null;
}

function encoding(
  encoder: string,
  { size, fps, isScreen = false }: KnownPicture,
  { settings, maxDelayMs }: PlanOptions,
): H264Settings {
  const { width, height } = size ?? USUAL_SIZE;
  return {
    encoder,
    quality: settings.quality,
    bitrate: settings.bitrate,
    fps,
    keyIntervalMs: keyIntervalMs(maxDelayMs),
    isScreen,
    pixelsPerSecond: width * height * (fps ?? USUAL_FPS),
    cores: availableParallelism(),
  };
}
