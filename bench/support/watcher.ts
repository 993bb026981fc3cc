import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Event, Lanvid } from "../../test/support/lanvid.ts";
import { BOUND } from "./child.ts";
import { atExit } from "./cleanup.ts";
import { JpegSplitter } from "./jpeg-splitter.ts";
import { missing, rateOf, readSightings, type Sighting } from "./strip-pictures.ts";

/** What a `lanvid watch` said of itself, and what the strips of its pictures say. */
export interface WatchRun {
  readonly sightings: Sighting[];
  /** Medians of the last second's delay, as in its `stats`. */
  readonly reportedMs: number[];
  readonly end: Event;
  readonly fps: number | null;
  readonly missed: number;
  readonly bytesPerFrame: number;
}

/**
 * Runs `lanvid watch ADDRESS --json` for a while. It writes its pictures to a FIFO, which is read here: the strip of
 * each is compared with the time at which the picture came out of lanvid.
 */
export async function runWatch(
  address: string,
  durationMs: number,
  options: { readonly within?: readonly string[]; readonly args?: readonly string[] } = {},
): Promise<WatchRun> {
  const folder = mkdtempSync(join(tmpdir(), "lanvid-bench-"));
  const forget = atExit(() => rmSync(folder, { recursive: true, force: true }));
  try {
    const fifo = join(folder, "pictures.mjpeg");
    Bun.spawnSync(["mkfifo", fifo]);
    const splitter = new JpegSplitter();
    const reader = Bun.spawn([...BOUND, "cat", fifo], { stdin: "ignore", stdout: "pipe", stderr: "ignore" });
    const reading = (async () => {
      for await (const chunk of reader.stdout) {
        splitter.push(chunk);
      }
    })();
    const args = ["watch", address, "--output", fifo, "--force", ...(options.args ?? [])];
    const watch = new Lanvid(args, { within: [...BOUND, ...(options.within ?? [])] });
    try {
      await watch.eventWhere((event) => Number(event["frames"] ?? 0) > 0, 20_000);
      await Bun.sleep(durationMs);
    } finally {
      await watch[Symbol.asyncDispose]();
      reader.kill();
      await reading;
    }
    const sightings = await readSightings(splitter.arrivals);
    const byteCount = splitter.arrivals.reduce((sum, { jpeg }) => sum + jpeg.length, 0);
    return {
      sightings,
      reportedMs: watch.events.flatMap((event) => (event.event === "stats" ? medianOf(event) : [])),
      end: await watch.event("end"),
      fps: rateOf(sightings),
      missed: missing(sightings.map(({ counter }) => counter)),
      bytesPerFrame: byteCount / Math.max(1, splitter.arrivals.length),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
    forget();
  }
}

function medianOf(event: Event): number[] {
  const { p50 } = event["delayMs"] as { readonly p50: number | null };
  return p50 === null ? [] : [p50];
}
