import { round } from "../../src/units.ts";
import type { CellOf, RunLine } from "./bench.ts";
import { ratio } from "./figures.ts";
import { OPTIONS } from "./options.ts";
import { tableOf } from "./report.ts";

const COLUMNS = ["", "figure", "this", "the other", "this / the other"];

/** Prints the middles of both lanvids, and their ratios, for each line and column. */
export function printComparison(lines: readonly RunLine[], columns: readonly string[], cellOf: CellOf): void {
  const others = lines.filter(({ run }) => run.program === OPTIONS.against);
  const rows = others.flatMap((other) => {
    const own = lines.find(({ name, run }) => name === other.name && run !== other.run) as RunLine;
    return columns.flatMap((column) => {
      const [mine, theirs] = [cellOf(own, column), cellOf(other, column)];
      if (typeof mine !== "number" || typeof theirs !== "number") {
        return [];
      }
      const factor = ratio(mine, theirs);
      return [[own.name, column, round(mine, 2), round(theirs, 2), factor === null ? null : round(factor, 2)]];
    });
  });
  console.log(`\n${tableOf(COLUMNS, rows)}`);
}
