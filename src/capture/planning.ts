import { filmOf, type InputReport } from "../ffmpeg.ts";
import type { Log } from "../log.ts";
import type { Learned, PlanningOptions } from "./ffmpeg-source-options.ts";
import type { Nature } from "./nature.ts";
import type { CapturePlan, RunEnd } from "./run.ts";

/** By which plan ffmpeg is run for a source: what is seen of it before, while and after a run decides the next one's. */
export class Planning {
  readonly #options: PlanningOptions;
  /** The source's name. */
  readonly #name: string;
  readonly #log: Log;
  #plan: CapturePlan;
  /** Of the run that goes on, or was last. */
  #running: CapturePlan;
  #learned: Learned | undefined;
  /** What was asked for, or ffmpeg says. */
  #fps: number | null;
  #hasLooked = false;
  /** It may be begun again when it is known what it is: once, whatever ffmpeg says. */
  #mayLearn = true;
  #mayReplan: boolean;
  #isPicture: boolean;

  constructor(options: PlanningOptions, name: string, log: Log) {
    this.#options = options;
    this.#name = name;
    this.#log = log;
    const { picturePlan = null } = options;
    this.#isPicture = picturePlan !== null;
    this.#plan = picturePlan ?? options.plan;
    this.#running = this.#plan;
    this.#mayReplan = options.withOwnKeys !== undefined;
    this.#fps = options.fps;
  }

  /** The next run's, or the running one's unless that turns out to be of no use. */
  get plan(): CapturePlan {
    return this.#plan;
  }

  /** The plan is not the one any more that the run goes by. */
  get isOther(): boolean {
    return this.#plan !== this.#running;
  }

  get fps(): number | null {
    return this.#fps;
  }

  /** The source is one picture, which is looked at again and again. */
  get isPicture(): boolean {
    return this.#isPicture;
  }

  /** Something can be done where key frames come too seldom. */
  get mayReplan(): boolean {
    return this.#mayReplan;
  }

  /** The source's size may change while it runs, and it can be seen. */
  get isMeasured(): boolean {
    return this.#options.latest !== undefined;
  }

  /** Finds out how the next run is to be. */
  async prepare(signal: AbortSignal): Promise<void> {
    await this.#look(signal);
    await this.measure();
    this.#learned = undefined;
    this.#running = this.#plan;
  }

  /** Has the plan be one for what the source is now. */
  async measure(): Promise<void> {
    const latest = (await this.#options.latest?.()) ?? null;
    if (latest !== null && !isSame(latest, this.#plan)) {
      this.#plan = latest;
    }
  }

  /** ffmpeg has opened its input. @returns null when it is to be run in another way at once */
  learn(report: InputReport): Nature | null {
    this.#learned = this.#options.learn?.(report);
    this.#fps = this.#options.fps ?? filmOf(report)?.fps ?? null;
    return this.#learned === undefined ? null : this.#take(this.#learned);
  }

  /** What a camera encodes itself can't be passed on. @returns whether it can be encoded */
  encodeAnew(why: string): boolean {
    const plan = this.#options.withOwnKeys?.() ?? null;
    this.#mayReplan = false;
    if (plan === null) {
      return false;
    }
    this.#plan = plan;
    this.#log.info(`${this.#name} ${why}: encoding it anew`);
    return true;
  }

  /** A run has ended. @returns whether it was to be in another way, and the next one is at once */
  isReplannedAfter({ isReplanned, pictures, exit }: RunEnd): boolean {
    // Where it failed since it was run in the wrong way, the right one is known now.
    if (isReplanned || (pictures === 0 && this.isOther)) {
      return true;
    }
    return pictures === 1 && exit.code === 0 && this.#lookAgain(this.#learned?.picturePlan);
  }

  /** A film is over: the next run may turn it over within one ffmpeg. */
  turn(): void {
    this.#plan = this.#learned?.turnedPlan ?? this.#plan;
  }

  /** A run has failed. @returns the name of the way in which the next one goes, where that is another */
  goOtherWay(end: RunEnd): string | null {
    const other = this.#options.otherWay?.(end) ?? null;
    this.#plan = other?.plan ?? this.#plan;
    return other?.name ?? null;
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { look } = this.#options;
    if (look && !this.#hasLooked && !this.#isPicture) {
      const seen = await look(signal);
      this.#hasLooked = seen !== null;
      this.#plan = seen?.plan ?? this.#plan;
      this.#lookAgain(seen?.picturePlan);
    }
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
    this.#log.info(`${this.#name} is a single picture: looking at it again and again`);
    return true;
  }
}

function isSame(plan: CapturePlan | null, other: CapturePlan): boolean {
  return plan?.args.join("\0") === other.args.join("\0");
}
