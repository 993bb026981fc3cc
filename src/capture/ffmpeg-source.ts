import { type Fault, forPeers, LanvidError, messageOf, type PeerText } from "../errors.ts";
import { type Explanation, explain, filmOf, type InputReport, type Named } from "../ffmpeg.ts";
import type { Log } from "../log.ts";
import type { FrameSink, FrameSource } from "../media.ts";
import { Backoff } from "../retry.ts";
import { sleep } from "../time.ts";
import { formatDuration } from "../units.ts";
import { Delivery } from "./delivery.ts";
import { MAX_KEY_INTERVAL_MS } from "./key-watch.ts";
import type { Nature } from "./nature.ts";
import { Pacer } from "./pacer.ts";
import type { CapturedPicture } from "./picture-reader.ts";
import { type CapturePlan, type RunEnd, runFfmpeg } from "./run.ts";

/** Between tries, ms. */
const PAUSES = { firstMs: 100, lastMs: 5000 };
/** The last pause while each try gives pictures for a moment: viewers shall not miss more than it takes, ms. */
const LAST_LIVE_PAUSE_MS = 1000;
/** Frames for this long mean that the source is well again: the next pause is the first one, ms. */
const SETTLED_MS = 2000;

/** Feeds ffmpeg's stdin while it runs. `next` takes the time of the picture that comes out next. */
export interface Feeder {
  run(write: (bytes: Uint8Array) => Promise<boolean>, signal: AbortSignal): void;
  /** µs on this process's clock, or null when unknown. */
  capturedAt(): number | null;
}

/** What is made of what ffmpeg says of its input. */
export interface Learned {
  readonly nature: Nature;
  /** How ffmpeg shall be run from now on. */
  readonly plan: CapturePlan;
  /** The same, should it end after one picture: it is looked at again and again. Null where that can't be. */
  readonly picturePlan: CapturePlan | null;
  /** The same, should it end after more than one: it is turned over within one ffmpeg. Null where it can't be. */
  readonly turnedPlan: CapturePlan | null;
  /** The one that runs is of no use. */
  readonly mustRestart: boolean;
}

export interface FfmpegSourceOptions {
  readonly kind: string;
  readonly name: string;
  readonly alwaysOn: boolean;
  readonly readsOnce?: boolean;
  readonly isCertain?: boolean;
  /** The end of ffmpeg is the end of the source: stdin. */
  readonly endsWithInput: boolean;
  readonly ffmpegPath: string;
  readonly plan: CapturePlan;
  /** Where it is only known when it is opened what the source is; else its pictures are live. */
  readonly learn?: (report: InputReport) => Learned;
  /** Finds out how it is to be run, before it is; asked again while it gives null. */
  readonly look?: (signal: AbortSignal) => Promise<Pick<Learned, "plan" | "picturePlan"> | null>;
  /** Where a run shows that it goes the wrong way: the next one's plan, and its name for the person. */
  readonly otherWay?: (end: RunEnd) => { readonly plan: CapturePlan; readonly name: string } | null;
  /** What it is where ffmpeg does not say. */
  readonly nature?: Nature;
  /** Where it is known to be a single picture: how it is looked at again and again. */
  readonly picturePlan?: CapturePlan | null;
  /** The plan for what the source is now, looked at before each run and every second of it; null when that can't be seen. */
  readonly latest?: () => Promise<CapturePlan | null>;
  /** What to do instead where key frames come too seldom; null when nothing can be done. Asked at most once. */
  readonly withOwnKeys?: () => CapturePlan | null;
  readonly stdin: "inherit" | "ignore" | "feeder";
  /** Frames per second asked for; null when it is the source's own. */
  readonly fps: number | null;
  /** Makes what writes the pictures to ffmpeg, for each run anew. */
  readonly feeder?: () => Feeder;
  /** The source ends because it can't be read; called before the sink is told that it ended. */
  readonly onFault: (error: LanvidError) => void;
  readonly log: Log;
}

type Outcome =
  | { readonly kind: "stopped" }
  /** It goes on with another plan. */
  | { readonly kind: "replanned" }
  /** A film is over: it begins again. */
  | { readonly kind: "over" }
  /** `error` says why its input can't be read, or is null when it was read to its end. */
  | { readonly kind: "ended"; readonly error: Explanation | null }
  | { readonly kind: "failed"; readonly fault: Explanation; readonly liveMs: number };

