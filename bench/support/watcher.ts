import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atExit } from "../../test/support/at-exit.ts";
import { Lanvid } from "../../test/support/lanvid.ts";
import { LinkTap } from "../../test/support/link-tap.ts";
import { BOUND } from "../runner/child.ts";
import { delays, distance, spreadOf } from "../runner/figures.ts";
import type { Figures } from "../runner/scenario.ts";
import type { RunOptions } from "./server.ts";

/**
 * Runs `lanvid watch ADDRESS --json` for a while. It writes its JPEGs to a FIFO, which is read here: the strip of each
 * is compared with the time at which the picture came out of lanvid, and with what lanvid says of its delay.
 */
export async function runWatch(
  address: string,
  durationMs: number,
  { within = [], program = {} }: RunOptions = {},
): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), "lanvid-bench-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const forget = atExit(remove);
  try {
    const fifo = join(folder, "pictures.mjpeg");
    Bun.spawnSync(["mkfifo", fifo]);
    await using tap = new LinkTap(["cat", fifo], BOUND);
    const args = ["watch", address, "--output", fifo, "--force"];
    const watch = new Lanvid(args, { ...program, within: [...BOUND, ...within] });
    try {
      await watch.eventWhere((event) => Number(event["frames"] ?? 0) > 0, 20_000);
      await Bun.sleep(durationMs);
    } finally {
      await watch[Symbol.asyncDispose]();
    }
    const ages = spreadOf((await tap.pictures("mjpeg")).map(({ ageMs }) => ageMs));
    const { p50 } = (await watch.event("end"))["delayMs"] as { readonly p50: number | null };
    return { ...delays(ages), "reported ms": p50, "error ms": distance(ages.median, p50) };
  } finally {
    remove();
    forget();
  }
}
