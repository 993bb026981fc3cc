import { readdirSync } from "node:fs";
import { Lanvid, viewerCount } from "../support/lanvid.ts";
import { allChildrenOf, childrenOf, commandOf, identityOf, residentMiB } from "../support/processes.ts";
import { Random } from "../support/random.ts";
import { waitFor } from "../support/wait.ts";
import { Crowd, type Ports, type Tally } from "./crowd.ts";
import { Resident } from "./resident.ts";

/** An ffmpeg is killed, or stopped, so long after the one before at most, ms; three times in a short flood. */
const MAX_HARM_PAUSE_MS = 30_000;
const LEAST_HARMS = 3;
const SAMPLE_MS = 1000;
/** Renditions and their ffmpeg end 5 s after the last who wanted them. */
const EBB_MS = 20_000;
/** What lasts so long is how it is. */
const STILL_MS = 1000;

export interface SoakOptions {
  readonly seed: number;
  /** How often the crowd comes. */
  readonly tides: number;
  /** How long it is there each time, ms. */
  readonly floodMs: number;
  /** Told how it goes, a line at a time. */
  readonly onProgress: (line: string) => void;
}

/** One second. */
export interface Sample {
  /** Seconds since it began. */
  readonly at: number;
  readonly serverMiB: number;
  readonly watchMiB: number;
  readonly guests: number;
  readonly descriptors: number;
  /** Processes that the server runs. */
  readonly processes: number;
  /** By the strips that the resident saw in this second: the median, ms; null for no picture. */
  readonly delayMs: number | null;
  /** By what the resident's `watch` says of the same, ms. */
  readonly toldMs: number | null;
  readonly gapMs: number;
}

/** What is left when the crowd is gone and only the resident looks on. */
export interface Ebb {
  readonly at: number;
  readonly serverMiB: number;
  readonly watchMiB: number;
  readonly descriptors: number;
  readonly processes: number;
  readonly viewers: number;
}

export interface SoakFigures {
  readonly samples: readonly Sample[];
  /** The first is from before anybody came. */
  readonly ebbs: readonly Ebb[];
  readonly guests: ReadonlyMap<string, Tally>;
  readonly killed: number;
  readonly stopped: number;
  /** Times that the resident had to connect again. */
  readonly reconnects: number;
  /** Processes of the server's that are left after its last viewer, and after itself. */
  readonly leftIdle: number;
  readonly leftAtEnd: number;
  /** What the server said that is neither a warning of an ffmpeg that was harmed nor about guests. */
  readonly oddities: readonly string[];
  readonly exitCode: number | null;
}

/** `serve test` for a long time, with viewers that come, go, stall and vanish, and ffmpeg killed now and then. */
export async function soak({ seed, tides, floodMs, onProgress }: SoakOptions): Promise<SoakFigures> {
  const random = new Random(seed);
  const args = ["serve", "test", "--codec", "h264", "--size", "640x360", "--port", "0", "--http", "0"];
  await using server = new Lanvid(args);
  const ports = (await server.event("ready")) as unknown as Ports;
  const resident = new Resident(ports.port);
  await using stack = new AsyncDisposableStack();
  stack.use(resident);
  await resident.watch.eventWhere(({ frames }) => Number(frames) >= 60);

  const run = new Run(server, resident, random);
  const ebbs = [await run.ebb()];
  const crowd = new Crowd(ports, random);
  run.begin(() => crowd.size);
  for (let tide = 1; tide <= tides; tide++) {
    crowd.open();
    run.harm(Math.min(MAX_HARM_PAUSE_MS, floodMs / LEAST_HARMS));
    await Bun.sleep(floodMs);
    run.spare();
    await crowd.close();
    const ebb = await run.ebb();
    ebbs.push(ebb);
    const { at, serverMiB, descriptors, processes } = ebb;
    const when = `${(at / 60).toFixed(1)} min`.padStart(9);
    onProgress(
      `${when}: ${serverMiB.toFixed(0)} MiB, ${descriptors} descriptors, ${processes} processes at ebb ${tide}`,
    );
  }
  run.end();
  const reconnects = Number(resident.watch.events.findLast(({ event }) => event === "stats")?.["reconnects"]);
  await stack.disposeAsync();
  await run.quiet(() => allChildrenOf(server.child.pid).length === 0);
  const children = allChildrenOf(server.child.pid);
  server.kill("SIGTERM");
  const exitCode = await server.exited();
  return {
    ...run,
    ebbs,
    guests: crowd.tallies,
    reconnects,
    leftIdle: children.length,
    leftAtEnd: run.left().length,
    oddities: oddLines(server.stderr),
    exitCode,
  };
}

