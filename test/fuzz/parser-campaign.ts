import { MIB } from "../../src/units.ts";
import { Random } from "../support/random.ts";
import type { Parser } from "./parsers.ts";

/** What a campaign found. */
export interface ParserReport {
  readonly name: string;
  readonly inputs: number;
  /** What became of the inputs, and of how many. */
  readonly outcomes: ReadonlyMap<string, number>;
  /** The longest time that one input took of a core, of its wall time at most. */
  readonly slowestMs: number;
  readonly memoryRiseBytes: number;
  /** What was thrown that must not be, and by which input; null if nothing was. */
  readonly crash: { readonly error: unknown; readonly input: Uint8Array } | null;
}

/** An input may take this long: far more than it does, less than a picture may be late. */
const MOST_MS = 200;
const MOST_MEMORY_BYTES = 256 * MIB;
const MOST_REPEATS = 400;
const MOST_BYTES = 256 * 1024;

/** Feeds a parser with mutated inputs. Everything random follows from the seed, except times. */
export function parserCampaign(parser: Parser, count: number, seed: number): ParserReport {
  const random = new Random(seed);
  const outcomes = new Map<string, number>();
  const memory = process.memoryUsage.rss();
  let memoryRiseBytes = 0;
  let slowestMs = 0;
  for (let fed = 0; fed < count; fed++) {
    const input = mutate(random.pick(parser.corpus), parser, random);
    const startedAt = performance.now();
    const cpu = process.cpuUsage();
    try {
      const outcome = parser.feed(input, random);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    } catch (error) {
      return { name: parser.name, inputs: fed, outcomes, slowestMs, memoryRiseBytes, crash: { error, input } };
    }
    const { user, system } = process.cpuUsage(cpu);
    slowestMs = Math.max(slowestMs, Math.min(performance.now() - startedAt, (user + system) / 1000));
    if (fed % 1000 === 0) {
      // Most garbage is the mutations' own.
      Bun.gc(true);
      memoryRiseBytes = Math.max(memoryRiseBytes, process.memoryUsage.rss() - memory);
    }
  }
  return { name: parser.name, inputs: count, outcomes, slowestMs, memoryRiseBytes, crash: null };
}

/** What of a campaign is not as it must be, a line each. @param least how often each outcome must have come */
export function parserFaults(parser: Parser, report: ParserReport, least: number): string[] {
  const { name, outcomes, slowestMs, memoryRiseBytes, crash } = report;
  const lines = parser.outcomes
    .filter((outcome) => (outcomes.get(outcome) ?? 0) < least)
    .map((outcome) => `"${outcome}" came ${outcomes.get(outcome) ?? 0} times, ${least} are needed`);
  if (slowestMs > MOST_MS) {
    lines.push(`an input took ${slowestMs.toFixed(0)} ms, at most ${MOST_MS} are allowed`);
  }
  if (memoryRiseBytes > MOST_MEMORY_BYTES) {
    lines.push(`memory rose by ${Math.round(memoryRiseBytes / MIB)} MiB`);
  }
  if (crash !== null) {
    lines.push(`thrown: ${crash.error}, by ${Buffer.from(crash.input).toString("hex").slice(0, 4000)}`);
  }
  return lines.map((line) => `${name}: ${line}`);
}

/** One input in ten is as it was; the others have one to four things changed. */
function mutate(original: Uint8Array, parser: Parser, random: Random): Uint8Array {
  if (random.oneIn(10)) {
    return original.slice();
  }
  let mutated = original;
  for (let left = 1 + random.below(4); left > 0; left--) {
    mutated = mutateOnce(mutated, parser, random).subarray(0, MOST_BYTES);
  }
  return mutated.slice();
}

function mutateOnce(bytes: Uint8Array, { corpus, words }: Parser, random: Random): Uint8Array {
  // What matters is at the beginning: half of the changes are made there.
  const at = random.below((random.oneIn(2) ? Math.min(bytes.length, 100) : bytes.length) + 1);
  const end = Math.min(bytes.length, at + random.below(20));
  switch (random.below(9)) {
    case 0:
      return splice(bytes, at, at + 1, Uint8Array.of((bytes[at] ?? 0) ^ (1 << random.below(8))));
    case 1:
      return splice(bytes, at, at + 1, Uint8Array.of(random.pick([0, 1, 0x7f, 0x80, 0xff, random.below(256)])));
    case 2:
      return splice(bytes, at, at, random.pick(words));
    case 3:
      return splice(bytes, at, end, random.pick(words));
    case 4:
      return splice(bytes, at, end, new Uint8Array());
    case 5:
      return bytes.subarray(0, at);
    case 6: {
      const piece = random.oneIn(2) ? bytes.subarray(at, end) : random.pick(words);
      const times = random.oneIn(20) ? MOST_REPEATS : 1 + random.below(8);
      return splice(bytes, at, at, Buffer.concat(new Array<Uint8Array>(times).fill(piece)));
    }
    case 7: {
      // Another number in the place of a number.
      const digits = /\d+/g;
      const text = Buffer.from(bytes).toString("latin1");
      digits.lastIndex = at;
      const found = digits.exec(text);
      const number = random.pick(["0", "-1", "1", "65536", "4294967296", "9".repeat(30), "1e9", "0x10", "0.5"]);
      return found === null ? bytes : splice(bytes, found.index, found.index + found[0].length, Buffer.from(number));
    }
    default: {
      const other = random.pick(corpus);
      const from = random.below(other.length);
      return splice(bytes, at, end, other.subarray(from, from + random.below(60)));
    }
  }
}

/** A copy with the bytes from `start` to `end` replaced. */
function splice(bytes: Uint8Array, start: number, end: number, piece: Uint8Array): Uint8Array {
  return Buffer.concat([bytes.subarray(0, start), piece, bytes.subarray(end)]);
}
