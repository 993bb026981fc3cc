import { statSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Program } from "../../test/support/lanvid.ts";

/** What a bench is told on its command line. */
export interface BenchOptions {
  /** Fewer and shorter rounds. */
  readonly isQuick: boolean;
  /** The parts to run; null for all. */
  readonly only: readonly string[] | null;
  /** Instead of the bench's own number of rounds. */
  readonly rounds: number | null;
  /** Another lanvid to measure beside this one; null for none. */
  readonly against: Program | null;
  readonly minutes: number | null;
  readonly seed: number | null;
  readonly isUnsteered: boolean;
}

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    rounds: { type: "string" },
    against: { type: "string" },
    minutes: { type: "string" },
    seed: { type: "string" },
    unsteered: { type: "boolean", default: false },
  },
});

export const OPTIONS: BenchOptions = {
  isQuick: values.quick,
  only: values.only?.split(",") ?? null,
  rounds: positive("rounds"),
  against: values.against === undefined ? null : programAt(resolve(values.against)),
  minutes: positive("minutes"),
  seed: values.seed === undefined ? null : Number(values.seed),
  isUnsteered: values.unsteered,
};

/** One of two, by --quick. */
export function byLength<T>(full: T, quick: T): T {
  return OPTIONS.isQuick ? quick : full;
}

/** Whether this part is to be run. */
export function isAsked(part: string): boolean {
  return OPTIONS.only?.includes(part) !== false;
}

function positive(name: "rounds" | "minutes"): number | null {
  const text = values[name];
  if (text === undefined) {
    return null;
  }
  if (!(Number(text) > 0)) {
    throw new Error(`--${name} ${text}: it must be a number above 0`);
  }
  return Number(text);
}

function programAt(path: string): Program {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) {
    throw new Error(`--against ${path}: there is neither a folder with lanvid's sources nor a binary`);
  }
  return found.isDirectory() ? { sources: path } : { binary: path };
}
