import { forPeers, messageOf, type PeerText } from "../errors.ts";
import type { SourceSink } from "../media.ts";
import type { Clock } from "../time.ts";
import { formatDuration } from "../units.ts";
import type { Delivery } from "./delivery.ts";
import type { FfmpegSourceOptions } from "./ffmpeg-source-options.ts";
import { MAX_KEY_INTERVAL_MS } from "./key-watch.ts";
import type { Nature } from "./nature.ts";
import { failed, type Outcome, outcomeOf } from "./outcome.ts";
import type { Pacer } from "./pacer.ts";
import type { CapturedPicture } from "./picture-reader.ts";
import type { Planning } from "./planning.ts";
import { type RunEnd, runFfmpeg } from "./run.ts";
import type { SourceWords } from "./source-words.ts";

/** What a device is, a screen, the test pattern. */
const LIVE: Nature = {
  ...{ flow: "live", hasOwnTimes: true, durationMs: null, canTurn: false, isPicture: false, beganWithUs: false },
};
/** How often it is looked whether a screen has still its size, ms. */
const MEASURE_MS = 1000;

/** What lives as long as a source is watched, over any number of ffmpegs. */
export interface Watched {
  readonly options: FfmpegSourceOptions;
  readonly planning: Planning;
  readonly words: SourceWords;
  readonly pacer: Pacer<CapturedPicture>;
  readonly delivery: Delivery;
  readonly sink: SourceSink;
  readonly clock: Clock;
}

/**
 * Runs ffmpeg once for a source, by the plan for what the source is now.
 * @param signal ends it; nothing is given from then on
 */
export async function runForSource(watched: Watched, signal: AbortSignal): Promise<Outcome> {
  const { options, planning, words, pacer } = watched;
  await planning.prepare(signal);
  if (signal.aborted) {
    return { kind: "stopped" };
  }
  const resized = new AbortController();
  let end: RunEnd;
  try {
    end = await runPlanned(watched, signal, resized);
  } catch (error) {
    const message = `cannot run ffmpeg: ${messageOf(error)}`;
    return failed({ message, forPeers: forPeers`ffmpeg can't be run` }, 0);
  }
  if (signal.aborted) {
    return { kind: "stopped" };
  }
  await planning.measure();
  if (resized.signal.aborted || (planning.isMeasured && planning.isOther)) {
    options.log.info(`${words.name} has changed its size`);
    return { kind: "replanned" };
  }
  if (planning.isReplannedAfter(end)) {
    return { kind: "replanned" };
  }
  const { endsWithInput } = options;
  const outcome = outcomeOf(end, { isFilm: pacer.isFilm, endsWithInput, words });
  if (outcome.kind === "over") {
    planning.turn();
  }
  const otherWay = outcome.kind === "failed" ? planning.goOtherWay(end) : null;
  if (outcome.kind !== "failed" || otherWay === null) {
    return outcome;
  }
  return failed(outcome.fault, outcome.liveMs, `it is read in another way now: ${otherWay}`);
}

/** @param resized aborted when the source has another size, which ends the run as `signal` does */
async function runPlanned(watched: Watched, signal: AbortSignal, resized: AbortController): Promise<RunEnd> {
  const { options, planning, words, pacer, delivery, clock } = watched;
  const { ffmpegPath, stdin, fps, log, learn, nature = LIVE } = options;
  const { plan, isPicture } = planning;
  const feeder = options.feeder?.();
  delivery.times = { hasUnixTime: plan.hasUnixTime, ...(feeder && { capturedAt: () => feeder.capturedAt() }) };
  using _looking = planning.isMeasured ? clock.every(MEASURE_MS, () => void watchSize(planning, resized)) : null;
  return await runFfmpeg(
    {
      ...{ ffmpegPath, plan, stdin, fps, feeder, pacer, log, clock },
      isDevice: learn === undefined,
      nature: isPicture ? LIVE : nature,
      onInput: learn === undefined || isPicture ? null : (report) => planning.learn(report),
      onFewKeys: planning.mayReplan ? () => planning.encodeAnew(FEW_KEYS) : null,
      onStall: (reason) => isEndedBy(reason, watched),
      onShape: () => plan.isSquared || planning.encodeAnew("has pixels that are not square"),
      onBroken: (fault) => words.sayBroken(fault, planning.plan.codec),
    },
    AbortSignal.any([signal, resized.signal]),
  );
}

/** Whoever joins would wait for one. */
const FEW_KEYS = `gives no key frame for ${formatDuration(MAX_KEY_INTERVAL_MS)}`;

async function watchSize(planning: Planning, resized: AbortController): Promise<void> {
  await planning.measure();
  if (planning.isOther) {
    resized.abort();
  }
}

/** @returns whether ffmpeg is ended since nothing comes */
function isEndedBy(reason: PeerText, { options, words, delivery, sink }: Watched): boolean {
  if (!options.endsWithInput) {
    return true;
  }
  // It is the other program that is silent: what was read of a pipe does not come again.
  delivery.interrupt();
  options.log.warn(`${words.name} ${reason}`);
  sink.describe({ state: "failed", error: words.faultOf(reason) });
  return false;
}