/** What a device is, a screen, the test pattern. */
const LIVE: Nature = {
  ...{ flow: "live", hasOwnTimes: true, durationMs: null, canTurn: false, isPicture: false, beganWithUs: false },
};
/** How often it is looked whether a screen has still its size, ms. */
const MEASURE_MS = 1000;
/** The shortest time between two beginnings of a film, ms. */
const SHORTEST_ROUND_MS = 500;

/** What peers hear of a source, by its kind: not its name, which may be a path or an address. */
const NOUNS: Readonly<Record<string, PeerText>> = {
  test: forPeers`the test pattern`,
  camera: forPeers`the camera`,
  screen: forPeers`the screen`,
  file: forPeers`the file`,
  url: forPeers`the source's address`,
  stdin: forPeers`standard input`,
};

/** An ffmpeg that is kept running while it is wanted: started again when it dies or says nothing. */
export class FfmpegSource implements FrameSource {
  readonly kind: string;
  readonly name: string;
  readonly codec: "mjpeg" | "h264";
  readonly alwaysOn: boolean;
  readonly readsOnce: boolean;
  readonly isCertain: boolean;
  readonly #options: FfmpegSourceOptions;
  #plan: CapturePlan;
  #mayReplan: boolean;
  #hasLooked = false;
  /** It may be begun again when it is known what it is: once, whatever ffmpeg says. */
  #mayLearn = true;
  /** It is one picture, which is looked at again and again. */
  #isPicture: boolean;
  /** What was asked for, or ffmpeg says. */
  #fps: number | null;
  #abort: AbortController | undefined;
  #running: Promise<void> = Promise.resolve();
  #restarts = 0;
  #broken = 0;
  #nextSaidBroken = 10;

  constructor(options: FfmpegSourceOptions) {
    this.kind = options.kind;
    this.name = options.name;
    this.alwaysOn = options.alwaysOn;
    this.readsOnce = options.readsOnce === true;
    this.isCertain = options.isCertain === true;
    this.#fps = options.fps;
    this.#options = options;
    this.codec = options.plan.codec;
    const { picturePlan = null } = options;
    this.#isPicture = picturePlan !== null;
    this.#plan = picturePlan ?? options.plan;
    this.#mayReplan = options.withOwnKeys !== undefined;
  }

  get fps(): number | null {
    return this.#fps;
  }

  start(sink: FrameSink): void {
    if (this.#abort && !this.#abort.signal.aborted) {
      return;
    }
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.#running = this.#running.then(() => this.#keepRunning(sink, signal));
  }

  stop(): Promise<void> {
    this.#abort?.abort();
    return this.#running;
  }

