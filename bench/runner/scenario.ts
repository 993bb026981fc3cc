import { round } from "../../src/units.ts";
import type { Program } from "../../test/support/lanvid.ts";
import { ratio } from "./figures.ts";

/** A cell of the table; null is printed as a dash. */
export type Cell = string | number | null;

/** What one measurement gave, by the names of the columns; others than columns are for requirements. */
export type Figures = Readonly<Record<string, Cell>>;

/** Percent of one core that other programs took meanwhile; measured around each measurement unless it gives one itself. */
export const OTHERS = "others' CPU %";

/** A line of the table, and what is required of what stands in it. */
export interface Line {
  readonly name: string;
  readonly requires?: readonly Requirement[];
}

/** What is measured at once. */
export interface Scenario extends Line {
  /** Starts everything anew, measures, and ends it. @param program which lanvid */
  measure(program: Program): Promise<Figures>;
  /** Fewer or more than the bench's. */
  readonly rounds?: number;
  /** Of its rounds' figures; the median unless told. */
  readonly middle?: "mean";
  /** No lanvid is in it: with --against, it is not measured again. */
  readonly isRival?: boolean;
  /** Further lines of the same measurement: of the figures whose names begin with this; see `prefixed`. */
  readonly more?: readonly (Line & { readonly prefix: string })[];
}

export function prefixed(prefix: string, figures: Figures): Figures {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [prefix + name, value]));
}

/** The middle of a scenario's rounds: of this one, or of another that is named. Null when nothing was measured. */
export type FigureOf = (figure: string, scenario?: string) => Cell;

export interface Verdict {
  readonly isMet: boolean;
  /** A sentence with what was measured and what it may be. */
  readonly measured: string;
}

export interface Requirement {
  readonly what: string;
  judge(of: FigureOf): Verdict;
}

/** A figure, or what is made of several, must be at most this. */
export function atMost(
  what: string,
  limit: number,
  figure: string | ((of: (figure: string, scenario?: string) => number | null) => number | null),
  unit = "",
): Requirement {
  return {
    what,
    judge(of) {
      const numberOf = (name: string, scenario?: string) => {
        const value = of(name, scenario);
        return typeof value === "number" ? value : null;
      };
      return judged(typeof figure === "string" ? numberOf(figure) : figure(numberOf), limit, unit);
    },
  };
}

/** A figure must be at most this many times another scenario's. */
export function atMostTimes(what: string, limit: number, figure: string, other: string): Requirement {
  return atMost(what, limit, (of) => ratio(of(figure), of(figure, other)));
}

export function judged(measured: number | null, limit: number, unit = ""): Verdict {
  const value = measured === null ? "nothing measured" : `${round(measured, 2)}${unit}`;
  return { isMet: measured !== null && measured <= limit, measured: `${value}, at most ${round(limit, 2)}${unit}` };
}
