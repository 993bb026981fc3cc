import type { Program } from "../../test/support/lanvid.ts";
import { Others } from "../../test/support/usage.ts";
import { printComparison } from "./against.ts";
import { mean, median } from "./figures.ts";
import { isAsked, OPTIONS } from "./options.ts";
import { Report } from "./report.ts";
import { type Cell, type Figures, type Line, OTHERS, type Scenario } from "./scenario.ts";

/** A bench as data: what is measured, how often, and how it is told. */
export interface Bench {
  readonly name: string;
  /** After the scenario's name. */
  readonly columns: readonly string[];
  /** Of numbers in these columns, the rounds' sum is told, not their middle. */
  readonly sums?: readonly string[];
  readonly rounds: number;
  /** Scenarios that are compared, and so take turns within a round; the order turns round with each. */
  readonly groups: readonly (readonly Scenario[])[];
  /** A measurement beside which others took more of a core (percent) is repeated; the quietest one counts. */
  readonly repeat?: { readonly above: number; readonly tries: number; readonly forSeconds: number };
  readonly notes: readonly string[];
  /** It is ended with exit code 1 when it takes longer. */
  readonly maxSeconds: number;
  /** --against makes sense. */
  readonly isComparable?: boolean;
  /** Adds what a plot needs besides, and notes on it. */
  conclude?(report: Report): void;
}

/** A line of the table, and where its figures are. */
export interface RunLine extends Line {
  readonly prefix: string;
  readonly run: Run;
}

/** The middle of the rounds' figures. */
export type CellOf = (line: RunLine, figure: string) => Cell;

/** Rounds of one scenario with one lanvid. */
interface Run {
  readonly scenario: Scenario;
  readonly program: Program;
  readonly rounds: Figures[];
}

/**
 * Runs the benches of a command one after the other, of several those that --only names, each with a table of its own, and
 * ends the program: with 1 when a requirement is not met.
 */
export async function runBenches(...benches: readonly Bench[]): Promise<never> {
  let code = 0;
  for (const bench of benches.filter(({ name }) => benches.length === 1 || isAsked(name))) {
    code = Math.max(code, await run(bench));
  }
  process.exit(code);
}

async function run(bench: Bench): Promise<number> {
  if (OPTIONS.against !== null && bench.isComparable !== true) {
    throw new Error(`--against: ${bench.name} measures this lanvid alone`);
  }
  using _limit = endAfter(bench.maxSeconds * (OPTIONS.against === null ? 1 : 2) * Math.max(1, OPTIONS.rounds ?? 1));
  const report = new Report(bench.name + (OPTIONS.against === null ? "" : "-against"), ["", ...bench.columns]);
  const groups = bench.groups.map((group) => group.flatMap(runsOf));
  const repeated = await measureAll(bench, groups);
  const lines = groups.flat().flatMap(linesOf);
  const own = lines.filter(({ run: { program } }) => program !== OPTIONS.against);
  const cellOf: CellOf = ({ run, prefix }, figure) => middleOf(bench, run, prefix + figure);
  for (const line of own) {
    report.row(line.name, ...bench.columns.map((column) => cellOf(line, column)));
  }
  for (const note of bench.notes) {
    report.note(note);
  }
  bench.conclude?.(report);
  report.note(`${repeated} measurements were repeated, since the machine was busy.\n`);
  for (const line of lines) {
    const failure = middleOf(bench, line.run, "failure");
    if (failure !== null) {
      report.require(`${line.name}: measured`, { isMet: false, measured: String(failure) });
    }
  }
  for (const line of own) {
    for (const { what, judge } of line.requires ?? []) {
      const named = (name: string) => own.find((one) => one.name === name);
      const verdict = judge((figure, name) => {
        const found = name === undefined ? line : named(name);
        return found ? cellOf(found, figure) : null;
      });
      report.require(what, verdict);
    }
  }
  report.result.details["rounds"] = lines.map(({ name, run: { program, rounds } }) => ({ name, program, rounds }));
  const code = report.finish();
  if (OPTIONS.against !== null) {
    printComparison(lines, bench.columns, cellOf);
  }
  return code;
}

function linesOf(run: Run): RunLine[] {
  return [{ ...run.scenario, prefix: "", run }, ...(run.scenario.more ?? []).map((line) => ({ ...line, run }))];
}

function runsOf(scenario: Scenario): Run[] {
  const programs = OPTIONS.against === null || scenario.isRival === true ? [{}] : [{}, OPTIONS.against];
  return programs.map((program) => ({ scenario, program, rounds: [] }));
}

/** @returns how many measurements were repeated */
async function measureAll({ rounds, repeat }: Bench, groups: readonly Run[][]): Promise<number> {
  let repeated = 0;
  let repeatingMs = 0;
  const countOf = ({ scenario }: Run) => OPTIONS.rounds ?? scenario.rounds ?? rounds;
  const most = Math.max(0, ...groups.flat().map(countOf));
  for (let round = 0; round < most; round++) {
    for (const group of groups) {
      for (const run of (round % 2 === 0 ? group : group.toReversed()).filter((one) => round < countOf(one))) {
        let best = await measure(run);
        for (let tries = 1; repeat !== undefined && tries < repeat.tries; tries++) {
          if (Number(best[OTHERS]) <= repeat.above || repeatingMs > repeat.forSeconds * 1000) {
            break;
          }
          const startedAt = performance.now();
          const again = await measure(run);
          repeated += 1;
          repeatingMs += performance.now() - startedAt;
          best = "failure" in best || Number(again[OTHERS]) < Number(best[OTHERS]) ? again : best;
        }
        run.rounds.push(best);
        const whose = run.program === OPTIONS.against ? ", the other lanvid" : "";
        console.log(`round ${round + 1} of ${countOf(run)}, ${run.scenario.name}${whose}: ${briefly(best)}`);
      }
    }
  }
  return repeated;
}

/** A measurement that fails is told, and gives no figures: the others are not lost with it. */
async function measure({ scenario, program }: Run): Promise<Figures> {
  const others = new Others();
  try {
    const figures = await scenario.measure(program);
    return { [OTHERS]: others.percent(), ...figures };
  } catch (error) {
    console.error(error);
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}

function briefly(figures: Figures): string {
  const known = Object.entries(figures).filter(([name, value]) => typeof value === "number" && name !== OTHERS);
  return known
    .slice(0, 4)
    .map(([name, value]) => `${name} ${Number(value).toFixed(1)}`)
    .join(", ");
}

function middleOf({ sums = [] }: Bench, { scenario, rounds }: Run, figure: string): Cell {
  const values = rounds.map((figures) => figures[figure] ?? null);
  const text = values.findLast((value) => typeof value === "string");
  if (text !== undefined) {
    return text;
  }
  if (sums.includes(figure)) {
    const known = values.filter((value) => typeof value === "number");
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
  }
  return scenario.middle === "mean" ? mean(values) : median(values);
}

/** Whoever interrupts this process lets it clean up: see `atExit`. */
export function exitOnSignals(): void {
  process.once("SIGINT", () => process.exit(130));
  process.once("SIGTERM", () => process.exit(143));
}

/** Ends this process, with its children, when it is interrupted, or takes longer than this before it is disposed of. */
export function endAfter(seconds: number): Disposable {
  exitOnSignals();
  const timer = setTimeout(() => {
    console.error(`the bench did not end within ${seconds} s`);
    process.exit(1);
  }, seconds * 1000);
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}