  async #keepRunning(sink: FrameSink, signal: AbortSignal): Promise<void> {
    const delivery = new Delivery(sink, this.codec);
    const pacer = new Pacer<CapturedPicture>((picture) => delivery.give(picture));
    const backoff = new Backoff(PAUSES);
    let lastSaid = "";
    let isGoingOn = false;
    while (!signal.aborted) {
      if (!isGoingOn) {
        delivery.interrupt();
        sink.describe({ state: "starting" });
      }
      const startedAt = performance.now();
      const outcome = await this.#runOnce(pacer, delivery, sink, signal);
      isGoingOn = outcome.kind === "replanned" || outcome.kind === "over";
      switch (outcome.kind) {
        case "stopped":
          return;
        case "replanned":
          continue;
        case "over":
          await sleep(Math.max(0, startedAt + SHORTEST_ROUND_MS - performance.now()), signal);
          continue;
        case "ended": {
          const { error } = outcome;
          await pacer.drained();
          if (signal.aborted) {
            return;
          }
          if (error !== null) {
            this.#options.onFault(new LanvidError("bad-input", "source", error.message, error));
          }
          sink.ended(error ?? { message: `${this.name} has ended`, forPeers: forPeers`${this.#noun} has ended` });
          return;
        }
        case "failed":
          break;
        default:
          outcome satisfies never;
      }
      pacer.clear();
      if (outcome.liveMs >= SETTLED_MS) {
        backoff.reset();
        lastSaid = "";
      }
      const pauseMs = backoff.next(outcome.liveMs > 0 ? LAST_LIVE_PAUSE_MS : undefined);
      this.#restarts += 1;
      const { fault } = outcome;
      sink.describe({ state: "failed", error: fault, restarts: this.#restarts });
      const wait = pauseMs < 1000 ? "" : ` in ${formatDuration(pauseMs)}`;
      const said = `${fault.message}; trying again${wait}`;
      if (fault.message === lastSaid) {
        this.#options.log.debug(said);
      } else {
        this.#options.log.warn(said, fault.hint);
        lastSaid = fault.message;
      }
      await sleep(pauseMs, signal);
    }
  }

  async #runOnce(
    pacer: Pacer<CapturedPicture>,
    delivery: Delivery,
    sink: FrameSink,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const { ffmpegPath, stdin, fps, log, learn, nature = LIVE, endsWithInput } = this.#options;
    await this.#look(signal);
    await this.#measure();
    if (signal.aborted) {
      return { kind: "stopped" };
    }
    const feeder = this.#options.feeder?.();
    const plan = this.#plan;
    const change = new AbortController();
    const looking = this.#options.latest && setInterval(() => void this.#watchSize(plan, change), MEASURE_MS);
    delivery.times = { hasUnixTime: plan.hasUnixTime, ...(feeder && { capturedAt: () => feeder.capturedAt() }) };
    let learned: Learned | undefined;
    const onInput = (report: InputReport) => {
      learned = learn?.(report);
      this.#fps = fps ?? filmOf(report)?.fps ?? null;
      return learned === undefined ? null : this.#take(learned);
    };
    let end: RunEnd;
    try {
      end = await runFfmpeg(
        {
          ...{ ffmpegPath, plan, stdin, fps, feeder, pacer, log },
          isDevice: learn === undefined,
          nature: this.#isPicture ? LIVE : nature,
          onInput: learn === undefined || this.#isPicture ? null : onInput,
          onFewKeys: this.#mayReplan ? () => this.#replan() : null,
          onStall: (reason) => {
            if (endsWithInput) {
              // It is the other program that is silent: what was read of a pipe does not come again.
              delivery.interrupt();
              log.warn(`${this.name} ${reason}`);
              sink.describe({ state: "failed", error: this.#faultOf(reason) });
            }
            return !endsWithInput;
          },
          onShape: () => plan.isSquared || this.#encodeAnew("has pixels that are not square"),
          onBroken: (fault) => this.#sayBroken(fault),
        },
        AbortSignal.any([signal, change.signal]),
      );
    } catch (error) {
      const message = `cannot run ffmpeg: ${messageOf(error)}`;
      return failed({ message, forPeers: forPeers`ffmpeg can't be run` }, 0);
    } finally {
      clearInterval(looking);
    }
    if (signal.aborted) {
      return { kind: "stopped" };
    }
    await this.#measure();
    if (change.signal.aborted || (this.#options.latest !== undefined && this.#plan !== plan)) {
      this.#options.log.info(`${this.name} has changed its size`);
      return { kind: "replanned" };
    }
    // Where it failed since it was run in the wrong way, the right one is known now.
    const isReplanned = end.isReplanned || (end.pictures === 0 && this.#plan !== plan);
    if (isReplanned || (end.pictures === 1 && end.exit.code === 0 && this.#lookAgain(learned?.picturePlan))) {
      return { kind: "replanned" };
    }
    const outcome = this.#outcomeOf(end, pacer.isFilm);
    if (outcome.kind === "over") {
      this.#plan = learned?.turnedPlan ?? this.#plan;
    }
    const other = outcome.kind === "failed" ? this.#options.otherWay?.(end) : null;
    if (outcome.kind !== "failed" || !other) {
      return outcome;
    }
    this.#plan = other.plan;
    return failed(outcome.fault, outcome.liveMs, `it is read in another way now: ${other.name}`);
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { look } = this.#options;
    if (look && !this.#hasLooked && !this.#isPicture) {
      const seen = await look(signal);
      this.#hasLooked = seen !== null;
      this.#plan = seen?.plan ?? this.#plan;
      this.#lookAgain(seen?.picturePlan ?? null);
    }
  }

  async #watchSize(plan: CapturePlan, change: AbortController): Promise<void> {
    await this.#measure();
    if (this.#plan !== plan) {
      change.abort();
    }
  }

  /** Has the plan be one for what the source is now. */
  async #measure(): Promise<void> {
    const latest = (await this.#options.latest?.()) ?? null;
    if (latest !== null && latest.args.join("\0") !== this.#plan.args.join("\0")) {
      this.#plan = latest;
    }
  }

  #outcomeOf({ exit, stall, pictures, liveMs }: RunEnd, isFilm: boolean): Outcome {
    if (stall !== null) {
      return failed(this.#faultOf(stall), liveMs);
    }
    if (exit.badOutput !== null) {
      const message = `ffmpeg wrote something other than pictures: ${exit.badOutput}`;
      const fault = { message, forPeers: forPeers`ffmpeg wrote something other than pictures` };
      return failed(fault, liveMs, "check what is given as ffmpeg, and the arguments after --");
    }
    if (this.#options.endsWithInput && exit.code !== null) {
      // What was read from a pipe does not come again: another ffmpeg would not find a beginning.
      return { kind: "ended", error: exit.code === 0 ? null : explain(this.#named, exit) };
    }
    if (isFilm && exit.code === 0 && pictures > 0) {
      return { kind: "over" };
    }
    const fault = explain(this.#named, exit);
    return failed(fault, liveMs, fault.hint);
  }

  /** It is known what the source is. @returns null when ffmpeg is to be run in another way at once */
  #take({ nature, plan, turnedPlan, mustRestart }: Learned): Nature | null {
    const isOther = !isSame(plan, this.#plan) && !isSame(turnedPlan, this.#plan);
    if (isOther) {
      this.#plan = plan;
    }
    if (isOther && mustRestart && this.#mayLearn) {
      this.#mayLearn = false;
      return null;
    }
    return nature;
  }

  /** The source was a single picture. @returns whether it is looked at again */
  #lookAgain(plan: CapturePlan | null = null): boolean {
    if (plan === null || this.#isPicture) {
      return false;
    }
    this.#isPicture = true;
    this.#plan = plan;
    this.#options.log.info(`${this.name} is a single picture: looking at it again and again`);
    return true;
  }

  #faultOf(reason: PeerText): Fault {
    return { message: `${this.name} ${reason}`, forPeers: forPeers`${this.#noun} ${reason}` };
  }

  get #noun(): PeerText {
    return NOUNS[this.kind] ?? forPeers`the source`;
  }

  get #named(): Named {
    return { name: this.name, noun: this.#noun };
  }

  #sayBroken(fault: string): void {
    this.#broken += 1;
    if (this.#broken === 1) {
      const what = this.#plan.codec === "h264" ? "H.264" : "JPEG";
      this.#options.log.warn(`${this.name} gives broken ${what}, which is left out: ${fault}`);
    } else if (this.#broken === this.#nextSaidBroken) {
      this.#nextSaidBroken *= 10;
      this.#options.log.info(`${this.#broken} broken pictures of ${this.name} were left out`);
    }
  }

  /** Key frames come too seldom: whoever joins would wait for one. */
  #replan(): boolean {
    return this.#encodeAnew(`gives no key frame for ${formatDuration(MAX_KEY_INTERVAL_MS)}`);
  }

  /** What a camera encodes itself can't be passed on. @returns whether it can be encoded */
  #encodeAnew(why: string): boolean {
    const plan = this.#options.withOwnKeys?.() ?? null;
    this.#mayReplan = false;
    if (plan === null) {
      return false;
    }
    this.#plan = plan;
    this.#options.log.info(`${this.name} ${why}: encoding it anew`);
    return true;
  }
}

function failed(fault: Fault, liveMs: number, hint?: string): Outcome {
  return { kind: "failed", fault: { message: fault.message, forPeers: fault.forPeers, hint }, liveMs };
}

function isSame(plan: CapturePlan | null, other: CapturePlan): boolean {
  return plan?.args.join("\0") === other.args.join("\0");
}