/** What is done and looked at while it lasts. */
class Run {
  readonly samples: Sample[] = [];
  killed = 0;
  stopped = 0;
  readonly #server: Lanvid;
  readonly #resident: Resident;
  readonly #random: Random;
  readonly #startedAt = performance.now();
  readonly #seen = new Map<number, string>();
  #sampling: ReturnType<typeof setInterval> | undefined;
  #harming: ReturnType<typeof setTimeout> | undefined;

  constructor(server: Lanvid, resident: Resident, random: Random) {
    this.#server = server;
    this.#resident = resident;
    this.#random = random;
  }

  begin(guests: () => number): void {
    this.#sampling = setInterval(() => this.samples.push(this.#sample(guests())), SAMPLE_MS);
  }

  end(): void {
    clearInterval(this.#sampling);
  }

  /** Kills an ffmpeg of the server's now and then, or stops it. */
  harm(maxPauseMs: number): void {
    this.#harming = setTimeout(() => {
      const pids = childrenOf(this.#pid, "ffmpeg").filter((pid) => commandOf(pid).includes("pipe:1"));
      if (pids.length > 0) {
        const isStop = this.#random.oneIn(4);
        process.kill(this.#random.pick(pids), isStop ? "SIGSTOP" : "SIGKILL");
        this[isStop ? "stopped" : "killed"] += 1;
      }
      this.harm(maxPauseMs);
    }, this.#random.below(maxPauseMs));
  }

  spare(): void {
    clearTimeout(this.#harming);
  }

  /** Waits until nothing is left but what the resident needs: one ffmpeg, one viewer. */
  async ebb(): Promise<Ebb> {
    await this.quiet(() => allChildrenOf(this.#pid).length <= 1 && this.#viewers === 1);
    return {
      at: this.#seconds,
      serverMiB: residentMiB(this.#pid),
      watchMiB: residentMiB(this.#resident.watch.child.pid),
      descriptors: descriptorsOf(this.#pid),
      processes: allChildrenOf(this.#pid).length,
      viewers: this.#viewers,
    };
  }

  /**
   * Waits until it is so for a while: of a process that is gone, the server has yet to close its own ends. But no longer
   * than the time of an ebb: what is left then is what the figures say.
   */
  async quiet(isQuiet: () => boolean): Promise<void> {
    let since = performance.now();
    const isStill = () => {
      since = isQuiet() ? since : performance.now();
      return performance.now() - since >= STILL_MS;
    };
    await waitFor("quiet", isStill, EBB_MS).catch(() => undefined);
  }

  /** Of all the processes that the server has ever run, those that run. */
  left(): string[] {
    return [...this.#seen].flatMap(([pid, identity]) => (identityOf(pid) === identity ? [identity] : []));
  }

  get #pid(): number {
    return this.#server.child.pid;
  }

  get #seconds(): number {
    return (performance.now() - this.#startedAt) / 1000;
  }

  get #viewers(): number {
    return viewerCount(this.#server.events.at(-1)) ?? Number.NaN;
  }

  #sample(guests: number): Sample {
    const children = allChildrenOf(this.#pid);
    for (const pid of children) {
      this.#seen.set(pid, identityOf(pid) ?? "gone");
    }
    const { medianMs, gapMs } = this.#resident.seen();
    const told = this.#resident.watch.events.at(-1)?.["delayMs"] as { readonly p50: number | null } | undefined;
    return {
      at: this.#seconds,
      serverMiB: residentMiB(this.#pid),
      watchMiB: residentMiB(this.#resident.watch.child.pid),
      guests,
      descriptors: descriptorsOf(this.#pid),
      processes: children.length,
      delayMs: medianMs,
      toldMs: told?.p50 ?? null,
      gapMs,
    };
  }
}

function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Words that belong to such a day. */
const EXPECTED = /^(viewer (joined|left): |pictures are taken: |… \d+ lines left out|lanvid: (warning|hint): )/;
const EXPECTED_WARNING = /^lanvid: warning: (ffmpeg ended with signal SIGKILL|test pattern gave no picture|no .*: )/;

function oddLines(stderr: string): string[] {
  return stderr
    .split("\n")
    .filter(
      (line) => line !== "" && (!EXPECTED.test(line) || (line.includes("warning") && !EXPECTED_WARNING.test(line))),
    );
}
