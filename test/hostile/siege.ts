import { readdirSync, readFileSync } from "node:fs";
import { constants, getPriority, setPriority } from "node:os";
import { Granted } from "../support/granted.ts";
import type { Taken } from "../support/granted-sampler.ts";
import { type Event, Lanvid } from "../support/lanvid.ts";
import { childrenOf, isRunning, residentMiB } from "../support/processes.ts";
import { judged } from "../support/timed.ts";
import { waitFor } from "../support/wait.ts";
import { checkMemory, claimsOn } from "./limits.ts";

/** Where an attack goes, and how large it is. */
export interface Target {
  readonly port: number;
  readonly http: number;
  /** How long an attack goes on that could go on for ever. */
  readonly seconds: number;
  /** How many connections it makes where these are what counts. */
  readonly count: number;
}

/** An attack: what it does, and what it tells of how that went. */
export interface Attack {
  readonly name: string;
  /** @throws when lanvid did what it must not */
  readonly run: (target: Target) => Promise<string>;
}

/** What an attack did to an honest viewer and to the server. */
export interface Toll {
  readonly fps: number;
  readonly delayMs: number;
  readonly gapMs: number;
  readonly memoryRiseMiB: number;
  /** Of one core, while it lasted. */
  readonly cpuPercent: number;
  readonly seconds: number;
  readonly told: string;
  /** What others took of the machine meanwhile, and in the second before: a viewer's first report may be of that. */
  readonly taken: Taken;
}

interface Second {
  readonly fps: number;
  readonly gapMs: number | null;
  readonly delayMs: { readonly max: number | null };
}

const TICKS_PER_SECOND = 100;

/** A real server with one honest viewer, each a process of its own. */
export class Siege implements AsyncDisposable {
  readonly server: Lanvid;
  readonly viewer: Lanvid;
  readonly target: Target;
  /** Descriptors of the server before anything happened. */
  readonly descriptors: number;
  #granted: Granted;
  /** Since when, Unix time in ms. */
  #grantedSince = 0;

  private constructor(server: Lanvid, viewer: Lanvid, target: Target) {
    this.server = server;
    this.viewer = viewer;
    this.target = target;
    this.descriptors = this.openDescriptors;
    this.#granted = this.#watchMachine();
  }

  /** @param args more of the server's; `within` words before its command */
  static async begin(
    size: Pick<Target, "seconds" | "count">,
    args: readonly string[] = [],
    within: readonly string[] = [],
  ): Promise<Siege> {
    const serve = ["serve", "test", "--size", "640x360", "--port", "0", "--http", "0", ...args];
    const server = new Lanvid(serve, { within });
    const { port, http } = (await server.event("ready")) as unknown as { port: number; http: number };
    const viewer = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "none"]);
    // Its first second has the start of everything in it.
    await waitFor("two seconds of video", () => viewer.events.filter(isWholeSecond).length >= 2);
    return new Siege(server, viewer, { port, http, ...size });
  }

  get openDescriptors(): number {
    return readdirSync(`/proc/${this.server.child.pid}/fd`).length;
  }

  /** Resident memory of the server, MiB. */
  get memoryMiB(): number {
    return residentMiB(this.server.child.pid);
  }

  /** CPU time that the server has used. */
  get cpuSeconds(): number {
    const stat = readFileSync(`/proc/${this.server.child.pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }

  /** How many ffmpeg processes it runs. */
  get encoders(): number {
    return childrenOf(this.server.child.pid, "ffmpeg").length;
  }

  async metrics(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.target.http}/metrics`)).text();
  }

  /** How many were refused for a reason, as `/metrics` says. */
  async refused(reason: string): Promise<number> {
    const line = new RegExp(`refused_connections_total\\{reason="${reason}"\\} (\\d+)`).exec(await this.metrics());
    return Number(line?.[1] ?? 0);
  }

  /** Runs an attack, and what an honest viewer saw from its first to its last second. */
  async withstand(attack: Attack): Promise<Toll> {
    const memory = this.memoryMiB;
    const cpu = this.cpuSeconds;
    const startedAt = performance.now();
    let peak = memory;
    const watching = setInterval(() => {
      // One that died is told below: thrown here, it would fail whatever test runs by then.
      if (isRunning(this.server.child.pid)) {
        peak = Math.max(peak, this.memoryMiB);
      }
    }, 50);
    const before = this.viewer.events.length;
    using _ = stepAside();
    try {
      const told = await attack.run(this.target);
      const lasted = (performance.now() - startedAt) / 1000;
      const cpuPercent = ((this.cpuSeconds - cpu) / lasted) * 100;
      // A report is of the second before it.
      const isWatched = (event: Event) => event.event === "stats" && event.time - 1000 >= this.#grantedSince;
      const seen = () => this.viewer.events.slice(before).filter(isWatched);
      const needed = Math.max(2, Math.floor(lasted));
      await waitFor("the viewer's report", () => seen().length >= needed);
      const seconds = seen() as unknown as Second[];
      const taken = await this.#granted.stop();
      this.#granted = this.#watchMachine();
      return {
        fps: mean(seconds.map(({ fps }) => fps)),
        delayMs: Math.max(...seconds.map(({ delayMs }) => delayMs.max ?? Number.POSITIVE_INFINITY)),
        gapMs: Math.max(...seconds.map(({ gapMs }) => gapMs ?? Number.POSITIVE_INFINITY)),
        memoryRiseMiB: peak - memory,
        cpuPercent,
        seconds: lasted,
        told,
        taken,
      };
    } finally {
      clearInterval(watching);
    }
  }

  /** The same, judged. @throws Error when a viewer did not get what it is promised, or memory rose too much */
  async hold(attack: Attack): Promise<void> {
    await judged(async () => {
      const toll = await this.withstand(attack);
      checkMemory(toll);
      return { claims: claimsOn(toll), taken: toll.taken };
    });
  }

  /** Settles when the server has no more descriptors than before the attack. */
  async recovered(): Promise<void> {
    const what = () => `${this.descriptors} descriptors, there are ${this.openDescriptors}`;
    await waitFor(what, () => this.openDescriptors <= this.descriptors);
  }

  /** Of the honest: the attackers are another machine. */
  #watchMachine(): Granted {
    this.#grantedSince = Date.now();
    return new Granted([this.server.child.pid, this.viewer.child.pid]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#granted.stop();
    await this.viewer[Symbol.asyncDispose]();
    await this.server[Symbol.asyncDispose]();
  }
}

/** An attacker is another machine: ours shall not be slow for its work. Needs root, to come back. */
function stepAside(): Disposable {
  if (process.getuid?.() !== 0) {
    return { [Symbol.dispose]() {} };
  }
  const usual = getPriority();
  setPriority(constants.priority.PRIORITY_LOW);
  return { [Symbol.dispose]: () => setPriority(usual) };
}

function isWholeSecond(event: { readonly event: string; readonly fps?: unknown }): boolean {
  return event.event === "stats" && Number(event.fps) >= 25;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
